"""`GET /v1/wa/message/{id}`: any message of the account, whoever's API it came by; and the list of them."""

import re

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import media
from messaging.dialects.connexease.serializers import read_id, render_id
from messaging.ids import LARGEST
from messaging.models import Message
from messaging.states import State
from messaging.timeline import Step, record
from messaging.transports import sandbox
from tests.messaging.conftest import Deliver, Send
from tests.messaging.dialects.connexease.conftest import PATH, TEXT, TO, Api, Keys
from tokens import issuing

Z = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_a_message_is_read_by_the_id_it_was_given(api: Api, deliver: Deliver) -> None:
    id = api.send({**TEXT, "biz_opaque_callback_data": "order 7"}).id
    fresh = api.read(id).body
    times = fresh["data"].pop("timestamps")
    assert fresh == {
        "isSuccess": True,
        "data": {
            "id": id,
            "to": TO,
            "type": "text",
            "text": {"body": "Merhaba"},
            "status": "accepted",
            "errors": [],
            "biz_opaque_callback_data": "order 7",
        },
    }
    assert list(times) == ["accepted"]
    deliver()
    done = api.read(id).body["data"]
    assert done["status"] == "delivered"
    assert list(done["timestamps"]) == ["accepted", "sent", "delivered"]
    assert done["timestamps"]["accepted"] == times["accepted"]
    for at in done["timestamps"].values():
        assert re.fullmatch(Z, at)


def test_a_failed_message_says_what_the_way_out_said(api: Api, deliver: Deliver) -> None:
    id = api.send({**TEXT, "to": sandbox.FAILS}).id
    deliver()
    found = api.read(id).body["data"]
    assert (found["status"], list(found["timestamps"])) == ("failed", ["accepted", "failed"])
    said = "This sandbox number always fails."
    meta_error = {"code": "SANDBOX_FAILED", "message": said}
    assert found["errors"] == [
        {"code": "GW_003", "group": "BAD_GATEWAY", "description": said, "params": {"meta_error": meta_error}}
    ]


def test_what_other_apis_sent_is_read_here(api: Api, acme: Account) -> None:
    _, secret = issuing.create_token(account=acme, name="other", by=COMMAND, grantor=None)
    asked = {"to": ["+905321234567", "+905321234568"], "type": "text", "text": "Hi", "channel": "sms"}
    Client().post(
        "/api/v1/messages", asked, content_type="application/json", headers={"Authorization": f"Bearer {secret}"}
    )
    message = Message.objects.get()
    last = message.recipients.last()
    assert last
    record([Step(last.pk, State.SENT)])
    found = api.read(render_id(message.pk)).body["data"]
    assert (found["to"], found["text"], found["status"]) == (TO, {"body": "Hi"}, "accepted")
    assert found["recipients"] == [
        {"to": "905321234567", "status": "accepted"},
        {"to": "905321234568", "status": "sent"},
    ]


def test_a_kind_that_meta_has_not_is_shown_by_its_words(api: Api, send: Send) -> None:
    message = send()
    Message.objects.filter(pk=message.pk).update(kind="data", content={"data": "AAAA", "port": 5})
    found = api.read(render_id(message.pk)).body["data"]
    assert (found["type"], found["text"]) == ("text", {"body": "Data"})


def test_a_stored_file_is_named_by_its_id(api: Api, acme: Account) -> None:
    kept = media.store(acme, b"\x89PNG\r\n\x1a\n" + bytes(100), mime="image/png")
    image = {"id": str(kept.pk), "caption": "Look"}
    id = api.send({**TEXT, "type": "image", "image": image}).id
    assert api.read(id).body["data"]["image"] == image


def test_contacts_are_the_list_that_they_are_for_meta(api: Api) -> None:
    contacts = [{"name": {"formatted_name": "Bob B", "first_name": "Bob"}}]
    id = api.send({**TEXT, "type": "contacts", "contacts": contacts}).id
    assert api.read(id).body["data"]["contacts"] == contacts


def test_a_received_message_says_whom_it_is_from(api: Api, deliver: Deliver) -> None:
    api.send({**TEXT, "to": sandbox.ANSWERS})
    deliver()
    received = Message.objects.get(direction="in")
    found = api.read(render_id(received.pk)).body["data"]
    assert (found["from"], found["to"]) == (sandbox.ANSWERS.lstrip("+"), "123456789")
    assert (found["status"], list(found["timestamps"])) == ("received", ["received"])


def test_a_strangers_message_is_not_there(api: Api, key: Keys, other: Account) -> None:
    id = api.send().id
    stranger = key(account=other)
    assert stranger.read(id).refused == (404, "GW_404", None)
    assert stranger.read().body["data"]["messages"] == []


@pytest.mark.parametrize("id", ["1", "wamid.", "wamid.X", "wamid.AAAAAAAAAAAAAAAAAAAA", "wamid.é", "x" * 5000])
def test_an_id_that_is_none_is_not_found(api: Api, id: str) -> None:
    assert api.read(id).refused == (404, "GW_404", None)


@settings(deadline=None)
@given(st.integers(1, LARGEST), st.integers(0, 19), st.sampled_from("AZaz09-_"))
def test_ids_are_their_own_proof(id: int, place: int, letter: str) -> None:
    text = render_id(id)
    assert read_id(text) == id
    changed = text[: 6 + place] + letter + text[7 + place :]
    assert read_id(changed) == (id if changed == text else None)


def test_the_list_has_the_newest_first_and_goes_on_before_its_last(api: Api) -> None:
    sent = [api.send({**TEXT, "text": {"body": str(n)}}).id for n in range(5)]
    first = api.call("GET", f"{PATH}?limit=2").body["data"]
    assert [message["id"] for message in first["messages"]] == [sent[4], sent[3]]
    assert first["before"] == sent[3]
    rest = api.call("GET", f"{PATH}?before={first['before']}").body["data"]
    assert [message["text"]["body"] for message in rest["messages"]] == ["2", "1", "0"]
    assert rest["before"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=", "before=x", "before="])
def test_a_list_that_cannot_be_asked_for_is_refused(api: Api, query: str) -> None:
    answer = api.call("GET", f"{PATH}?{query}")
    assert answer.refused == (400, "GW_001", query.partition("=")[0])
