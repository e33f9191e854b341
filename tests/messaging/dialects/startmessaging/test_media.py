"""`/v1/media`: upload, name in a message, download."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import FakePayload

from accounts.models import Account
from messaging import content, media
from messaging.content import LIMITS
from messaging.edge import MOST_LEFT
from messaging.models import Media, Message
from tests.messaging.dialects.startmessaging.conftest import TO, Api, Keys
from tests.messaging.media.files import HTML, PDF, PNG

PATHS = ["/v1/media", "/startmessaging/v1/media"]


def upload(api: Api, data: bytes = PNG, *, path: str = PATHS[0], name: str = "dot.png", **fields: str) -> Any:
    file = SimpleUploadedFile(name, data, content_type="")
    headers = {"Authorization": f"Bearer {api.secret}"} if api.secret else {}
    return Client(raise_request_exception=False).post(path, {"file": file, **fields}, headers=headers)


def download(api: Api, id: str, *, path: str = PATHS[0]) -> Any:
    headers = {"Authorization": f"Bearer {api.secret}"}
    return Client(raise_request_exception=False).get(f"{path}/{id}", headers=headers)


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize("path", PATHS)
def test_a_file_comes_back_as_it_went(api: Api, path: str) -> None:
    stored = upload(api, path=path, type="image/png")
    assert stored.status_code == 200
    assert list(stored.json()) == ["media_id"]
    assert stored.json()["media_id"].startswith("media_")

    got = download(api, stored.json()["media_id"], path=path)
    assert (got.status_code, b"".join(got.streaming_content)) == (200, PNG)
    expected: Mapping[str, str] = {
        "Content-Type": "image/png",
        "Content-Length": str(len(PNG)),
        "Content-Disposition": 'attachment; filename="dot.png"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    assert {name: got[name] for name in expected} == expected
    assert got["X-RateLimit-Limit"]


def test_a_message_names_an_uploaded_file(api: Api) -> None:
    id = upload(api).json()["media_id"]

    sent = api.send({"to": TO, "type": "image", "image": {"id": id, "caption": "Look"}})
    assert sent.status == 200
    assert Message.objects.get().content == {"id": str(Media.objects.get().pk), "caption": "Look"}
    assert api.get(f"/{sent.body['message_id']}").body["image"] == {"id": id, "caption": "Look"}


def test_a_message_cannot_name_another_accounts_file(api: Api, other: Account) -> None:
    from messaging.dialects.startmessaging.serializers import render_media_id

    theirs = render_media_id(media.store(other, PNG).pk)
    refused = api.send({"to": TO, "type": "image", "image": {"id": theirs}})
    assert (refused.status, refused.code) == (400, "INVALID_REQUEST")
    assert refused.body["error"]["details"]["field"] == "image.id"
    assert code(download(api, theirs)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("id", ["media_abc123", "media_", "msg_00000000001", "1", "media_zzzzzzzzzzz", "media_%00"])
def test_an_unknown_file_is_not_found(api: Api, id: str) -> None:
    assert download(api, id).status_code in (400, 404)


def test_a_file_that_is_still_to_be_fetched_is_not_found(api: Api, acme: Account) -> None:
    from messaging.dialects.startmessaging.serializers import render_media_id

    planned = media.plan_fetch(acme, "https://example.com/", "image")
    assert code(download(api, render_media_id(planned.pk))) == (404, "NOT_FOUND")


def test_a_name_with_other_letters_is_given_back(api: Api) -> None:
    got = download(api, upload(api, PDF, name='Rechnung "März".pdf').json()["media_id"])
    assert got["Content-Disposition"] == "attachment; filename*=utf-8''Rechnung%20%22M%C3%A4rz%22.pdf"


@pytest.mark.parametrize(
    ("data", "fields"),
    [(HTML, {"type": "image/png"}), (HTML, {}), (PNG, {"type": "image/jpeg"}), (PNG, {"type": "text/html"})],
)
def test_what_is_not_what_it_says_is_refused(api: Api, data: bytes, fields: dict[str, str]) -> None:
    assert code(upload(api, data, **fields)) == (400, "MEDIA_FORMAT_UNSUPPORTED")
    assert not Media.objects.exists()


def test_a_file_over_its_kinds_size_is_refused(api: Api) -> None:
    large = PNG + bytes(LIMITS["image.file"])
    assert code(upload(api, large)) == (400, "MEDIA_TOO_LARGE")


def test_a_request_without_a_file_is_refused(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.secret}"}
    client = Client(raise_request_exception=False)
    none = client.post(PATHS[0], {"type": "image/png", "file": "not a file"}, headers=headers)
    assert (code(none), none.json()["error"]["details"]["field"]) == ((400, "INVALID_REQUEST"), "file")
    assert code(client.post(PATHS[0], {}, "application/json", headers=headers)) == (400, "INVALID_REQUEST")
    for body, boundary in ((b"nonsense", "boundary=X"), (b"", "boundary=X"), (b"--X--", "boundary=" + "x" * 300)):
        broken = client.generic("POST", PATHS[0], body, f"multipart/form-data; {boundary}", headers=headers)
        assert code(broken) == (400, "INVALID_REQUEST")


def test_an_empty_file_is_refused(api: Api) -> None:
    assert code(upload(api, b"")) == (400, "INVALID_REQUEST")


def test_scopes_and_types_of_keys_count(key: Keys, api: Api) -> None:
    id = upload(api).json()["media_id"]
    reader, writer = key(scopes=["media:read"]), key(scopes=["media:write"])
    viewer = key(type="read_only")

    assert code(upload(reader)) == code(upload(viewer)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert upload(writer).status_code == 200
    assert code(download(writer, id)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert download(reader, id).status_code == download(viewer, id).status_code == 200
    assert code(upload(Api(None))) == (401, "INVALID_API_KEY")


class Endless(FakePayload):
    """A body of which more comes than anyone should read."""

    def __init__(self, start: bytes) -> None:
        super().__init__()
        self.start, self.given = start, 0

    def read(self, size: int | None = None) -> bytes:
        piece = self.start if not self.given else b"\0" * (size or 65536)
        self.given += len(piece)
        return piece


HEAD = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\n'


def raw(source: Any, api: Api | None = None, **extra: str) -> Any:
    """Send a form whose bytes come from a source, as a server hands them over."""
    given: dict[str, Any] = {"wsgi.input": source, "CONTENT_TYPE": "multipart/form-data; boundary=X", **extra}
    if api:
        given["HTTP_AUTHORIZATION"] = f"Bearer {api.secret}"
    return Client(raise_request_exception=False).generic("POST", PATHS[0], b"", **given)


def test_a_body_over_the_route_is_not_read_on(api: Api) -> None:
    endless, most = Endless(HEAD), LIMITS["document.file"] + 1024 * 1024

    assert code(raw(endless, api, CONTENT_LENGTH=str(most + 1))) == (413, "PAYLOAD_TOO_LARGE")
    assert endless.given == 0
    assert code(raw(endless, api, HTTP_TRANSFER_ENCODING="chunked")) == (413, "PAYLOAD_TOO_LARGE")
    assert most < endless.given < most + MOST_LEFT + 4 * 65536


def test_no_more_is_read_for_a_stranger_than_tells_the_refusal() -> None:
    endless = Endless(HEAD)
    assert code(raw(endless, CONTENT_LENGTH=str(MOST_LEFT + 1))) == (401, "INVALID_API_KEY")
    assert endless.given == 0
    assert code(raw(endless, HTTP_TRANSFER_ENCODING="chunked")) == (401, "INVALID_API_KEY")
    assert endless.given < MOST_LEFT + 65536


@pytest.fixture
def spool(settings: Any, tmp_path: Path) -> Path:
    """Where uploads are while they come in."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


def test_a_large_document_goes_to_the_disk_as_it_comes(api: Api, spool: Path) -> None:
    """A hundred megabytes never are in memory together, and leave nothing behind."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = LIMITS["document.file"]
    source = spool / "source"
    with source.open("wb") as file:
        file.write(HEAD)
        file.truncate(len(HEAD) + size - len(b"%PDF-1.7\n"))
        file.seek(0, os.SEEK_END)
        file.write(b"\r\n--X--\r\n")
    with source.open("rb") as body:
        stored = raw(body, api, CONTENT_LENGTH=str(source.stat().st_size))
    assert stored.status_code == 200, stored.content
    assert Media.objects.get().size == size
    assert list(spool.iterdir()) == [source]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < size // 2
    got = download(api, stored.json()["media_id"])
    assert sum(map(len, got.streaming_content)) == size
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < size // 2


def test_every_kind_of_file_is_named_alike() -> None:
    assert {f"{kind}.file" for kind in content.FORMATS} <= set(LIMITS)
