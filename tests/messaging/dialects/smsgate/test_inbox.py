"""/inbox, and /messages/inbox/export."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import Account
from messaging import media, receiving
from messaging.dialects.smsgate.serializers import render_device, render_id
from messaging.models import Device, Media, Message
from messaging.transport import Reading
from messaging.transports import sandbox
from tests.messaging.conftest import Deliver
from tests.messaging.contents import encoded
from tests.messaging.dialects.smsgate.conftest import Api

SENDER = "+79990001234"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


def receive(device: Device, kind: str = "text", **content: Any) -> int:
    return receiving.record_inbound(
        device=device, sender=SENDER, kind=kind, content=content or {"body": "Hi"}, channel="sms"
    )


def test_what_was_received_is_listed_with_the_newest_first(api: Api, stranger: Api, sandbox_device: Device) -> None:
    empty = api.get("/inbox")
    assert (empty.body, empty.headers["X-Total-Count"]) == ([], "0")
    first, second = receive(sandbox_device), receive(sandbox_device, body="Again")
    answer = api.get("/inbox")
    assert (answer.status, answer.headers["X-Total-Count"]) == (200, "2")
    assert [row["id"] for row in answer.body] == [render_id(second), render_id(first)]
    assert answer.body[1] == {
        "id": render_id(first),
        "type": "SMS",
        "sender": SENDER,
        "recipient": "+123456789",
        "contentPreview": "Hi",
        "createdAt": answer.body[1]["createdAt"],
    }
    assert stranger.get("/inbox").body == []


def test_an_answer_of_the_sandbox_arrives(api: Api, deliver: Deliver) -> None:
    api.send(phoneNumbers=[sandbox.ANSWERS])
    deliver()
    (received,) = api.get("/inbox").body
    assert (received["sender"], received["contentPreview"]) == (sandbox.ANSWERS, "Echo: Hello from JWT!")


def test_it_is_filtered_by_type(api: Api, sandbox_device: Device) -> None:
    ids = {
        "SMS": receive(sandbox_device),
        "DATA_SMS": receive(sandbox_device, "data", data=encoded(8), port=7),
        "MMS_DOWNLOADED": receive(sandbox_device, "image", link="https://example.org/a.png", caption="Look"),
        "MMS": receive(sandbox_device, body="Photos"),
    }
    Message.objects.filter(pk=ids["MMS"]).update(context={"mms": {"transaction_id": "1"}})
    for sort, id in ids.items():
        (row,) = api.get(f"/inbox?type={sort}").body
        assert (row["id"], row["type"]) == (render_id(id), sort)
    assert [row["contentPreview"] for row in api.get("/inbox").body] == ["Photos", "Look", "Data", "Hi"]


def test_it_has_pages_times_and_devices(api: Api, sandbox_device: Device, phone: Device) -> None:
    first = receive(phone)
    time.sleep(0.002)  # times have milliseconds
    second = receive(sandbox_device)
    rows = api.get("/inbox").body
    assert [row["id"] for row in api.get("/inbox?limit=1&offset=1").body] == [render_id(first)]
    assert [row["id"] for row in api.get(f"/inbox?to={quote(rows[0]['createdAt'])}").body] == [render_id(first)]
    assert [row["id"] for row in api.get(f"/inbox?from={quote(rows[0]['createdAt'])}").body] == [render_id(second)]
    assert [row["id"] for row in api.get(f"/inbox?deviceId={render_device(phone)}").body] == [render_id(first)]
    for query in ("type=EMAIL", "limit=x", "from=x", "includeAttachments=x"):
        assert api.get(f"/inbox?{query}").status == 400, query


@pytest.fixture
def picture(acme: Account) -> Media:
    return media.store(acme, PNG, mime="image/png", filename="cat.png", kind="image", source=Media.Source.INBOUND)


@pytest.mark.parametrize("word", ["true", "True"])
def test_attachments_are_named_and_given(
    api: Api, stranger: Api, sandbox_device: Device, picture: Media, word: str
) -> None:
    id = render_id(receive(sandbox_device, "image", id=str(picture.pk)))
    (row,) = api.get(f"/inbox?includeAttachments={word}").body
    assert row["attachments"] == [{"partId": 0, "name": "cat.png", "size": len(PNG), "contentType": "image/png"}]
    assert "attachments" not in api.get("/inbox").body[0]
    file = api.get(f"/inbox/{id}/attachments/0")
    assert (file.status, file.body, file.headers["Content-Type"]) == (200, PNG, "image/png")
    for asking, path in (
        (stranger, f"{id}/attachments/0"),
        (api, f"{id}/attachments/1"),
        (api, f"{id}/attachments/-1"),
        (api, f"{id}/attachments/{'9' * 5000}"),
        (api, f"{id}/attachments/²"),
        (api, "unknown/attachments/0"),
    ):
        assert asking.get(f"/inbox/{path}").status == 404, path


RANGE = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00+02:00"}


@pytest.mark.parametrize(
    ("path", "more", "telling"),
    [
        ("/inbox/refresh", {}, "Disabled"),
        ("/inbox/refresh", {"triggerWebhooks": False}, "Disabled"),
        ("/inbox/refresh", {"triggerWebhooks": True}, "Individual"),
        ("/inbox/refresh", {"webhookDelivery": "Batch", "triggerWebhooks": False}, "Batch"),
        ("/inbox/export", {}, "Individual"),
        ("/messages/inbox/export", {"webhookDelivery": "Disabled"}, "Individual"),
    ],
)
def test_phones_are_asked_to_read_their_inbox_again(
    api: Api, phone: Device, monkeypatch: pytest.MonkeyPatch, path: str, more: dict[str, Any], telling: str
) -> None:
    asked: list[tuple[str, Reading]] = []
    monkeypatch.setattr(
        sandbox.Transport, "read_inbox", lambda self, device, reading: asked.append((device.name, reading))
    )
    answer = api.post(path, {**RANGE, **more})
    assert (answer.status, answer.body) == (202, {})
    assert answer.headers.get("Deprecation") == ("true" if "export" in path else None)
    assert [name for name, _ in asked] == ["Sandbox", "Pixel 8"]
    assert {(reading.telling, tuple(reading.types)) for _, reading in asked} == {(telling, ("SMS",))}
    asked.clear()
    assert api.post(path, {**RANGE, "deviceId": render_device(phone)}).status == 202
    assert [name for name, _ in asked] == ["Pixel 8"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"since": RANGE["since"]},
        {"since": RANGE["until"], "until": RANGE["since"]},
        {"since": "x", "until": RANGE["until"]},
        {**RANGE, "deviceId": "a" * 21},
        {**RANGE, "messageTypes": []},
        {**RANGE, "messageTypes": ["EMAIL"]},
        {**RANGE, "webhookDelivery": "Sometimes"},
        {**RANGE, "triggerWebhooks": "yes"},
    ],
)
def test_a_request_to_read_again_that_cannot_be_read_is_400(api: Api, body: dict[str, Any]) -> None:
    for path in ("/inbox/refresh", "/inbox/export", "/messages/inbox/export"):
        assert api.post(path, body).status == 400
