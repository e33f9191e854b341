"""GET /v1/messages and /v1/messages/{id}."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import sending
from messaging.dialects.startmessaging.serializers import STATES, read_id, render_id
from messaging.ids import LARGEST
from messaging.models import Message
from messaging.states import State
from messaging.transports import sandbox
from tests.messaging.conftest import Deliver, Send
from tests.messaging.dialects.startmessaging.conftest import TEXT, TO, Api, Keys


@pytest.fixture
def api(key: Keys, acme: Account) -> Api:
    """Several requests in a row are no test of the limit here."""
    acme.plan.requests_per_second = 1000
    acme.plan.save(update_fields=["requests_per_second"])
    return key()


def sent_to(api: Api, number: str = TO) -> str:
    id: str = api.send({**TEXT, "to": number}).body["message_id"]
    return id


def test_a_message_is_read_back_with_its_status(api: Api, deliver: Deliver) -> None:
    sent = api.send().body
    read = api.get("/" + sent["message_id"])
    assert read.status == 200
    assert read.body["updated_at"] >= sent["timestamp"]
    del read.body["updated_at"]
    assert read.body == {
        "message_id": sent["message_id"],
        "to": TO,
        "type": "text",
        "text": {"body": "Merhaba"},
        "status": "accepted",
        "timestamp": sent["timestamp"],
        "error": None,
    }
    deliver()
    assert api.get("/" + sent["message_id"]).body["status"] == "delivered"


def test_a_failed_message_says_why(api: Api, deliver: Deliver) -> None:
    id = sent_to(api, sandbox.FAILS)
    deliver()
    read = api.get("/" + id).body
    assert read["status"] == "failed"
    assert read["error"] == {"code": "SANDBOX_FAILED", "message": "This sandbox number always fails."}


def test_a_cancelled_message_has_failed_and_says_that_it_was_cancelled(api: Api) -> None:
    id = sent_to(api)
    sending.cancel(Message.objects.get(), by=COMMAND)
    read = api.get("/" + id).body
    assert (read["status"], read["error"]) == ("failed", {"code": "CANCELLED", "message": "Cancelled."})


def test_a_received_message_says_whom_it_is_from(api: Api, deliver: Deliver) -> None:
    sent_to(api, sandbox.ANSWERS)
    deliver()
    (received,) = api.get("?status=received").body["data"]
    assert (received["from"], received["to"]) == (sandbox.ANSWERS.lstrip("+"), "123456789")
    assert api.get("/" + received["message_id"]).body == received


def test_a_message_of_another_edge_is_read_here_too(api: Api, send: Send) -> None:
    message = send()
    assert api.get("/" + render_id(message.pk)).body["to"] == "966500000142"


@pytest.mark.parametrize(
    "id", ["msg_0", "msg_zzzzzzzzzzz", "msg_!!!!!!!!!!!", "x", "MSG_00000000000", "msg_000000000001"]
)
def test_what_is_no_id_is_not_found(api: Api, id: str) -> None:
    answer = api.get("/" + quote(id))
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_a_stranger_finds_and_lists_nothing(api: Api, key: Keys, other: Account) -> None:
    id = sent_to(api)
    stranger = key(account=other)
    assert (stranger.get("/" + id).status, stranger.get("/" + id).code) == (404, "NOT_FOUND")
    assert stranger.get().body == {"data": [], "next_cursor": None}


def test_the_list_is_followed_by_its_cursor_the_newest_first(api: Api) -> None:
    sent = [sent_to(api) for _ in range(5)]
    pages: list[list[str]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = api.get(f"?limit=2&cursor={cursor}").body
        pages.append([message["message_id"] for message in page["data"]])
        cursor = page["next_cursor"]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [id for page in pages for id in page] == sent[::-1]


def test_a_page_that_is_just_full_is_the_last(api: Api) -> None:
    sent_to(api), sent_to(api)
    assert api.get("?limit=2").body["next_cursor"] is None


def test_the_list_is_narrowed_by_status_number_and_date(api: Api, deliver: Deliver) -> None:
    failed, waiting = sent_to(api, sandbox.FAILS), None
    deliver()
    waiting = sent_to(api)

    def listed(query: str) -> list[str]:
        return [message["message_id"] for message in api.get(query).body["data"]]

    assert listed("") == [waiting, failed]
    assert listed("?status=failed") == [failed]
    assert listed("?status=accepted") == [waiting]
    assert listed("?status=read") == []
    assert listed(f"?to={TO}") == listed(f"?to=%2B{TO}") == [waiting]
    today = Message.objects.latest("pk").created_at
    assert listed(f"?from_date={today:%Y-%m-%d}") == [waiting, failed]
    assert listed(f"?from_date={today - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}") == [waiting, failed]
    assert listed(f"?from_date={quote((today + timedelta(minutes=1)).isoformat())}") == []
    assert listed("?from_date=9999-12-31") == []
    assert listed("?from_date=0001-01-01T00:00:00%2B23:59") == [waiting, failed]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("limit=0", "limit", "INVALID_REQUEST"),
        ("limit=101", "limit", "INVALID_REQUEST"),
        ("limit=-1", "limit", "INVALID_REQUEST"),
        ("limit=ten", "limit", "INVALID_REQUEST"),
        ("limit=%D9%A3", "limit", "INVALID_REQUEST"),
        ("limit=" + "9" * 5000, "limit", "INVALID_REQUEST"),
        ("status=lost", "status", "INVALID_REQUEST"),
        ("to=12", "to", "INVALID_RECIPIENT"),
        ("from_date=yesterday", "from_date", "INVALID_REQUEST"),
        ("from_date=2026-02-30", "from_date", "INVALID_REQUEST"),
        ("from_date=2026-02-20T25:00:00Z", "from_date", "INVALID_REQUEST"),
        ("cursor=x", "cursor", "INVALID_REQUEST"),
        ("status=%00", None, "INVALID_REQUEST"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(api: Api, query: str, field: str | None, code: str) -> None:
    answer = api.get(f"?{query}")
    assert (answer.status, answer.code) == (400, code)
    assert answer.body["error"].get("details", {}).get("field") == field


def test_every_id_is_written_in_one_way_and_read_back() -> None:
    for id in (0, 1, 61, 62, 10**18, LARGEST):
        assert len(render_id(id)) == 15
        assert read_id(render_id(id)) == id


def test_every_state_has_a_word() -> None:
    assert set(STATES) == set(State)
