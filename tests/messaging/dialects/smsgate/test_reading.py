"""GET /messages, GET and DELETE /messages/{id}."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import receiving, sending
from messaging.dialects.smsgate import listing
from messaging.dialects.smsgate.serializers import STATES, render_device, render_id, together
from messaging.drafting import Draft, Sender
from messaging.models import Device, Message
from messaging.states import State
from messaging.transport import Report
from messaging.transports import sandbox
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.smsgate.conftest import HELLO, TO, Api

WORDS = ["Pending", "Cancelling", "Cancelled", "Processed", "Sent", "Delivered", "Failed"]


def report(*states: State) -> None:
    """Have each recipient of the newest message come into a state."""
    rows = Message.objects.latest("pk").recipients.all()
    reports = [Report(row.pk, state, code="x", detail="Why.") for row, state in zip(rows, states, strict=True)]
    receiving.record_reports([each for each in reports if each.state != State.ACCEPTED])


def test_a_message_is_read_back_with_what_became_of_it(api: Api, deliver: Deliver) -> None:
    sent = api.send().body
    deliver()
    read = api.get(f"/messages/{sent['id']}")
    assert read.status == 200
    assert read.body["state"] == "Delivered"
    assert read.body["recipients"] == [{"phoneNumber": TO, "state": "Delivered"}]
    assert list(read.body["states"]) == ["Pending", "Sent", "Delivered"]
    assert sorted(read.body["states"].values()) == list(read.body["states"].values())
    assert {name: read.body[name] for name in ("id", "deviceId", "createdAt", "textMessage")} == {
        name: sent[name] for name in ("id", "deviceId", "createdAt", "textMessage")
    }


def test_a_failed_recipient_says_why(api: Api, deliver: Deliver) -> None:
    id = api.send(phoneNumbers=[sandbox.FAILS]).body["id"]
    deliver()
    read = api.get(f"/messages/{id}").body
    assert read["state"] == "Failed"
    assert read["recipients"][0] == {
        "phoneNumber": sandbox.FAILS,
        "state": "Failed",
        "error": "This sandbox number always fails.",
    }


def test_an_expired_message_has_failed_since_its_time_ran_out(api: Api, deliver: Deliver) -> None:
    id = api.send(ttl=5).body["id"]
    Message.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    deliver()
    read = api.get(f"/messages/{id}").body
    assert (read["state"], read["recipients"][0]["error"]) == ("Failed", "TTL expired")


def test_a_message_that_was_read_is_delivered(api: Api, deliver: Deliver) -> None:
    id = api.send(phoneNumbers=[sandbox.IS_READ]).body["id"]
    deliver()
    assert Message.objects.get().state == State.READ
    assert api.get(f"/messages/{id}").body["state"] == "Delivered"


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ((State.ACCEPTED, State.DELIVERED), "Pending"),
        ((State.ACCEPTED, State.FAILED), "Pending"),
        ((State.CANCELLED, State.DELIVERED), "Cancelled"),
        ((State.CANCELLED, State.PROCESSING), "Cancelled"),
        ((State.CANCELLED, State.FAILED), "Cancelled"),
        ((State.PROCESSING, State.DELIVERED), "Processed"),
        ((State.PROCESSING, State.FAILED), "Processed"),
        ((State.FAILED, State.EXPIRED), "Failed"),
        ((State.DELIVERED, State.READ), "Delivered"),
        ((State.SENT, State.SENT), "Sent"),
        ((State.SENT, State.DELIVERED), "Sent"),
        ((State.SENT, State.FAILED), "Sent"),
        ((State.DELIVERED, State.FAILED), "Sent"),
        ((State.READ, State.EXPIRED), "Sent"),
    ],
)
def test_a_messages_state_is_what_its_recipients_make_it_by_the_vendors_rule(
    api: Api, states: tuple[State, ...], word: str
) -> None:
    id = api.send(phoneNumbers=[TO, "+966500000142"]).body["id"]
    report(*states)
    read = api.get(f"/messages/{id}").body
    assert [row["state"] for row in read["recipients"]] == [STATES[state] for state in states]
    assert read["state"] == word
    found = {other for other in WORDS if api.get(f"/messages?state={other}").body}
    assert found == {word}, "the list is filtered by what it shows"


def test_no_word_is_one_that_clients_do_not_know() -> None:
    assert set(STATES.values()) <= set(WORDS)
    assert {together([a, b]) for a in WORDS for b in WORDS} <= set(WORDS)


def test_what_is_not_there_or_anothers_is_404(api: Api, stranger: Api) -> None:
    id = api.send(id="mine").body["id"]
    for reader, path in ((api, "unknown"), (api, render_id(1)), (stranger, id), (stranger, render_id(_pk()))):
        assert reader.get(f"/messages/{path}").told == (404, "message not found")
        assert reader.delete(f"/messages/{path}").told == (404, "message not found")


def _pk() -> int:
    return Message.objects.get().pk


def test_a_message_with_its_own_id_is_found_by_ours_too(api: Api) -> None:
    api.send(id="mine")
    assert api.get(f"/messages/{render_id(_pk())}").body["id"] == "mine"


def test_an_own_id_that_looks_like_one_of_ours_is_the_senders(api: Api) -> None:
    first = api.send().body["id"]
    assert api.send(id=first, textMessage={"text": "Another"}).status == 202
    assert api.get(f"/messages/{first}").body["textMessage"] == {"text": "Another"}


def test_a_received_message_is_read_as_one_that_arrived(api: Api, deliver: Deliver) -> None:
    api.send(phoneNumbers=[sandbox.ANSWERS])
    deliver()
    inbound = Message.objects.get(direction="in")
    read = api.get(f"/messages/{render_id(inbound.pk)}").body
    assert (read["state"], list(read["states"])) == ("Delivered", ["Delivered"])
    assert read["recipients"] == [{"phoneNumber": sandbox.ANSWERS, "state": "Delivered"}]
    assert read["textMessage"] == {"text": "Echo: Hello from JWT!"}
    assert len(api.get("/messages").body) == 1, "what was received is in the inbox"


# The list


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [row["id"] for row in answer.body]


def test_the_list_is_an_array_with_the_newest_first_and_how_many_there_are(api: Api) -> None:
    empty = api.get("/messages")
    assert (empty.body, empty.headers["X-Total-Count"]) == ([], "0")
    made = [api.send().body["id"] for _ in range(3)]
    answer = api.get("/messages")
    assert ids(answer) == made[::-1]
    assert answer.headers["X-Total-Count"] == "3"
    assert ids(api.get("/messages?sort=created_at")) == made
    assert ids(api.get("/messages?sort=-created_at")) == made[::-1]


def test_the_list_has_pages(api: Api) -> None:
    made = [api.send().body["id"] for _ in range(3)][::-1]
    assert ids(api.get("/messages?limit=2")) == made[:2]
    assert ids(api.get("/messages?limit=2&offset=2")) == made[2:]
    assert ids(api.get("/messages?limit=0")) == made[:1], "cut to what there is"
    assert ids(api.get("/messages?limit=-5&offset=-5")) == made[:1]
    assert ids(api.get(f"/messages?limit=1000&offset={10**18 - 1}")) == []
    assert api.get("/messages?limit=2&offset=2").headers["X-Total-Count"] == "3"


def test_the_list_leaves_content_out_unless_it_is_asked_for(api: Api) -> None:
    api.send()
    (without,), (with_content,) = (api.get(f"/messages?includeContent={word}").body for word in ("false", "true"))
    assert with_content == without | {"textMessage": {"text": "Hello from JWT!"}}


def test_the_list_takes_times_and_devices(api: Api, phone: Device) -> None:
    first = api.send(deviceId=render_device(phone)).body
    time.sleep(0.002)  # times have milliseconds
    second = api.send().body
    for written in (second["createdAt"], second["createdAt"].replace("Z", "+00:00"), second["createdAt"][:-1]):
        assert ids(api.get(f"/messages?from={quote(written)}")) == [second["id"]]
        assert ids(api.get(f"/messages?to={quote(written)}")) == [first["id"]]
    assert ids(api.get("/messages?from=9999-01-01T00:00:00Z")) == []
    assert ids(api.get("/messages?to=0001-01-01T00:00:00Z")) == []
    assert ids(api.get(f"/messages?deviceId={render_device(phone)}")) == [first["id"]]
    assert ids(api.get("/messages?deviceId=" + "a" * 21)) == []


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "to=2026-13-01T00:00:00Z", "from=2026-01-31", "state=Waiting", "sort=id", "limit=ten",
     "includeContent=perhaps", "from=0001-01-01T00:00:00%2B14:00"],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_400(api: Api, query: str) -> None:
    assert api.get(f"/messages?{query}").status == 400


def test_a_long_list_is_counted_exactly_up_to_a_number_and_cheaply_beyond(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "EXACT", 2)
    for _ in range(2):
        api.send(phoneNumbers=[TO, "+966500000142"])
    assert api.get("/messages").headers["X-Total-Count"] == "2"
    api.send()
    assert api.get("/messages").headers["X-Total-Count"] == "5", "what the days' counters say"
    assert api.get("/messages?to=2020-01-01T00:00:00Z").headers["X-Total-Count"] == "0"


def test_reading_a_list_costs_as_many_queries_however_long_it_is(api: Api, django_assert_max_num_queries: Any) -> None:
    for _ in range(5):
        api.send()
    with django_assert_max_num_queries(6):
        assert len(api.get("/messages").body) == 5


def test_messages_of_every_door_are_in_the_list(api: Api, acme: Account) -> None:
    sender = Sender.from_person(acme)
    sending.accept(sender, Draft(to=[TO], kind="image", body={"link": "https://example.org/a.png", "caption": "Look"}))
    (shown,) = api.get("/messages?includeContent=true").body
    assert shown["textMessage"] == {"text": "Look"}


# Cancelling


def test_a_waiting_message_is_cancelled(api: Api) -> None:
    id = api.send(scheduleAt=(timezone.now() + timedelta(hours=1)).isoformat()).body["id"]
    answer = api.delete(f"/messages/{id}")
    assert (answer.status, answer.body["state"]) == (200, "Cancelled")
    assert list(answer.body["states"]) == ["Pending", "Cancelled"]
    assert answer.body["recipients"] == [{"phoneNumber": TO, "state": "Cancelled"}]
    assert api.delete(f"/messages/{id}").status == 409


def test_a_message_on_its_way_cannot_be_cancelled(api: Api, deliver: Deliver) -> None:
    id = api.send(HELLO).body["id"]
    deliver()
    answer = api.delete(f"/messages/{id}")
    assert answer.status == 409
    assert "message is not pending" in answer.body["message"]


def test_a_cancelled_message_is_told_so_elsewhere_too(api: Api) -> None:
    id = api.send().body["id"]
    sending.cancel(Message.objects.get(), by=COMMAND)
    assert api.get(f"/messages/{id}").body["state"] == "Cancelled"
