"""Registering, changing and ending endpoints, for every door alike."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import ids, namesakes, nudging
from messaging.errors import Refusal, Refused
from messaging.models import Device, WebhookDelivery, WebhookEndpoint, WebhookEndpointQuerySet
from messaging.webhooks import checks, format, keyring, listening
from messaging.webhooks.keyring import Secret

_SHOWN = (
    "name", "url", "format", "events", "options", "email", "retry_after", "concurrency", "rate", "in_order", "dialect",
    "sandbox",
)  # fmt: skip


def create(
    account: Account,
    *,
    by: Actor,
    format: str = format.STANDARD,
    secret: str | None = None,
    kind: WebhookEndpoint.Kind = WebhookEndpoint.Kind.OWN,
    **asked: Any,
) -> tuple[WebhookEndpoint, str]:
    """Register an endpoint; returns it with its secret, which is "" where its format needs none.

    `asked` has what `checks.configuration` reads: url, name, events, headers, retry_schedule, concurrency, rate,
    in_order, device, token, dialect, sandbox, options, email, origin, client_id; with `is_by_name` messages name it,
    so that its name is unique. Raises Refused.
    """
    known = checks.known(format)
    checks.room(account)
    made = checks.secret(secret, known) if secret is not None else known.new_secret()
    fields = checks.configuration(asked, known)
    if fields.get("is_by_name"):
        fields["client_id"] = checks.key_of(fields.get("name", ""))
    sealed = keyring.seal([Secret(made)] if made or known.new_secret() else [])
    endpoint = WebhookEndpoint(account=account, format=known.name, kind=kind, sealed_secrets=sealed, **fields)
    with _named_once(endpoint):
        endpoint.save(force_insert=True)
        _note(endpoint, by, "webhook.created", {name: [None, getattr(endpoint, name)] for name in ("url", "format")})
    return endpoint, made


def change(endpoint: WebhookEndpoint, *, by: Actor, **asked: Any) -> WebhookEndpoint:
    """Change what `create` takes, but for the format and the secret; raises Refused."""
    before = {name: getattr(endpoint, name) for name in _SHOWN}
    fields = checks.configuration(asked, checks.known(endpoint.format))
    if endpoint.is_by_name and "name" in fields:
        fields["client_id"] = checks.key_of(fields["name"])
    for name, value in fields.items():
        setattr(endpoint, name, value)
    changes = {n: [old, getattr(endpoint, n)] for n, old in before.items() if getattr(endpoint, n) != old}
    if "sealed_headers" in fields:
        changes["headers"] = ["", "changed"]
    with _named_once(endpoint):
        endpoint.save(update_fields=list(fields))
        _note(endpoint, by, "webhook.changed", changes)
    return endpoint


def _named_once(endpoint: WebhookEndpoint) -> AbstractContextManager[None]:
    mine = WebhookEndpoint.objects.for_account(endpoint.account).exclude(client_id="").exclude(pk=endpoint.pk)
    others = mine.filter(origin=endpoint.origin, client_id=endpoint.client_id)
    return namesakes.refused(others, "There is a webhook of this name already.")


def pause(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Post nothing for now; what happens meanwhile waits."""
    return _set_status(endpoint, WebhookEndpoint.Status.PAUSED, by, "webhook.paused")


def resume(endpoint: WebhookEndpoint, *, by: Actor) -> WebhookEndpoint:
    """Post again, beginning with what waited."""
    endpoint.failures, endpoint.failing_since, endpoint.warned_at, endpoint.opens_at = 0, None, None, None
    endpoint.notice = ""
    return _set_status(
        endpoint,
        WebhookEndpoint.Status.ACTIVE,
        by,
        "webhook.resumed",
        "failures",
        "failing_since",
        "warned_at",
        "opens_at",
        "notice",
    )


def _set_status(
    endpoint: WebhookEndpoint, status: WebhookEndpoint.Status, by: Actor, action: str, *more: str
) -> WebhookEndpoint:
    before, endpoint.status, endpoint.reason = endpoint.status, status, ""
    with transaction.atomic():
        endpoint.save(update_fields=["status", "reason", *more])
        _note(endpoint, by, action, {"status": [before, status.value]})
    nudging.nudge()
    return endpoint


def remove(endpoint: WebhookEndpoint, *, by: Actor) -> None:
    """End the endpoint. What waits for it is not posted; its log goes with it when it is pruned."""
    with transaction.atomic():
        endpoint.removed_at = timezone.now()
        endpoint.save(update_fields=["removed_at"])
        _note(endpoint, by, "webhook.removed", {})


