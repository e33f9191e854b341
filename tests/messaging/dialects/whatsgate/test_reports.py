"""Today's numbers of a device, and the numbers that could not be reached."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from messaging import ids
from messaging.transports.sandbox import FAILS
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whatsgate.asking import Ask
from tests.messaging.dialects.whatsgate.conftest import Issue

Hello = dict[str, str]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of this test alone: those of the process never go back in time."""
    monkeypatch.setattr(ids, "_clock", ids._Clock())


def test_a_balance_counts_today(ask: Ask, hello: Hello, deliver: Deliver) -> None:
    ask("send/text", {**hello, "phone": f"987654321,{FAILS}"})
    deliver()
    ask("send/text", hello)

    assert ask("reports/balance/123456789").body == {
        "success": True,
        "remaining": 997,
        "successful_count": 1,
        "pending": 1,
        "failed": 1,
    }


def test_a_balance_is_the_credentials_own(ask: Ask, hello: Hello, issue: Issue) -> None:
    ask("send/text", hello)

    assert ask("reports/balance/123456789", token=issue()).body["remaining"] == 1000


def test_yesterday_is_not_counted(ask: Ask, hello: Hello, clock: None) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        ask("send/text", hello)

    assert ask("reports/balance/123456789").body["pending"] == 0


def test_a_plan_without_a_limit_says_a_large_number(ask: Ask, acme: Account) -> None:
    acme.plan.messages_per_day = None
    acme.plan.save()

    assert ask("reports/balance/123456789").body["remaining"] == 2**31 - 1


def test_an_unknown_device_has_no_balance(ask: Ask) -> None:
    answer = ask("reports/balance/555")

    assert (answer.status, answer.body) == (404, {"success": False, "message": "Device not found"})


@pytest.fixture
def failures(ask: Ask, hello: Hello, deliver: Deliver, clock: None) -> None:
    """One failed message on each of three days, and one that arrived."""
    for day in (1, 2, 3):
        with time_machine.travel(datetime(2026, 3, day, 12, tzinfo=UTC), tick=False):
            ask("send/text", {**hello, "phone": FAILS})
            ask("send/text", hello)
            deliver()


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ("", [3, 2, 1]),
        ("?from=2026-03-02", [3, 2]),
        ("?to=2026-03-02", [2, 1]),
        ("?from=2026-03-01&to=2026-03-02", [2, 1]),
        ("?device=123456789", [3, 2, 1]),
        ("?from=9998-12-31&to=9999-12-31", []),
        ("?from=0001-01-01&to=9999-12-31", [3, 2, 1]),
    ],
)
def test_failed_numbers_are_listed_newest_first(ask: Ask, failures: None, query: str, days: list[int]) -> None:
    answer = ask(f"reports/failed_numbers{query}")

    assert answer.body == {
        "success": True,
        "data": [{"number": FAILS.lstrip("+"), "date": f"2026-03-0{day}T12:00:00Z"} for day in days],
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("from=yesterday", "The from is not a valid date."),
        ("to=2026-02-30", "The to is not a valid date."),
        ("from=2026-03-02&to=2026-03-01", "The to date must be a date after from."),
        ("from=2026-03-02&to=2026-03-02", "The to date must be a date after from."),
        ("device=555", "The selected device is invalid."),
    ],
)
def test_a_wrong_filter_is_named(ask: Ask, query: str, message: str) -> None:
    answer = ask(f"reports/failed_numbers?{query}")

    assert (answer.status, answer.body["message"]) == (422, message)
    assert list(answer.body["errors"].values()) == [[message]]


def test_more_query_fields_than_anyone_needs_are_refused(ask: Ask) -> None:
    answer = ask("reports/failed_numbers?" + "&".join(f"a{i}=1" for i in range(1001)))

    assert 400 <= answer.status < 500
