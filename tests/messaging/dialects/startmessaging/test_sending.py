"""POST /v1/messages: what is taken, what is refused and how."""

import json
import re
from typing import Any

import msgspec
import pytest

from accounts.models import Account
from messaging import media, sending
from messaging.content import META_KINDS, files_in
from messaging.dialects.startmessaging.serializers import Send, read_id, render_media_id
from messaging.models import Message, OptOut
from tests.messaging.contents import GOOD, encoded, kind_of
from tests.messaging.dialects.startmessaging.conftest import TEXT, TO, Answer, Api
from tests.messaging.media.files import OGG, PDF, PNG

MOUNTED = "/startmessaging/v1/messages"
HTTPS: list[Any] = [
    json.loads(json.dumps(body).replace("http://", "https://")) for body in GOOD if kind_of(body) in META_KINDS
]


def with_files(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    """Put files of the account where the examples name or hold some."""
    (kind,) = body
    for _, sort, holder in files_in(kind, body[kind] if isinstance(body[kind], dict) else {}):
        if "id" in holder or "data" in holder:
            stored = media.store(account, {"image": PNG, "audio": OGG, "document": PDF}[sort])
            holder["id"] = render_media_id(stored.pk)
            holder.pop("data", None)
    return body


def refused(answer: Answer) -> tuple[int, str, str | None]:
    assert not Message.objects.exists()
    return answer.status, answer.code, answer.body["error"].get("details", {}).get("field")


@pytest.mark.parametrize("base", ["/v1/messages", MOUNTED])
def test_a_text_is_accepted_with_its_id_and_time(api: Api, base: str) -> None:
    api.base = base
    answer = api.send()
    assert answer.status == 200
    assert set(answer.body) == {"success", "message_id", "status", "timestamp"}
    assert (answer.body["success"], answer.body["status"]) == (True, "accepted")
    assert re.fullmatch(r"msg_[0-9A-Za-z]{11}", answer.body["message_id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.body["timestamp"])
    message = Message.objects.get()
    assert message.pk == read_id(answer.body["message_id"])
    assert (message.kind, message.content, message.dialect) == ("text", {"body": "Merhaba"}, "startmessaging")
    assert (message.to, message.token, message.context) == (f"+{TO}", api.token, {"route": "default"})


@pytest.mark.parametrize("to", [TO, f"+{TO}", "+90 (555) 123-45-67"])
def test_a_number_may_be_written_with_or_without_its_plus_sign(api: Api, to: str) -> None:
    assert api.send({**TEXT, "to": to}).status == 200
    assert Message.objects.get().to == f"+{TO}"


@pytest.mark.parametrize("body", HTTPS, ids=kind_of)
def test_every_kind_of_message_is_taken(api: Api, acme: Account, body: dict[str, Any]) -> None:
    body = with_files(acme, body)
    answer = api.send({"to": TO, "type": kind_of(body), **body})
    assert answer.status == 200, answer.body
    assert Message.objects.get().kind == kind_of(body)


def test_the_body_has_a_place_for_every_kind_the_core_knows() -> None:
    assert {field.name for field in msgspec.structs.fields(Send)} == {"to", "type", "context", *META_KINDS}


def test_metas_own_fields_are_taken_and_ignored(api: Api) -> None:
    body = {**TEXT, "messaging_product": "whatsapp", "recipient_type": "individual", "image": {"link": 7}}
    assert api.send(body).status == 200


def test_the_message_that_is_answered_is_kept(api: Api) -> None:
    assert api.send({**TEXT, "context": {"message_id": "wamid.X"}}).status == 200
    assert Message.objects.get().context["reply_to"] == "wamid.X"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"to": "123"}, "INVALID_RECIPIENT", "to"),
        ({"to": ""}, "INVALID_RECIPIENT", "to"),
        ({"to": "9" * 10_000}, "INVALID_RECIPIENT", "to"),
        ({"to": "not a number"}, "INVALID_RECIPIENT", "to"),
        ({"to": 905551234567}, "INVALID_REQUEST", "to"),
        ({"to": None}, "INVALID_REQUEST", "to"),
        ({"to": [TO]}, "INVALID_REQUEST", "to"),
        ({"type": "pigeon"}, "INVALID_MESSAGE_TYPE", "type"),
        ({"type": "to"}, "INVALID_MESSAGE_TYPE", "type"),
        ({"type": "body"}, "INVALID_MESSAGE_TYPE", "type"),
        ({"type": "__class__"}, "INVALID_MESSAGE_TYPE", "type"),
        ({"type": "image"}, "INVALID_REQUEST", "image"),
        ({"type": 1}, "INVALID_REQUEST", "type"),
        ({"text": None}, "INVALID_REQUEST", "text"),
        ({"text": "Hi"}, "INVALID_REQUEST", "text"),
        ({"text": []}, "INVALID_REQUEST", "text"),
        ({"text": {}}, "INVALID_REQUEST", "text.body"),
        ({"text": {"body": ""}}, "INVALID_REQUEST", "text.body"),
        ({"text": {"body": 5}}, "INVALID_REQUEST", "text.body"),
        ({"text": {"body": "x" * 4097}}, "MESSAGE_TOO_LONG", "text.body"),
        ({"text": {"body": "Hi", "preview_url": "yes"}}, "INVALID_REQUEST", "text.preview_url"),
        ({"text": {"body": "a\0b"}}, "INVALID_REQUEST", None),
        ({"context": {}}, "INVALID_REQUEST", "context.message_id"),
        ({"context": "m"}, "INVALID_REQUEST", "context"),
        ({"context": {"message_id": "m" * 257}}, "INVALID_REQUEST", "context.message_id"),
        ({"type": "image", "image": {"link": "http://example.org/a.png"}}, "INVALID_REQUEST", "image.link"),
        ({"type": "image", "image": {"link": "ftp://example.org/a.png"}}, "INVALID_REQUEST", "image.link"),
        ({"type": "image", "image": {"id": "1", "caption": "c" * 1025}}, "MESSAGE_TOO_LONG", "image.caption"),
        ({"type": "image", "image": {"id": "1", "mime": "image/bmp"}}, "MEDIA_FORMAT_UNSUPPORTED", "image.mime"),
        ({"type": "sticker", "sticker": {"data": encoded(512_001)}}, "MEDIA_TOO_LARGE", "sticker.data"),
        ({"type": "location", "location": {"latitude": 91, "longitude": 1}}, "INVALID_REQUEST", "location.latitude"),
        ({"type": "contacts", "contacts": []}, "INVALID_REQUEST", "contacts"),
        ({"type": "reaction", "reaction": {"emoji": "👍"}}, "INVALID_REQUEST", "reaction.message_id"),
        ({"type": "template", "template": {"name": "a"}}, "INVALID_REQUEST", "template.language"),
        ({"type": "interactive", "interactive": {"type": "x"}}, "INVALID_REQUEST", "interactive.type"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(api: Api, change: dict[str, Any], code: str, field: str | None) -> None:
    assert refused(api.send({**TEXT, **change})) == (400, code, field)


@pytest.mark.parametrize("missing", ["to", "type", "text"])
def test_a_missing_field_is_named(api: Api, missing: str) -> None:
    body = {name: value for name, value in TEXT.items() if name != missing}
    assert refused(api.send(body)) == (400, "INVALID_REQUEST", missing)


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (
            {"type": "button", "header": {"type": "image", "image": {"link": "HTTP://example.org/a.png"}}},
            "interactive.header.image.link",
        ),
        ({"components": [{"parameters": [{"video": {"link": "http://x.example"}}]}]}, None),
    ],
)
def test_plain_http_links_are_refused_wherever_they_stand(api: Api, part: dict[str, Any], field: str | None) -> None:
    kind = "interactive" if field else "template"
    answer = api.send({"to": TO, "type": kind, kind: part})
    assert refused(answer) == (400, "INVALID_REQUEST", field or "template.components.0.parameters.0.video.link")


