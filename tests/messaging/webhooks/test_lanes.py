"""Each endpoint is a lane: its pace, its order, and no other's trouble."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from messaging import ids, rows
from messaging.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.webhooks import examples, lanes, posting, raising
from messaging.webhooks.raising import DELIVERY, EVENT
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import Got, Receiver, receiving

pytestmark = pytest.mark.django_db
Post = Callable[[], None]


@pytest.fixture
def happen(acme: Account) -> Callable[[], None]:
    return lambda: raising.raise_event(acme.pk, "device.status", data={"status": "connected"})


def waiting(endpoint: WebhookEndpoint, count: int) -> None:
    """Have so many calls wait at the endpoint, due for an hour."""
    event, delivery, due = ids.new_ids(), ids.new_ids(count), timezone.now() - timedelta(hours=1)
    rows.insert(WebhookEvent, EVENT, [[event, endpoint.account_id, "device.status", None, None, None, {}]])
    rows.insert(
        WebhookDelivery, DELIVERY, [[delivery + n, event, endpoint.pk, "", None, "waiting", due] for n in range(count)]
    )


def waiting_calls(endpoint: WebhookEndpoint, count: int) -> None:
    """Have so many examples wait at the endpoint."""
    for _ in range(count):
        examples.send_example(endpoint, "reply")


def step_until(condition: Callable[[], object], within: float = 10) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until
        posting.post_due()


def test_a_hanging_endpoint_delays_no_other(listen: Listen, happen: Post, post: Post, receiver: Receiver) -> None:
    let_go = threading.Event()
    with receiving() as hanging:
        hanging.meanwhile = lambda got: let_go.wait(10)
        listen(url=hanging.url)
        listen()
        for _ in range(20):
            happen()
        begun = time.monotonic()
        step_until(lambda: len(receiver.got) == 20)
        assert time.monotonic() - begun < 5
        assert len(hanging.got) <= 4
        let_go.set()
        post()
        assert len(hanging.got) == 20


def test_endpoints_that_take_their_time_delay_no_other(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    """They answer well, many calls at a time, and always have more that waits."""
    with receiving() as leisurely:
        leisurely.meanwhile = lambda got: time.sleep(0.5)
        for _ in range(3):
            waiting(listen(url=leisurely.url, concurrency=32, events=["webhook.test"]).endpoint, 300)
        step_until(lambda: len(leisurely.got) > 30)
        listen()
        took = []
        for count in range(1, 10):
            happen()
            begun = time.monotonic()
            step_until(lambda count=count: len(receiver.got) == count)  # type: ignore[misc]
            took.append(time.monotonic() - begun)
        assert sorted(took)[len(took) // 2] < 0.3
        WebhookDelivery.objects.update(due_at=None)
        post()


def test_hosts_that_requests_name_and_that_never_answer_delay_no_other(
    listen: Listen, acme: Account, happen: Post, post: Post, receiver: Receiver
) -> None:
    let_go = threading.Event()
    with receiving() as hanging:
        hanging.meanwhile = lambda got: let_go.wait(20)
        given = WebhookEndpoint.Kind.GIVEN
        for n in range(100):
            url = f"{hanging.url}/{n}"
            waiting(WebhookEndpoint.objects.create(account=acme, kind=given, url=url), 4)
        step_until(lambda: hanging.got)
        listen()
        for _ in range(20):
            happen()
        step_until(lambda: len(receiver.got) == 20)
        assert len(hanging.got) <= 16
        WebhookDelivery.objects.update(due_at=None)
        let_go.set()
        post()


def test_forms_that_wait_for_long_hold_one_thread_each_until_they_answer(
    listen: Listen, acme: Account, post: Post, receiver: Receiver
) -> None:
    """Whispir's receivers have a minute: forty that hang keep nobody else's calls waiting."""
    let_go = threading.Event()
    with receiving() as hanging:
        hanging.meanwhile = lambda got: let_go.wait(20)
        for _ in range(40):
            waiting_calls(listen(url=hanging.url, format="whispir").endpoint, 4)
        good = listen(url=receiver.url, format="whispir").endpoint
        waiting_calls(good, 20)
        step_until(lambda: len(receiver.got) == 20)
        assert len(hanging.got) == 40
        let_go.set()
        post()
    assert len(hanging.got) == 160


def test_at_most_as_many_calls_at_once_as_the_endpoint_takes(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    now, most = set(), []

    def count(got: Got) -> None:
        now.add(got.headers["webhook-id"])
        most.append(len(now))
        time.sleep(0.02)
        now.discard(got.headers["webhook-id"])

    receiver.meanwhile = count
    listen(concurrency=2)
    for _ in range(12):
        happen()
    post()
    assert len(receiver.got) == 12
    assert max(most) == 2


def test_at_most_as_many_calls_a_second_as_the_endpoint_takes(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    listen(rate=5)
    for _ in range(20):
        happen()
    post()
    assert 5 <= len(receiver.got) <= 7


def test_calls_that_come_one_by_one_are_no_more_a_second_either(
    listen: Listen, happen: Post, post: Post, receiver: Receiver
) -> None:
    listen(rate=2)
    begun = time.monotonic()
    for _ in range(20):
        happen()
        post()
    assert 2 <= len(receiver.got) <= 3 + 2 * (time.monotonic() - begun)


def test_one_messages_events_in_order_where_asked(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    seen = []

    def first_is_slow(got: Got) -> None:
        if got.json["type"] == "message.sent":
            time.sleep(0.05)
        seen.append((got.json["data"]["message_id"], got.json["type"]))

    receiver.meanwhile = first_is_slow
    listen(in_order=True)
    messages = [str(send().pk) for _ in range(5)]
    deliver()
    post()
    for id in messages:
        assert [word for message, word in seen if message == id] == ["message.sent", "message.delivered"]


def test_in_order_a_failed_event_holds_back_those_of_its_message_alone(
    listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    first = send()
    second = send()

    def refuse(got: Got) -> None:
        receiver.status = 500 if got.json["data"]["message_id"] == str(first.pk) else 200

    receiver.meanwhile = refuse
    listen(in_order=True, concurrency=1)
    deliver()
    post()
    told = [(got.json["data"]["message_id"], got.json["type"]) for got in receiver.got]
    assert (str(first.pk), "message.delivered") not in told
    assert (str(second.pk), "message.delivered") in told


def test_each_lane_gets_its_turn(listen: Listen, post: Post) -> None:
    with receiving() as one, receiving() as other:
        one.meanwhile = other.meanwhile = lambda got: time.sleep(0.001)
        many, few = listen(url=one.url).endpoint, listen(url=other.url).endpoint
        waiting(many, 2000)
        waiting(few, 20)
        step_until(lambda: len(other.got) == 20)
        assert len(one.got) < 500


def test_a_hundred_thousand_waiting_calls_cost_those_who_look_for_work_nothing(listen: Listen, happen: Post) -> None:
    happen()
    listen()
    happen()
    quick = _seconds()
    dead = listen(url="https://dead.example/").endpoint
    WebhookEndpoint.objects.filter(pk=dead.pk).update(opens_at=timezone.now() + timedelta(hours=1))
    for _ in range(20):
        waiting(dead, 5000)
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")  # as its own servant does within a minute
    assert _seconds() < max(quick * 10, 0.02)
    WebhookEndpoint.objects.filter(pk=dead.pk).update(opens_at=None)
    assert _seconds() < max(quick * 10, 0.02)
    begun = time.monotonic()
    assert len(lanes.next_of(dead, busy=[1, 2, 3], room=50)) == 50
    assert time.monotonic() - begun < 0.05


def _seconds() -> float:
    """How long it takes to find the lanes where something is due, at best."""
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        lanes.due("me")
        took.append(time.perf_counter() - begun)
    return min(took)


def test_a_lane_is_held_by_one_process_until_its_lease_ends(listen: Listen, happen: Post) -> None:
    endpoint = listen().endpoint
    happen()
    assert lanes.due("one") == lanes.due("other") == [endpoint.pk]
    assert lanes.take("one", [endpoint.pk]) == {endpoint.pk}
    assert lanes.take("other", [endpoint.pk]) == set()
    assert lanes.due("one") == [endpoint.pk]
    assert lanes.due("other") == []
    WebhookEndpoint.objects.update(leased_until=timezone.now())  # the one died
    assert lanes.take("other", [endpoint.pk]) == {endpoint.pk}
    assert lanes.take("one", [endpoint.pk]) == set()
    lanes.release("one", [endpoint.pk])  # which has no say any more
    assert lanes.due("one") == []
    lanes.release("other", [endpoint.pk])
    assert lanes.due("one") == [endpoint.pk]
