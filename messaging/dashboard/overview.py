"""The overview: today in figures, why messages failed, and what is left to set up."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.models import Account, Membership
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging.dashboard import figures
from messaging.dashboard.alerts import wording as alerts
from messaging.dashboard.chart import volume
from messaging.dashboard.devices import cards
from messaging.dashboard.usage.limits import limits_of
from messaging.models import Alert
from tokens.models import Token

_MOST_ALERTS = 100  # looked at for the worst one


@dataclass(frozen=True, slots=True)
class Todo:
    """One step of setting up."""

    label: str
    url: str
    is_done: bool


@require_GET
@member_required(Can.SEE)
def overview(request: MemberRequest) -> HttpResponse:
    member = request.membership
    account = member.account
    has_messages = figures.has_messages(account)
    todo = _todo(member, has_messages=has_messages)
    context = {
        "today": timezone.localdate(timezone=account.zone),
        "has_messages": has_messages,
        **_alert(account),
        "cards": cards(account),
        "limits": limits_of(account),
        "todo": [] if all(step.is_done for step in todo) else todo,
        "done": sum(step.is_done for step in todo),
        "may_send": member.may(Can.SEND),
        "may_create_token": member.may(Can.MANAGE_TEST_TOKENS),
    }
    return render(request, "messaging/overview.html", context | (_numbers(account) if has_messages else {}))


def _alert(account: Account) -> dict[str, object]:
    worst = alerts.worst(list(Alert.objects.for_account(account).open()[:_MOST_ALERTS]))
    return {"alert": worst, "alert_tone": alerts.label(worst).tone if worst else ""}


def _numbers(account: Account) -> dict[str, object]:
    days = figures.by_day(account)
    _, today = days[-1]
    return {
        "figures": today,
        "waiting": figures.waiting(account),
        "most_waiting": figures.MOST_WAITING,
        "chart": volume(days),
        "causes": figures.causes_today(account) if today.failed else [],
    }


def _todo(member: Membership, *, has_messages: bool) -> list[Todo]:
    """Return the steps that this member may do, done or not."""
    account = member.account
    steps = [
        (Can.MANAGE_TEST_TOKENS, "Create a token", "token-new", Token.objects.filter(account=account).exists()),
        (Can.SEND, "Send a test message", "send-test", has_messages),
        (Can.SEE, "Add a passkey or an authenticator app", "mfa_index", _has_second_factor(member)),
        (Can.MANAGE_PEOPLE, "Invite a colleague", "settings-people", _has_company(account)),
    ]
    return [Todo(label, reverse(name), is_done) for may, label, name, is_done in steps if member.may(may)]


def _has_second_factor(member: Membership) -> bool:
    strong = Q(type=Authenticator.Type.TOTP) | Q(type=Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(strong, user=member.user).exists())


def _has_company(account: Account) -> bool:
    return account.memberships.count() > 1 or account.invitations.usable().exists()
