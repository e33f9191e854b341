"""The overview: figures, causes, limits, and what is left to set up."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account, User
from accounts.opening import invite
from accounts.roles import Role
from messaging.dashboard import chart, figures
from messaging.models import UsageDay
from messaging.reporting import Counts
from tests.conftest import SignedIn
from tests.messaging.conftest import Deliver, Send

FAILS = "+15550100001"
pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def page(client: Client) -> str:
    return client.get("/").content.decode()


def test_before_the_first_message_it_offers_a_test(alices: Client) -> None:
    shown = page(alices)
    assert "Nothing sent yet." in shown
    assert "Send a test message" in shown
    assert "Messages per day" not in shown


def test_today_is_counted(alices: Client, acme: Account, send: Send, deliver: Deliver) -> None:
    for to in (FAILS, "+966500000141", "+966500000142"):
        send(to)
    deliver()
    send("+966500000143")
    shown = page(alices)
    for figure in ("<dd>4</dd>", "<dd>2</dd>", "<dd>1</dd>", "50% of today’s"):
        assert figure in shown
    assert figures.waiting(acme) == 1


def test_nothing_of_another_account_is_counted(
    charlie: User, other: Account, signed_in: SignedIn, send: Send, deliver: Deliver
) -> None:
    send(FAILS)
    send()
    deliver()
    send()
    assert "Nothing sent yet." in page(signed_in(charlie))
    assert figures.waiting(other) == 0
    assert figures.causes_today(other) == []


def test_failures_are_grouped_by_cause_with_what_helps(alices: Client, send: Send, deliver: Deliver) -> None:
    send(FAILS)
    send([FAILS, "+966500000142"])
    deliver()
    shown = page(alices)
    for said in ("This sandbox number always fails.", "Write to any other number", "SANDBOX_FAILED", "<b>2</b>"):
        assert said in shown
    assert "All 2 failed messages" in shown


def test_the_count_of_waiting_messages_has_an_end(alices: Client, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_WAITING", 2)
    for n in range(4):
        send(f"+96650000014{n}")
    assert "<dd>2+</dd>" in page(alices)


def test_the_chart_has_a_column_for_each_of_thirty_days(acme: Account) -> None:
    today = timezone.localdate(timezone=acme.zone)
    for ago, delivered in ((0, 3), (29, 80), (30, 1000)):
        day = today - timedelta(days=ago)
        UsageDay.objects.create(account=acme, day=day, dialect="gateway", accepted=delivered, delivered=delivered)
    drawn = chart.volume(figures.by_day(acme))
    assert len(drawn["columns"]) == len(drawn["rows"]) == 30
    assert drawn["ticks"] == ["80", "60", "40", "20", "0"]
    assert drawn["columns"][0]["segments"] == [{"cls": "bar-a", "y": 0, "height": 100}]
    assert drawn["columns"][-1]["segments"][0]["cls"] == "bar-z"
    assert "83 messages delivered" in drawn["summary"]


@pytest.mark.parametrize("delivered", [0, 1, 4, 5, 7, 999, 2_000_000])
@pytest.mark.parametrize("failed", [0, 1, 999_999])
def test_no_bar_leaves_the_chart(acme: Account, delivered: int, failed: int) -> None:
    today = timezone.localdate(timezone=acme.zone)
    drawn = chart.volume([(today, Counts(delivered=delivered, failed=failed))])
    for bar in drawn["columns"][0]["segments"]:
        assert bar["y"] >= 0
        assert 0 < bar["height"] <= 100.01 - bar["y"]


def test_nearly_all_delivered_is_not_rounded_up() -> None:
    assert Counts(accepted=100_000, delivered=99_999).delivered_percent == "99.9"
    assert Counts(accepted=3, delivered=3).delivered_percent == "100"


def test_the_busiest_token_is_held_against_the_limit_of_each(alices: Client, send: Send) -> None:
    send()
    send("+966500000143")
    shown = page(alices)
    assert "2 of 1,000" in shown
    assert "shop" in shown


def test_a_step_of_setting_up_is_ticked_off_when_done(alices: Client, acme: Account, bob: User, send: Send) -> None:
    assert "2 of 4" in page(alices)  # the token that sends, and bob in the team
    send()
    assert "3 of 4" in page(alices)


def test_an_invited_colleague_counts(charlie: User, other: Account, signed_in: SignedIn) -> None:
    client = signed_in(charlie)
    assert "0 of 4" in page(client)
    invite(account=other, email="dana@other.example", role=Role.VIEWER, by=COMMAND, grantor=None)
    assert "1 of 4" in page(client)


def test_the_setup_list_disappears_when_everything_is_done(
    bob: User, acme: Account, signed_in: SignedIn, send: Send
) -> None:
    from allauth.mfa.models import Authenticator

    send()
    client = signed_in(bob)
    assert "Finish setting up" in page(client)
    Authenticator.objects.create(user=bob, type=Authenticator.Type.WEBAUTHN, data={})
    assert "Finish setting up" not in page(client)


def test_a_quiet_page_asks_the_database_little(
    alices: Client, send: Send, deliver: Deliver, django_assert_max_num_queries: object
) -> None:
    send(FAILS)
    deliver()
    with django_assert_max_num_queries(30):  # type: ignore[operator]  # pytest-django's fixture has no public type
        page(alices)
