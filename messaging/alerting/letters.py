"""The due function that writes to those who may change the account: what began, and what is over."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts.models import Account
from accounts.roles import ALLOWED, Can
from messaging import telling
from messaging.models import Alert

log = logging.getLogger(__name__)
MOST = 20  # alerts that one letter names; the page has the others
_ROLES = [role for role, may in ALLOWED.items() if Can.MANAGE_ACCOUNT in may]


def send_letters(limit: int = 20) -> int:
    """Send up to `limit` letters, one to each account that has something to be told; returns how many."""
    waiting = Alert.objects.filter(telling.due(), account__suspended_at=None)
    accounts = waiting.order_by("account").values_list("account", flat=True).distinct()
    return sum(_write_to(account_id) for account_id in list(accounts[:limit]))


def _write_to(account_id: int) -> bool:
    """Send a letter with all that is to be told, unless another process does; where that fails it is due again."""
    alerts = [alert for alert in _waiting(account_id) if telling.take(alert)]
    if not alerts:
        return False
    try:
        _letter(alerts).send()
    except Exception:  # whatever a mail server may say
        log.exception("the people of account %s could not be told", account_id)
        for alert in alerts:
            telling.give_back(alert)
        return False
    for alert in alerts:
        telling.finish(alert)
    return True


def _waiting(account_id: int) -> Sequence[Alert]:
    return list(Alert.objects.filter(telling.due(), account=account_id).select_related("account").order_by("pk"))


def _letter(alerts: Sequence[Alert]) -> EmailMessage:
    account, named = alerts[0].account, alerts[:MOST]
    context = {
        "account": account,
        "fired": [alert for alert in named if alert.notice == Alert.Notice.FIRED],
        "cleared": [alert for alert in named if alert.notice == Alert.Notice.CLEARED],
        "more": max(0, len(alerts) - MOST),
        "first": alerts[0],
        "number": len(alerts),
        "gateway": settings.GATEWAY_NAME,
        "page": f"{settings.GATEWAY_URL}/alerts/",
    }
    subject = " ".join(render_to_string("messaging/alerts/mail/subject.txt", context).split())
    text = render_to_string("messaging/alerts/mail/message.txt", context)
    return EmailMessage(f"[{settings.GATEWAY_NAME}] {subject}", text, to=_people(account))


def _people(account: Account) -> list[str]:
    """Return who may change the account's rules."""
    members = account.memberships.filter(role__in=_ROLES, user__is_active=True)
    return list(members.values_list("user__email", flat=True))
