"""Making templates and deciding on them, for every door alike. What is approved is never changed: make another one."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account
from messaging import namesakes, webhooks
from messaging.content.limits import LIMITS
from messaging.content.template import LANGUAGE, NAME
from messaging.errors import Refusal, Refused
from messaging.models import Template
from messaging.templating import parts
from messaging.templating.using import is_reviewed

Status = Template.Status
MOST_TEMPLATES = 5000  # of one account
_LONGEST_REASON = 255


def create_template(
    account: Account, *, name: object, language: object, category: object, components: object, by: Actor
) -> Template:
    """Make a template, which then waits to be approved.

    Raises Refused: REQUIRED, INVALID, TOO_LONG, or EXISTS for a name that is taken in this language.
    """
    template = Template(
        account=account,
        name=_read(name, "name"),
        language=_read(language, "language"),
        category=_category(category),
        components=parts.read(components),
    )
    if Template.objects.for_account(account).count() >= MOST_TEMPLATES:
        raise Refused(Refusal.INVALID, f"An account has at most {MOST_TEMPLATES} templates.", field="name")
    same = Template.objects.for_account(account).filter(name=template.name, language=template.language)
    with namesakes.refused(same, f"There is a template {template.name} in {template.language} already."):
        template.save(force_insert=True)
        audit.record(account=account, actor=by, action="template.created", target=template)
    return template


def _read(value: object, field: str) -> str:
    if value is None:
        raise Refused(Refusal.REQUIRED, f"{field} is required.", field=field)
    reader = NAME if field == "name" else LANGUAGE
    found: str = reader(value, field, LIMITS)
    return found


def _category(value: object) -> str:
    if value is None:
        raise Refused(Refusal.REQUIRED, "category is required.", field="category")
    if not isinstance(value, str) or value not in Template.Category.values:
        words = ", ".join(Template.Category.values)
        raise Refused(Refusal.INVALID, f"category must be one of {words}.", field="category")
    return value


def approve_template(template: Template, *, by: Actor) -> Template:
    """Let messages be made from a template that waited, was rejected or is paused."""
    return _settle(template, Status.APPROVED, frozenset(Status) - {Status.APPROVED}, by=by)


def reject_template(template: Template, *, reason: str, by: Actor) -> Template:
    """Turn down a template that waits. Raises Refused: REQUIRED without a reason, NOT_PENDING when decided on."""
    if not reason.strip():
        raise Refused(Refusal.REQUIRED, "Say why it is rejected.", field="reason")
    _must_be(template, Status.PENDING, Refusal.NOT_PENDING, "Only a template that waits can be rejected.")
    return _settle(template, Status.REJECTED, {Status.PENDING}, by=by, reason=reason)


def pause_template(template: Template, *, reason: str = "", by: Actor) -> Template:
    """Refuse messages made from it for now. Raises Refused(TEMPLATE_UNUSABLE) unless it is approved."""
    if template.status == Status.PAUSED:
        return template
    _must_be(template, Status.APPROVED, Refusal.TEMPLATE_UNUSABLE, "Only an approved template can be paused.")
    return _settle(template, Status.PAUSED, {Status.APPROVED}, by=by, reason=reason)


def resume_template(template: Template, *, by: Actor) -> Template:
    """Let messages be made from a paused template again. Raises Refused(TEMPLATE_UNUSABLE) unless it was approved."""
    if template.status == Status.APPROVED:
        return template
    _must_be(template, Status.PAUSED, Refusal.TEMPLATE_UNUSABLE, "Only a paused template can be resumed.")
    return _settle(template, Status.APPROVED, {Status.PAUSED}, by=by)


def delete_template(template: Template, *, by: Actor) -> None:
    """Forget the template. Messages made from it stay as they are."""
    with transaction.atomic():
        audit.record(account=template.account, actor=by, action="template.deleted", target=template)
        template.delete()


def approve_due(limit: int = 1000) -> int:
    """Approve up to `limit` templates that wait, where nobody reviews them; returns how many."""
    if is_reviewed():
        return 0
    waiting = Template.objects.filter(status=Status.PENDING)
    return sum(_approve_alone(template) for template in waiting.order_by("pk")[:limit])


def _approve_alone(template: Template) -> int:
    with transaction.atomic():
        still_waiting = Template.objects.filter(pk=template.pk, status=Status.PENDING)
        changed = still_waiting.update(status=Status.APPROVED, updated_at=timezone.now())
        if changed:
            _tell(template, Status.APPROVED)
    return changed


def _tell(template: Template, status: Status) -> None:
    """Raise the event that webhooks may listen for."""
    data = {"name": template.name, "language": template.language, "status": status.value}
    webhooks.raise_event(template.account_id, webhooks.Kind.TEMPLATE_STATUS, data=data)


def _must_be(template: Template, status: Status, refusal: Refusal, detail: str) -> None:
    if template.status != status:
        raise Refused(refusal, detail)


def _settle(
    template: Template, status: Status, before: frozenset[Status] | set[Status], *, by: Actor, reason: str = ""
) -> Template:
    """Move the template on, unless somebody else was quicker: then it shows what they decided."""
    reason = reason.strip()[:_LONGEST_REASON]
    with transaction.atomic():
        movable = Template.objects.filter(pk=template.pk, status__in=before)
        if movable.update(status=status, reason=reason, updated_at=timezone.now()):
            changes = {"status": [template.status, status.value]}
            action = f"template.{status.value}"
            audit.record(account=template.account, actor=by, action=action, target=template, changes=changes)
            _tell(template, status)
    template.refresh_from_db(fields=["status", "reason", "updated_at"])
    return template
