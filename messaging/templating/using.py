"""Whether a template message may go out: only what is known to be wrong is refused.

A template that this account does not have may well exist at the vendor of its WhatsApp number, so a message may
name it, unless the account asks otherwise (`strict_templates`). One that the account has must be usable and fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from accounts.models import Account
from messaging.errors import Refusal, Refused
from messaging.models import Template
from messaging.templating.filling import fill

_REASONS = {
    Template.Status.PENDING: "is not approved yet",
    Template.Status.REJECTED: "was rejected",
    Template.Status.PAUSED: "is paused",
}


def is_reviewed() -> bool:
    """Whether people approve new templates here; without them one becomes approved by itself."""
    return bool(settings.GATEWAY_TEMPLATE_REVIEW == "people")


def find(account: Account, name: str, language: str) -> Template | None:
    return Template.objects.for_account(account).filter(name=name, language=language).first()


def must_be_usable(account: Account, content: Mapping[str, Any], *, is_sandbox: bool = False) -> Template | None:
    """Return the account's template that this content (of a message of kind template) names, None if it has none.

    Raises Refused: TEMPLATE_UNUSABLE, TEMPLATE_UNKNOWN, or INVALID where the parameters do not fit. In the sandbox
    a template may be tried before it is approved, and one that nobody knows be named.
    """
    name, language = content["name"], content["language"]["code"]
    template = find(account, name, language)
    if template is None:
        if account.strict_templates and not is_sandbox:
            detail = f"This account has no template {name} in {language}."
            raise Refused(Refusal.TEMPLATE_UNKNOWN, detail, field="template.name")
        return None
    if not is_sandbox and (complaint := unusable(template)):
        raise Refused(Refusal.TEMPLATE_UNUSABLE, complaint, field="template.name")
    fill(template, content.get("components", []))
    return template


def words(account: Account, content: Mapping[str, Any]) -> str:
    """Return what a person reads of a message of kind template; empty where the account has none that fits."""
    template = find(account, content["name"], content["language"]["code"])
    try:
        return fill(template, content.get("components", [])).text if template else ""
    except Refused:  # it was made anew since, with other gaps
        return ""


def unusable(template: Template) -> str:
    """Say why no message may be made from it now; an empty text if one may."""
    status = Template.Status(template.status)
    if status == Template.Status.APPROVED or (status == Template.Status.PENDING and not is_reviewed()):
        return ""
    reason = f": {template.reason}" if template.reason else "."
    return f"The template {template} {_REASONS[status]}{reason}"
