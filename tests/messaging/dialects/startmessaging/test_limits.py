"""Requests a second and messages a day."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest
import time_machine

from accounts.models import Account, Plan
from messaging.models import Message
from tests.messaging.dialects.startmessaging.conftest import Api, Keys

NOON = datetime.fromisoformat("2026-06-01T12:00:00.200+00:00")
RESET = str(int(NOON.timestamp()) + 1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands, so that a test's requests fall into one second."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.mark.usefixtures("clock")
def test_the_eleventh_request_of_a_second_is_refused_on_the_free_plan(api: Api) -> None:
    answers = [api.get() for _ in range(10)]
    assert {answer.status for answer in answers} == {200}
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == [str(n) for n in reversed(range(10))]
    refused = api.send()
    assert refused.status == 429
    assert refused.body["error"].pop("request_id")
    message = "Rate limit exceeded. Retry after 1 second."
    assert refused.body == {"error": {"code": "RATE_LIMITED", "message": message, "retry_after": 1}}
    assert refused.headers["Retry-After"] == "1"
    assert _limits(refused.headers) == ("10", "0", RESET)
    assert not Message.objects.exists()


def test_the_next_second_is_free_again(api: Api, clock: time_machine.Traveller) -> None:
    for _ in range(11):
        last = api.get()
    assert last.status == 429
    clock.shift(1)
    assert api.get().status == 200


@pytest.mark.usefixtures("clock")
def test_premium_has_a_hundred_and_a_keys_own_limit_can_only_lower_it(key: Keys, acme: Account) -> None:
    acme.plan = Plan.objects.get(code="premium")
    acme.save(update_fields=["plan"])
    assert _limits(key().get().headers) == ("100", "99", RESET)
    slow = key(name="slow", requests_per_second=2)
    assert [slow.get().status for _ in range(3)] == [200, 200, 429]


@pytest.mark.usefixtures("clock")
def test_the_limit_is_each_keys_own(api: Api, key: Keys) -> None:
    for _ in range(11):
        api.get()
    assert key(name="another").get().status == 200


@pytest.mark.usefixtures("clock")
def test_every_answer_has_the_limits(api: Api) -> None:
    assert _limits(api.send().headers) == ("10", "9", RESET)
    assert _limits(api.send(b"{").headers) == ("10", "8", RESET)
    assert _limits(api.get("/msg_00000000000").headers) == ("10", "7", RESET)
    assert _limits(api.call("PUT", "").headers) == ("10", "7", RESET)
    assert _limits(Api(None).send().headers) == ("0", "0", RESET)
    assert _limits(api.get("/v1/nothing").headers) == ("0", "0", RESET)


@pytest.mark.usefixtures("clock")
def test_what_is_refused_before_it_is_counted_counts_for_nobody(api: Api) -> None:
    Plan.objects.filter(code="free").update(account_requests_per_second=2)
    assert [api.call("PUT", "").status for _ in range(3)] == [405] * 3
    assert [api.get().status for _ in range(3)] == [200, 200, 429]
    refused = api.call("PUT", "")
    assert (refused.status, *_limits(refused.headers)) == (405, "2", "0", RESET)


@pytest.mark.usefixtures("clock")
def test_the_day_ends_at_its_number_of_messages_and_says_when_it_turns_over(api: Api, acme: Account) -> None:
    Plan.objects.filter(code="free").update(messages_per_day=2)
    assert [api.send().status for _ in range(2)] == [200, 200]
    refused = api.send()
    assert (refused.status, refused.code) == (429, "DAILY_LIMIT_REACHED")
    assert refused.body["error"]["retry_after"] == 12 * 3600
    assert refused.headers["Retry-After"] == str(12 * 3600)
    assert _limits(refused.headers) == ("10", "7", RESET)
    assert Message.objects.count() == 2
    assert api.get().status == 200


@pytest.mark.usefixtures("clock")
def test_a_repeat_gets_its_answer_also_when_the_day_is_used_up(api: Api) -> None:
    Plan.objects.filter(code="free").update(messages_per_day=1)
    first = api.send(X_Request_ID="r1")
    assert api.send(X_Request_ID="r2").status == 429
    assert api.send(X_Request_ID="r1").body == first.body


def _limits(headers: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))
