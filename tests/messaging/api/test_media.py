"""Files over our own API: upload, what they are, download."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import media
from messaging.models import Message
from tests.messaging.media.files import HTML, PNG
from tokens import issuing


@pytest.fixture
def headers(acme: Account) -> dict[str, str]:
    secret = issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)[1]
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def upload(client: Client, headers: dict[str, str], data: bytes = PNG, **fields: str) -> Any:
    file = SimpleUploadedFile("dot.png", data, content_type="image/png")
    return client.post("/api/v1/media", {"file": file, **fields}, headers=headers)


def test_a_file_is_stored_described_and_given_back(client: Client, headers: dict[str, str]) -> None:
    stored = upload(client, headers)
    assert stored.status_code == 201
    shown = stored.json()
    assert {name: shown[name] for name in ("state", "source", "kind", "type", "size", "filename", "error")} == {
        "state": "stored",
        "source": "upload",
        "kind": "image",
        "type": "image/png",
        "size": len(PNG),
        "filename": "dot.png",
        "error": "",
    }
    assert stored["Location"] == f"/api/v1/media/{shown['id']}"
    assert client.get(stored["Location"], headers=headers).json() == shown

    got: Any = client.get(f"{stored['Location']}/content", headers=headers)
    assert b"".join(got.streaming_content) == PNG
    assert (got["Content-Type"], got["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert got["Content-Disposition"] == 'attachment; filename="dot.png"'


def test_a_message_names_it(client: Client, headers: dict[str, str]) -> None:
    id = upload(client, headers).json()["id"]
    body = {"to": "+905321234567", "channel": "whatsapp", "type": "image", "image": {"id": id}}
    sent = client.post("/api/v1/messages", body, "application/json", headers=headers)
    assert sent.status_code == 202, sent.content
    assert Message.objects.get().content == {"id": id}


@pytest.mark.parametrize(
    ("data", "fields", "status", "code"),
    [
        (HTML, {}, 422, "media_format"),
        (PNG, {"type": "image/jpeg"}, 422, "media_format"),
        (PNG + bytes(5 * 1024 * 1024), {}, 422, "media_too_large"),
        (b"", {}, 422, "required"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused(
    client: Client, headers: dict[str, str], data: bytes, fields: dict[str, str], status: int, code: str
) -> None:
    refused = upload(client, headers, data, **fields)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert refused.json()["error"]["field"] == "file"


def test_another_accounts_file_is_not_found(client: Client, headers: dict[str, str], other: Account) -> None:
    theirs = media.store(other, PNG)
    for path in (f"/api/v1/media/{theirs.pk}", f"/api/v1/media/{theirs.pk}/content", "/api/v1/media/x"):
        assert client.get(path, headers=headers).status_code == 404


def test_a_file_that_could_not_be_fetched_says_why(client: Client, headers: dict[str, str], acme: Account) -> None:
    planned = media.plan_fetch(acme, "http://127.0.0.1/", "image")
    media.fetch_due()
    shown = client.get(f"/api/v1/media/{planned.pk}", headers=headers).json()
    assert (shown["state"], shown["error"]) == ("failed", "The address must name a public host.")
    assert client.get(f"/api/v1/media/{planned.pk}/content", headers=headers).status_code == 404
