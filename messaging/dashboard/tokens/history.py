"""The audit log in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from accounts.models import AuditEntry

_ACTIONS = {
    "login.renewed": "New password",
    "login.access_ended": "Access tokens ended: a used refresh token came again",
    "user.email_added": "E-mail address added",
    "user.email_removed": "E-mail address removed",
    "user.email_confirmed": "E-mail address confirmed",
    "user.email_changed": "E-mail address changed",
    "member.role_changed": "Role changed",
    "account.changed": "Settings changed",
    "account.networks_changed": "Address list changed",
    "token.leaked": "Secret found in public",
    "token.old_secret_extended": "Old secret kept 24 hours more",
    "webhook.rotated": "New secret",
    "webhook.signing_rotated": "New secret",
    "webhook.texts": "Texts in webhooks changed",
    "webhook.dropped": "Waiting calls dropped",
    "webhook.replayed": "Calls replayed",
    "webhook.settled": "Calls marked as delivered",
}
_TARGETS = {
    "user": "",
    "apilogin": "API login",
    "accesstoken": "access token",
    "privatetoken": "",  # its name says it
    "alertrule": "alert rule",
    "membership": "member",
    "webhookendpoint": "webhook",
    "webhooksigning": "webhooks of",
    "media": "file",
    "storedmessage": "stored message",
    "responserule": "response rule",
    "mobileapp": "app",
}
_FIELDS = {
    "scopes": "permissions",
    "networks": "addresses",
    "allowed_networks": "addresses",
    "default_region": "region",
    "is_on": "on or off",
    "by_email": "e-mail",
    "by_webhook": "webhooks",
    "pauses_token": "pausing",
    "dialects": "API styles",
    "expires_at": "expiry",
    "requests_per_second": "requests a second",
    "url": "URL",
    "retry_after": "tries",
    "in_order": "order",
    "rate": "calls a second",
    "concurrency": "calls at a time",
}
_PROOFS = {
    "session": "signed in",
    "token": "by API",
    "admin": "in the admin",
    "command": "on the command line",
    "rule": "by itself",
    "alert": "by an alert",
    "report": "by a report",
}
_SPOKEN = ("name", "role", "time_zone", "requests_per_second")  # told with what they were and are
_SILENT = ("paused_at", "paused_because", "revoked_at", "deleted_at", "overlap_until")


@dataclass(frozen=True, slots=True)
class Line:
    """One change: what was done to what, how, who did it, and from where."""

    what: str
    target: str
    name: str
    detail: str
    who: str
    proof: str
    address: str | None
    at: datetime


def lines(entries: QuerySet[AuditEntry]) -> list[Line]:
    return [line(entry) for entry in entries.select_related("actor")]


def done(action: str) -> str:
    """Return an action in words."""
    return _ACTIONS.get(action, action.rpartition(".")[2].replace("_", " ").capitalize())


def line(entry: AuditEntry) -> Line:
    return Line(
        what=done(entry.action),
        target=_TARGETS.get(entry.target_type, entry.target_type),
        name=entry.target_label,
        detail=_detail(entry),
        who=entry.actor.get_full_name() if entry.actor else entry.actor_label,
        proof=_PROOFS.get(entry.proof, entry.proof),
        address=entry.address,
        at=entry.at,
    )


def _detail(entry: AuditEntry) -> str:
    if entry.action == "token.regenerated":
        return _overlap(entry)
    return _changed(entry.changes) if entry.action.endswith(("changed", "renamed")) else ""


def _overlap(entry: AuditEntry) -> str:
    kept = entry.changes.get("overlap_until")
    if not isinstance(kept, list) or not kept[-1]:
        return ""
    days = round((datetime.fromisoformat(kept[-1]) - entry.at) / timedelta(days=1))
    return {0: "old secret ended at once", 1: "old secret kept 24 hours"}.get(days, f"old secret kept {days} days")


def _changed(changes: Mapping[str, Any]) -> str:
    pairs = {field: value for field, value in changes.items() if isinstance(value, list) and len(value) == 2}
    said = []
    for field, (before, after) in pairs.items():
        if field in _SILENT:
            continue
        label = _FIELDS.get(field, field.replace("_", " "))
        said.append(f"{label} from {_word(before)} to {_word(after)}" if field in _SPOKEN else label)
    return ", ".join(said)


def _word(value: object) -> str:
    return "the plan's" if value is None else f"“{value}”" if isinstance(value, str) else str(value)
