"""How long a repeat is known, asked through the APIs: 24 hours by a key, as long as the message by its own id.

And how long it waits where the first request is still under way.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import idempotency, working
from messaging.errors import Refusal, Refused
from messaging.idempotency import Key
from messaging.models import IdempotencyKey, Message
from tests.messaging.dialects.subject import basic
from tokens import issuing
from tokens.authentication import forget

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
MOMENT = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def plan(time_machine: TimeMachineFixture, acme: Account) -> None:
    time_machine.move_to(NOON, tick=False)
    Plan.objects.update(requests_per_second=1000)


def token(acme: Account) -> str:
    return issuing.create_token(account=acme, name="shop", by=COMMAND, grantor=None)[1]


def later(time_machine: TimeMachineFixture, by: timedelta) -> None:
    """Let time pass, and the worker tidy up."""
    time_machine.move_to(datetime.now(UTC) + by, tick=False)
    forget()
    working.prune()


def post(path: str, body: dict[str, Any], **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(path, body, content_type="application/json", headers=named)


@pytest.mark.parametrize(
    ("path", "key", "replay", "body"),
    [
        ("/api/v1/messages", "Idempotency_Key", "Idempotent-Replay", {"to": "+905551234567", "text": "Hi"}),
        (
            "/v1/messages",
            "X_Request_ID",
            "X-Idempotent-Replay",
            {"to": "905551234567", "type": "text", "text": {"body": "Hi"}},
        ),
    ],
)
def test_a_key_is_known_for_24_hours_and_then_another_requests(
    acme: Account, time_machine: TimeMachineFixture, path: str, key: str, replay: str, body: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {token(acme)}", key: "order-1"}
    first = post(path, body, **headers)
    later(time_machine, DAY - MOMENT)
    again = post(path, body, **headers)
    assert (again.content, again[replay]) == (first.content, "true")
    assert post(path, body | {"to": "+905551234568"}, **headers).status_code == 409
    later(time_machine, MOMENT)
    anew = post(path, body | {"to": "+905551234568"}, **headers)
    assert anew.status_code == first.status_code
    assert replay not in anew
    assert Message.objects.count() == 2


def test_a_messages_own_id_is_taken_as_long_as_the_message_is_there(
    acme: Account, time_machine: TimeMachineFixture
) -> None:
    login, password = issuing.create_login(account=acme, name="till", by=COMMAND, grantor=None)
    headers = {"Authorization": f"Basic {basic(login.username, password)}"}
    body = {"id": "order-1", "phoneNumbers": ["+905551234567"], "textMessage": {"text": "Hi"}}
    assert post("/3rdparty/v1/messages", body, **headers).status_code == 202
    later(time_machine, 400 * DAY)
    for text in ("Hi", "Another"):
        taken = post("/3rdparty/v1/messages", body | {"textMessage": {"text": text}}, **headers)
        assert (taken.status_code, taken.json()["message"]) == (409, "message with the same ID already exists")
    assert Message.objects.count() == IdempotencyKey.objects.count() == 1


def test_a_repeat_does_not_hold_its_thread_until_a_slow_first_request_ends(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", 0.05)
    row = Key("POST /v1/messages", "order-1", b"").row(acme)
    other = Key("POST /v1/messages", "order-2", b"").row(acme)

    def ask(key: idempotency.KeyRow) -> str:
        try:
            with idempotency.in_turn(key) as had_to_wait:
                return "waited" if had_to_wait else "went on"
        except Refused as refused:
            return refused.refusal

    with ThreadPoolExecutor(1) as elsewhere:
        with idempotency.in_turn(row), idempotency.in_turn(row) as had_to_wait:
            assert not had_to_wait, "for itself"
            assert elsewhere.submit(ask, row).result(10) == Refusal.KEY_IN_USE
            assert elsewhere.submit(ask, other).result(10) == "went on"
        assert elsewhere.submit(ask, row).result(10) == "went on"
    assert not idempotency._under_way


def test_who_repeats_too_soon_is_told_so(acme: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", 0.05)
    headers = {"Authorization": f"Bearer {token(acme)}", "X_Request_ID": "order-1"}
    body = {"to": "905551234567", "type": "text", "text": {"body": "Hi"}}
    row = Key("POST /v1/messages", "order-1", b"").row(acme)
    with ThreadPoolExecutor(1) as elsewhere:
        turn = idempotency.in_turn(row)
        elsewhere.submit(turn.__enter__).result(10)
        early = post("/v1/messages", body, **headers)
        elsewhere.submit(turn.__exit__, None, None, None).result(10)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "REQUEST_IN_PROGRESS")
    assert post("/v1/messages", body, **headers).status_code == 200
    assert Message.objects.count() == 1
