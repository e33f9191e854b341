"""Requests a second and a minute: the plan's, and the vendor's own where an operator switches them on."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.core.cache import caches
from pytest_django import Settings

from accounts.models import Plan
from messaging.models import Message
from tests.messaging.dialects.connexease.conftest import PATH, Api, Keys
from tokens.quotas import Unanswered

NOON = datetime.fromisoformat("2026-06-01T12:00:00.900+00:00")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands near the end of a second, and is moved by hand."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def vendors(db: None, settings: Settings) -> None:
    """The vendor's limits, small: three a second, five a minute, on a plan that has room for them."""
    Plan.objects.update(requests_per_second=100)
    settings.GATEWAY_CONNEXEASE_PER_SECOND = 3
    settings.GATEWAY_CONNEXEASE_PER_MINUTE = 5


RATE_001 = {
    "code": "RATE_001",
    "group": "TOO_MANY_REQUESTS",
    "description": "Rate limit exceeded. Please try again later.",
}


@pytest.mark.usefixtures("clock")
def test_the_plans_limit_is_told_by_second_and_by_minute(api: Api) -> None:
    answers = [api.send() for _ in range(10)]
    assert [answer.limits for answer in answers] == [("10", str(n), "600", str(590 + n)) for n in reversed(range(10))]
    over = api.send()
    assert (over.status, over.headers["Retry-After"]) == (429, "1")
    assert over.errors == RATE_001 | {"params": {"limit_type": "sec", "retry_after": "1s"}}
    assert over.limits == ("10", "0", "600", "590")
    assert Message.objects.count() == 10


def test_the_plans_second_passes(api: Api, clock: time_machine.Traveller) -> None:
    assert [api.read().status for _ in range(11)][-1] == 429
    clock.shift(1)
    assert api.read().limits == ("10", "9", "600", "599")


@pytest.mark.usefixtures("vendors")
def test_the_vendors_second_slides(api: Api, clock: time_machine.Traveller) -> None:
    assert [api.read().limits for _ in range(3)] == [("3", str(n), "5", str(n + 2)) for n in (2, 1, 0)]
    clock.shift(0.2)  # another second by the clock, and not yet one later
    over = api.read()
    assert (over.status, over.errors["params"]) == (429, {"limit_type": "sec", "retry_after": "1s"})
    assert over.limits == ("3", "0", "5", "2")
    clock.shift(0.8)
    assert api.read().limits == ("3", "1", "5", "1"), "no more in a second than are left in the minute"


@pytest.mark.usefixtures("vendors")
def test_the_vendors_minute_slides_and_a_refused_request_takes_nothing(api: Api, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        assert api.read().status == 200
        clock.shift(1)
    for _ in range(3):
        over = api.send()
        assert (over.status, over.headers["Retry-After"]) == (429, "60")
        assert over.errors == RATE_001 | {"params": {"limit_type": "min", "retry_after": "60s"}}
        assert over.limits == ("3", "0", "5", "0")
    clock.shift(54)  # the first of the five is 59 seconds old
    assert api.read().status == 429
    clock.shift(1)
    assert api.read().limits == ("3", "0", "5", "0")
    assert api.read().status == 429
    clock.shift(60)
    assert api.read().limits == ("3", "2", "5", "4")


@pytest.mark.usefixtures("clock")
def test_the_vendors_limits_only_lower_the_plans(key: Keys, settings: Settings) -> None:
    settings.GATEWAY_CONNEXEASE_PER_SECOND, settings.GATEWAY_CONNEXEASE_PER_MINUTE = 80, 4800
    assert key().read().limits == ("10", "9", "600", "599")
    Plan.objects.update(requests_per_second=1000)
    assert key(name="fast").read().limits == ("80", "79", "4800", "4799")


@pytest.mark.usefixtures("clock", "vendors")
def test_each_key_has_limits_of_its_own(api: Api, key: Keys) -> None:
    assert [api.read().status for _ in range(4)] == [200, 200, 200, 429]
    assert key(name="another").read().status == 200


@pytest.mark.usefixtures("clock")
def test_every_answer_to_a_known_key_has_the_headers(api: Api, key: Keys) -> None:
    assert api.send(b"{").limits == ("10", "9", "600", "599")
    assert api.read("wamid.X").limits == ("10", "8", "600", "598")
    assert api.call("PUT", PATH).limits == ("10", "10", "600", "600")
    assert key(type="read_only").send().limits == ("10", "10", "600", "600")
    assert Api("x").send().limits == ("",) * 4, "nothing is known of a key that there is not"


@pytest.mark.usefixtures("clock")
def test_the_days_messages_are_a_limit_too(api: Api) -> None:
    Plan.objects.update(messages_per_day=1)
    assert api.send().status == 200
    over = api.send()
    assert (over.status, over.headers["Retry-After"]) == (429, "43200")
    assert over.errors == RATE_001 | {"params": {"limit_type": "day", "retry_after": "43200s"}}


def test_where_the_counters_do_not_answer_the_vendors_limits_hold_too(
    vendors: None, api: Api, settings: Settings
) -> None:
    silent = {"BACKEND": "gateway.counters.RedisCounters", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {**settings.CACHES, "counters": silent}
    refused = api.send()
    assert (refused.status, refused.headers["Retry-After"], refused.limits) == (429, "1", ("3", "0", "5", "0"))
    assert not Message.objects.exists()
    assert (api.call("PUT", PATH).status, api.call("PUT", PATH).limits) == (405, ("3", "0", "5", "0"))


def test_counters_that_fall_silent_after_the_plans_are_a_reached_limit(
    vendors: None, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise Unanswered

    monkeypatch.setattr(caches["counters"], "get_many", silent)
    assert (api.read().status, api.read().headers["Retry-After"]) == (429, "1")
