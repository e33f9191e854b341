"""Between our audit log's words and those of the vendor's activities, in both directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db.models import Q

from messaging.dialects.whispir.fields import fits

REPORTED, APPENDED = "activity.reported", "activity.appended"
SUCCESSFUL = "Successful"
STATUSES = (SUCCESSFUL, "Failed", "Rejected")
ACTIONS = (
    *("Create", "Update", "Move", "Copy", "Draft", "Send", "Modified", "Delete", "Contact Import File", "Login"),
    *("Logout", "Approve", "Reject", "Dispatch", "Register", "Accept", "Closed", "Map", "Un-map"),
)
MODULES = (
    *("System", "Message", "Scheduled Message", "User", "Contact", "DistributionList", "Template", "Workspace"),
    *("Event", "WebService", "Settings", "Conversation", "Gateway", "Workspace Mapping", "Folders", "Team", "RSS"),
    *("API Mapping", "Asset", "Instruction"),
)
_USUAL_ACTION, _USUAL_MODULE = "Update", "System"
_ACTIONS: Mapping[str, str] = {  # by what stands after the point in our log
    **dict.fromkeys(("created", "made", "opened", "joined"), "Create"),
    **dict.fromkeys(("deleted", "removed", "revoked", "dropped"), "Delete"),
    **dict.fromkeys(("renamed", "renewed", "regenerated", "rotated"), "Modified"),
    "imported": "Contact Import File",
    "cancelled": "Closed",
    "replayed": "Dispatch",
    "approved": "Approve",
    "rejected": "Reject",
    "sent": "Send",
    "signed_in": "Login",
}
_MODULES: Mapping[str, str] = {  # by what stands before it
    **dict.fromkeys(("message", "broadcast", "scenario"), "Message"),
    **dict.fromkeys(("message_template", "template"), "Template"),
    **dict.fromkeys(("contact", "contacts"), "Contact"),
    **dict.fromkeys(("user", "member", "invitation"), "User"),
    **dict.fromkeys(("token", "login", "access_token", "private_token"), "WebService"),
    **dict.fromkeys(("account", "phone_settings", "app", "response_rule"), "Settings"),
    "segment": "DistributionList",
    "workspace": "Workspace",
    "incident": "Event",
    "webhook": "API Mapping",
    "device": "Gateway",
    "resource": "Asset",
    "media": "Asset",
}
Fits = Callable[[str], Q]  # from a lookup to what fits it


def action_of(action: str) -> str:
    return _ACTIONS.get(action.rpartition(".")[2], _USUAL_ACTION)


def module_of(action: str) -> str:
    return _MODULES.get(action.partition(".")[0], _USUAL_MODULE)


def in_workspace(inside: Q, itself: Q) -> Q:
    return inside | Q(target_type="workspace") & itself


def _or_reported(field: str, ours: Callable[[Fits, str], Q]) -> Callable[[Fits, str], Q]:
    """Look for what programs reported in what they said, for all else as `ours` says."""
    reported = Q(action=REPORTED)
    return lambda like, value: reported & like(f"changes__{field}") | ~reported & ours(like, value)


def _worded(table: Mapping[str, str], usual: str, lookup: str, form: str) -> Callable[[Fits, str], Q]:
    """Find those whose word in the table fits; the usual word is that of all that the table does not have."""

    def wanted(like: Fits, value: str) -> Q:
        any_known = Q(pk__in=[])
        found = Q(pk__in=[])
        for ours, theirs in table.items():
            one = Q(**{lookup: form.format(ours)})
            any_known |= one
            if fits(value, theirs):
                found |= one
        return found | ~any_known if fits(value, usual) else found

    return wanted


_NONE, _ANY = Q(pk__in=[]), Q(pk__gt=0)
FILTERS: Mapping[str, Callable[[Fits, str], Q]] = {
    "action": _or_reported("action", _worded(_ACTIONS, _USUAL_ACTION, "action__endswith", ".{}")),
    "module": _or_reported("module", _worded(_MODULES, _USUAL_MODULE, "action__startswith", "{}.")),
    "user": _or_reported("user", lambda like, value: like("actor_label")),
    "status": _or_reported("status", lambda like, value: _ANY if fits(value, SUCCESSFUL) else _NONE),
    "description": _or_reported("description", lambda like, value: like("told")),
    "workspace": lambda like, value: in_workspace(like("changes__workspace"), like("target_label")),
    "workspacename": lambda like, value: in_workspace(like("changes__workspace"), like("target_label")),
}