def drop_waiting(endpoint: WebhookEndpoint, *, by: Actor) -> int:
    """Give up what waits for the endpoint, a thousand at a time; returns how much that was."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, due_at__isnull=False)
    count = 0
    while some := list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:1000]):
        dropped = WebhookDelivery.State.DROPPED
        count += waiting.filter(pk__in=some).update(state=dropped, due_at=None, done_at=timezone.now())
    if count:
        audit.record(
            account=endpoint.account, actor=by, action="webhook.dropped", target=endpoint, changes={"calls": [count, 0]}
        )
    return count


def rotate(endpoint: WebhookEndpoint, *, by: Actor, overlap: timedelta, secret: str | None = None) -> str:
    """Give the endpoint a new secret, or the one that is chosen, and return it; raises Refused.

    During the overlap calls are signed with the old one too. An endpoint that has none of its own shares the
    account's, which is replaced then.
    """
    known = checks.known(endpoint.format)
    if not endpoint.sealed_secrets and known.new_secret():
        return rotate_signing(endpoint.account, known.name, by=by, overlap=overlap, secret=secret)
    made = checks.secret(secret, known) if secret is not None else known.new_secret()
    with transaction.atomic():
        locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        is_kept = made or known.new_secret()
        kept = keyring.replaced(locked.sealed_secrets, made, overlap=overlap) if is_kept else ""
        endpoint.sealed_secrets = kept
        endpoint.save(update_fields=["sealed_secrets"])
        _note(endpoint, by, "webhook.rotated", {"overlap": [None, str(overlap)]})
    return made


def rotate_signing(account: Account, name: str, *, by: Actor, overlap: timedelta, secret: str | None = None) -> str:
    """Replace the account's own secret for a format in the same way; raises Refused."""
    known = checks.known(name)
    made = checks.secret(secret, known) if secret is not None else known.new_secret()
    with transaction.atomic():
        row = keyring.signing(account, known)
        row = type(row).objects.select_for_update().get(pk=row.pk)
        row.sealed_secrets = keyring.replaced(row.sealed_secrets, made, overlap=overlap)
        row.save(update_fields=["sealed_secrets"])
        audit.record(account=account, actor=by, action="webhook.signing_rotated", target=row)
    return made


def set_signing_secret(account: Account, name: str, secret: str, *, by: Actor) -> None:
    """Have the account's calls in a format signed with this secret from now on; raises Refused."""
    rotate_signing(account, name, by=by, overlap=timedelta(), secret=secret)


def set_texts(account: Account, carries: bool, *, by: Actor) -> Account:
    """Say whether the account's webhooks carry what messages say."""
    before, account.webhook_texts = account.webhook_texts, carries
    with transaction.atomic():
        account.save(update_fields=["webhook_texts"])
        changes = {"webhook_texts": [before, carries]}
        audit.record(account=account, actor=by, action="webhook.texts", target=account, changes=changes)
        listening.changed([account.pk])
    return account


# What an API style registers for its own callers
def registered(account: Account, origin: str) -> WebhookEndpointQuerySet:
    """Return the endpoints that were registered by this API style."""
    return WebhookEndpoint.objects.for_account(account).filter(origin=origin)


def checked(origin: str, *, url: str, events: Sequence[str]) -> dict[str, Any]:
    """Return what `register` would take; raises Refused where it would refuse."""
    known = checks.known(origin)
    return {"url": checks.url(url), "events": checks.events(events, known)}


def register(
    account: Account,
    *,
    origin: str,
    client_id: str,
    url: str,
    events: Sequence[str],
    by: Actor,
    device: Device | None = None,
) -> WebhookEndpoint:
    """Register an endpoint in the API style's own format, or replace the one with this id; raises Refused.

    Its calls are signed with the account's secret for that format. Without an id it is given one.
    """
    if len(client_id) > 36:
        raise Refused(Refusal.TOO_LONG, "An id has at most 36 characters.", field="id", params={"limit": 36})
    wanted = {"url": url, "events": events, "device": device}
    earlier = registered(account, origin).filter(client_id=client_id).first() if client_id else None
    if earlier:
        return change(earlier, by=by, **wanted)
    known = checks.known(origin)
    checks.room(account)
    fields = checks.configuration(wanted, known)
    client_id = client_id or ids.to_base62(ids.new_ids(), 21)
    try:
        with transaction.atomic():
            endpoint = WebhookEndpoint.objects.create(
                account=account, format=known.name, origin=origin, client_id=client_id, **fields
            )
            _note(endpoint, by, "webhook.created", {"url": [None, endpoint.url], "format": [None, known.name]})
    except IntegrityError:  # another request registered it meanwhile
        return change(registered(account, origin).get(client_id=client_id), by=by, **wanted)
    return endpoint


def unregister(account: Account, *, origin: str, client_id: str, by: Actor) -> bool:
    """End the endpoint that this API style knows by this id; False if there is none."""
    found = registered(account, origin).filter(client_id=client_id).first() if client_id else None
    if found:
        remove(found, by=by)
    return found is not None


def _note(endpoint: WebhookEndpoint, by: Actor, action: str, changes: dict[str, Any]) -> None:
    """Write the change into the audit log and have everyone read the account's endpoints anew."""
    listening.changed([endpoint.account_id])  # first: whoever locks an account and its audit log does so in this order
    audit.record(account=endpoint.account, actor=by, action=action, target=endpoint, changes=changes)
