"""How an alert begins and ends: once each, in one transaction with whoever is told of it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import journal
from accounts.audit import Actor
from accounts.models import Account, Priority
from messaging import webhooks
from messaging.alerting.rule import Chosen, Finding, Rule, Subject
from messaging.models import Alert, Device
from messaging.webhooks import Kind
from messaging.webhooks.standard import moment
from tokens import issuing
from tokens.errors import Denied
from tokens.models import Token

RULE = Actor(label="Alert rule", proof="alert")
_JOURNAL = "alerts"


def fire(rule: Rule, finding: Finding, chosen: Chosen) -> Alert | None:
    """Begin an alert, and pause its token where the account wants that; None if it has begun already."""
    with transaction.atomic():
        if not _lock(finding.account_id) or _open(rule, finding):
            return None
        alert = Alert.objects.create(
            account_id=finding.account_id,
            code=rule.code,
            subject_kind=finding.kind,
            subject_id=finding.id,
            subject_name=finding.name[:255],
            detail=finding.detail,
            text=finding.text[:512],
            place=finding.place,
            mark=finding.mark,
            has_paused=chosen.pauses_token and rule.may_pause and _pause(finding),
            notice=Alert.Notice.FIRED if chosen.by_email else Alert.Notice.NONE,
        )
        if chosen.by_webhook:
            _tell(alert, Kind.ALERT_FIRED)
    journal.note(alert.account, Priority.WARN, _JOURNAL, alert.text, rule=rule.code, subject=alert.subject_name)
    return alert


def clear(rule: Rule, alert: Alert, chosen: Chosen) -> bool:
    """End an alert that is found no longer; False if it has ended already.

    Nobody is told where the rule was switched off meanwhile. A letter that is still to be sent about its beginning says
    that it is over, so that there is no second one.
    """
    with transaction.atomic():
        ended = timezone.now()
        if not _lock(alert.account_id) or not Alert.objects.open().filter(pk=alert.pk).update(ended_at=ended):
            return False
        alert.ended_at = ended
        if chosen.is_on and chosen.by_email and rule.tells_end:
            is_told = Q(notice=Alert.Notice.NONE) | Q(telling_until__isnull=False)  # the latter at this moment
            Alert.objects.filter(is_told, pk=alert.pk).update(notice=Alert.Notice.CLEARED)
        if chosen.is_on and chosen.by_webhook:
            _tell(alert, Kind.ALERT_CLEARED)
    journal.note(alert.account, Priority.INFO, _JOURNAL, f"Over: {alert.text}", rule=rule.code)
    return True


def _lock(account_id: int) -> bool:
    """Let an account's alerts change one at a time; False if it is gone, or suspended so that they stand still."""
    account = Account.objects.select_for_update(of=("self",), no_key=True).filter(pk=account_id).first()
    return account is not None and account.suspended_at is None


def _open(rule: Rule, finding: Finding) -> bool:
    same = {"subject_kind": finding.kind, "subject_id": finding.id, "detail": finding.detail}
    return Alert.objects.open().filter(account=finding.account_id, code=rule.code, **same).exists()


def _pause(finding: Finding) -> bool:
    """Pause the token that looks leaked; False where somebody else paused or ended it."""
    token = Token.objects.live().select_related("account").filter(pk=finding.id, paused_at=None).first()
    if token is None or finding.kind != Subject.TOKEN:
        return False
    try:
        issuing.pause_token(token, by=RULE, grantor=None, because=finding.text)
    except Denied:
        return False
    return True


def _tell(alert: Alert, kind: Kind) -> None:
    traits = {"token_id": alert.subject_id} if alert.subject_kind == Subject.TOKEN else {}
    device = Device.objects.filter(pk=alert.subject_id).first() if alert.subject_kind == Subject.DEVICE else None
    webhooks.raise_event(alert.account_id, kind, device=device, data=told(alert), **traits)


def told(alert: Alert) -> dict[str, Any]:
    """Return what a webhook is told of an alert."""
    subject = {"type": alert.subject_kind, "id": str(alert.subject_id), "name": alert.subject_name}
    place = {"place": alert.place} if alert.place else {}
    return {
        "alert_id": str(alert.pk),
        "rule": alert.code,
        "text": alert.text,
        "subject": subject,
        "began_at": moment(alert.began_at),
        "ended_at": moment(alert.ended_at) if alert.ended_at else None,
        "paused": alert.has_paused,
        **place,
    }