def test_a_text_at_its_limit_is_taken(api: Api) -> None:
    assert api.send({**TEXT, "text": {"body": "ж" * 4096}}).status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"text"',
        b'{"to":"905551234567","type":"text","text":{"body":"\\ud800"}}',
        b"[" * 5000 + b"]" * 5000,
        b'{"to":"905551234567","type":"text","text":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        b'{"to":' + b"9" * 10_000 + b"}",
        b'{"to":"905551234567","type":"text","text":{"body":' + b"9" * 10_000 + b"}}",
        b'{"to":"1","type":NaN}',
    ],
)
def test_what_is_no_message_is_an_invalid_request(api: Api, raw: bytes) -> None:
    assert refused(api.send(raw))[:2] == (400, "INVALID_REQUEST")


def test_a_refusal_shows_the_value_cut_short_and_no_secret(api: Api) -> None:
    assert api.send({**TEXT, "to": "123"}).body["error"]["details"] == {"field": "to", "value": "123"}
    assert api.send({**TEXT, "to": "x" * 500}).body["error"]["details"]["value"] == "x" * 64
    assert api.secret
    error = api.send({**TEXT, "to": api.secret}).body["error"]
    assert api.secret not in json.dumps(error)
    assert error["details"]["value"].startswith("gw_live_")
    assert "value" not in api.send({**TEXT, "text": {"body": "x" * 5000}}).body["error"]["details"]


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", "", "multipart/form-data"])
def test_another_content_type_is_an_invalid_request(api: Api, content_type: str) -> None:
    answer = api.call("POST", "", json.dumps(TEXT).encode(), content_type=content_type)
    assert refused(answer) == (400, "INVALID_REQUEST", "Content-Type")


def test_the_content_type_may_name_its_charset(api: Api) -> None:
    answer = api.call("POST", "", json.dumps(TEXT).encode(), content_type="application/json; charset=utf-8")
    assert answer.status == 200


def test_a_body_over_one_mebibyte_is_too_large(api: Api) -> None:
    assert refused(api.send(b" " * (1024 * 1024 + 1)))[:2] == (413, "PAYLOAD_TOO_LARGE")
    assert api.send(json.dumps(TEXT).encode().ljust(1024 * 1024)).status == 200


def test_a_person_who_wrote_stop_is_blocked(api: Api) -> None:
    assert api.token
    account = api.token.account
    OptOut.objects.create(account=account, address=f"+{TO}")
    account.has_opt_outs = True
    account.save(update_fields=["has_opt_outs"])
    assert refused(api.send()) == (400, "RECIPIENT_BLOCKED", "to")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_another_method_is_not_allowed_and_told_which_are(api: Api, method: str) -> None:
    answer = api.call(method, "")
    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, POST, HEAD"
    assert api.call("POST", "/msg_00000000000").headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/v1/messages/", "/startmessaging/v1/nothing", MOUNTED + "/"])
def test_an_unknown_path_is_not_found_in_this_apis_form(api: Api, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = api.call(method, path)
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_what_breaks_on_our_side_is_an_internal_error_that_tells_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("a secret place")

    monkeypatch.setattr(sending, "accept", broken)
    answer = api.send()
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert "secret" not in json.dumps(answer.body)
    assert answer.body["error"]["request_id"] in caplog.text
