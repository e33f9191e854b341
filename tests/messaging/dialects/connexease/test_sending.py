"""`POST /v1/wa/message`: Meta's bodies, what is refused of them, and the two flags."""

import json
import re
from typing import Any

import pytest

from accounts.models import Account
from messaging import sending
from messaging.content import LIMITS, files_in
from messaging.dialects.connexease.serializers import read_id
from messaging.models import Message, OptOut
from tests.messaging.contents import GOOD, Body, checked, kind_of
from tests.messaging.dialects.connexease.conftest import PATH, TEXT, TO, Api, Keys
from tests.messaging.test_content_limits import AT

# Data goes by SMS alone, and files are tested where they are stored.
OF_META = [
    body
    for body in GOOD
    if kind_of(body) != "data" and all("link" in file for *_, file in files_in(kind_of(body), body[kind_of(body)]))
]
_NOT_METAS = ("data_sms", "email.", "voice.")
HELD_TO = sorted(name for name in AT if not name.endswith(".data") and not name.startswith(_NOT_METAS))


def of(body: Body) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": TO, "type": kind_of(body), **body}


def without(name: str) -> dict[str, Any]:
    return {field: value for field, value in TEXT.items() if field != name}


def test_the_answer_is_metas_in_the_vendors_envelope(api: Api) -> None:
    answer = api.send()
    assert answer.status == 200
    assert set(answer.body) == {"isSuccess", "data"}
    message = Message.objects.get()
    assert re.fullmatch(r"wamid\.[A-Za-z0-9_-]{20}", answer.id)
    assert read_id(answer.id) == message.pk
    assert (message.channel, message.kind, message.content) == ("whatsapp", "text", {"body": "Merhaba"})
    assert message.to == f"+{TO}"


@pytest.mark.parametrize("path", [PATH, f"{PATH}/", f"/connexease{PATH}"])
def test_it_answers_at_the_vendors_path_and_under_its_own(api: Api, path: str) -> None:
    assert api.call("POST", path, json.dumps(TEXT).encode()).status == 200


@pytest.mark.parametrize("to", [TO, f"+{TO}", "+90 532 123-45-67", "(90) 532.123.4567"])
def test_a_number_is_echoed_as_it_was_written_beside_its_digits(api: Api, to: str) -> None:
    assert api.send({**TEXT, "to": to}).body["data"]["contacts"] == [{"input": to, "wa_id": TO}]


def test_a_national_number_is_read_by_the_accounts_region(api: Api, acme: Account) -> None:
    Account.objects.update(default_region="TR")
    assert api.send({**TEXT, "to": "0532 123 45 67"}).body["data"]["contacts"][0]["wa_id"] == TO
    assert Message.objects.get().to == f"+{TO}"


@pytest.mark.parametrize("body", OF_META, ids=kind_of)
def test_every_kind_of_metas_is_taken(api: Api, body: Body) -> None:
    assert api.send(of(body)).status == 200
    message, content = Message.objects.get(), checked(body)
    assert message.kind == kind_of(body)
    assert message.content == (content if message.kind == "contacts" else content[message.kind])


@pytest.mark.parametrize("name", HELD_TO)
def test_metas_limits_hold(api: Api, name: str) -> None:
    assert api.send(of(AT[name](LIMITS[name]))).status == 200
    body = AT[name](LIMITS[name] + 1)
    answer = api.send(of(body))
    assert (answer.status, answer.errors["code"], answer.errors["group"]) == (400, "GW_001", "BAD_REQUEST")
    assert answer.errors["description"].startswith("Invalid recipient or request payload. ")
    assert answer.errors["params"]["limit"] == LIMITS[name]
    assert answer.errors["params"]["field"].split(".")[0] == kind_of(body)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (without("messaging_product"), "GW_002", "messaging_product"),
        (without("to"), "GW_002", "to"),
        (without("type"), "GW_002", "type"),
        (without("text"), "GW_002", "text"),
        ({**TEXT, "text": {}}, "GW_002", "text.body"),
        ({**TEXT, "text": {"body": ""}}, "GW_002", "text.body"),
        ({**TEXT, "messaging_product": "sms"}, "GW_001", "messaging_product"),
        ({**TEXT, "recipient_type": "group"}, "GW_001", "recipient_type"),
        ({**TEXT, "to": "123"}, "GW_001", "to"),
        ({**TEXT, "to": ""}, "GW_001", "to"),
        ({**TEXT, "to": 905321234567}, "GW_001", "to"),
        ({**TEXT, "to": [TO]}, "GW_001", "to"),
        ({**TEXT, "to": "9" * 10_000}, "GW_001", "to"),
        ({**TEXT, "type": "pigeon"}, "GW_001", "type"),
        ({**TEXT, "type": "to"}, "GW_001", "type"),
        ({**TEXT, "type": "data", "data": {"data": "AAAA", "port": 1}}, "GW_001", "type"),
        ({**TEXT, "type": 5}, "GW_001", "type"),
        ({**TEXT, "text": "Merhaba"}, "GW_001", "text"),
        ({**TEXT, "text": {"body": "a\0b"}}, "GW_001", None),
        ({**TEXT, "context": {}}, "GW_002", "context.message_id"),
        ({**TEXT, "context": "m"}, "GW_001", "context"),
        ({**TEXT, "biz_opaque_callback_data": "x" * 513}, "GW_001", "biz_opaque_callback_data"),
        ({**TEXT, "type": "image", "image": {"id": "1", "link": "https://example.org/a.png"}}, "GW_001", "image"),
        ({**TEXT, "type": "image", "image": {"id": "1", "mime": "image/bmp"}}, "GW_001", "image.mime"),
        ({**TEXT, "type": "image", "image": {"id": "1"}}, "GW_001", "image.id"),
        (b"", "GW_002", None),
        (b"{", "GW_002", None),
        (b"\xff", "GW_002", None),
    ],
)
def test_what_is_wrong_is_said_with_its_field(api: Api, body: Any, code: str, field: str | None) -> None:
    assert api.send(body).refused == (400, code, field)
    assert not Message.objects.exists()


def test_the_content_type_is_not_asked(api: Api) -> None:
    raw = json.dumps(TEXT).encode()
    assert api.call("POST", PATH, raw, content_type="text/plain").status == 200


def test_what_belongs_to_a_message_is_kept_with_it(api: Api) -> None:
    more = {"context": {"message_id": "wamid.X"}, "biz_opaque_callback_data": "order 7"}
    api.send({**TEXT, **more}, query="?mmlite=true")
    context = Message.objects.get().context
    assert (context["reply_to"], context["biz_opaque_callback_data"]) == ("wamid.X", "order 7")
    assert context["mmlite"] is True


def test_without_them_nothing_is_kept(api: Api) -> None:
    api.send(query="?mmlite=false&is_fake=False")
    assert Message.objects.get().context == {"route": "default"}


# is_fake
def test_a_fake_message_has_a_fake_id_and_is_neither_stored_nor_sent(api: Api) -> None:
    answer = api.send(query="?is_fake=true")
    assert answer.status == 200
    assert re.fullmatch(r"wamid\.FAKE_[0-9]{19}", answer.id)
    assert answer.body == {
        "isSuccess": True,
        "data": {"messaging_product": "whatsapp", "messages": [{"id": answer.id}]},
    }
    assert not Message.objects.exists()
    assert api.read(answer.id).refused == (404, "GW_404", None)


def test_a_fake_message_is_checked_counted_and_charged_like_another(api: Api, acme: Account) -> None:
    acme.plan.messages_per_day = 1
    acme.plan.save(update_fields=["messages_per_day"])
    Account.objects.update(wallet="0.001")
    assert api.with_secret("x").send(query="?is_fake=true").errors["code"] == "AUTH_001"
    assert api.send({**TEXT, "to": "1"}, query="?is_fake=true").refused == (400, "GW_001", "to")
    most, left, most_in_a_minute, left_in_it = map(int, api.send(query="?is_fake=true").limits)
    assert (most, most_in_a_minute, left_in_it - left) == (10, 600, 590)
    assert left in (8, 9), "it is counted, like the refused one if that came in the same second"
    acme.refresh_from_db()
    assert acme.wallet == 0
    assert api.send(query="?is_fake=true").refused == (402, "BILL_001", None)
    Account.objects.update(wallet="5")
    assert api.send().status == 200, "a fake message is none of the day's"
    assert api.send(query="?is_fake=true").errors["params"]["limit_type"] == "day"


@pytest.mark.parametrize("query", ["is_fake=maybe", "is_fake=", "mmlite=2"])
def test_a_flag_is_yes_or_no(api: Api, query: str) -> None:
    assert api.send(query=f"?{query}").refused == (400, "GW_001", query.partition("=")[0])
    assert not Message.objects.exists()


# Idempotency-Key
def test_a_repeat_gets_its_first_answer_and_sends_nothing(api: Api, key: Keys) -> None:
    first = api.send(Idempotency_Key="k")
    again = key(name="another").send(Idempotency_Key="k")
    assert again.body == first.body
    assert ("Idempotent-Replay" in first.headers, again.headers["Idempotent-Replay"]) == (False, "true")
    other = api.send({**TEXT, "text": {"body": "Other"}}, Idempotency_Key="k")
    assert other.refused == (409, "GW_409", None)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("value", ["", "k" * 256, "é", "a\tb"])
def test_a_key_that_is_no_key_is_refused(api: Api, value: str) -> None:
    assert api.send(Idempotency_Key=value).refused == (400, "GW_001", "Idempotency-Key")


# The rest of the dictionary
def test_a_wallet_at_zero_stops_sending(api: Api, acme: Account) -> None:
    Account.objects.update(wallet="0.001")
    assert api.send().status == 200
    answer = api.send()
    assert (answer.status, answer.body) == (
        402,
        {
            "isSuccess": False,
            "errors": {"code": "BILL_001", "group": "PAYMENT_REQUIRED", "description": "Insufficient balance."},
        },
    )


def test_a_person_who_wrote_stop_is_an_invalid_recipient(api: Api, acme: Account) -> None:
    OptOut.objects.create(account=acme, address=f"+{TO}")
    Account.objects.update(has_opt_outs=True)
    assert api.send().refused == (400, "GW_001", "to")


def test_a_body_over_one_mebibyte_is_too_large(api: Api) -> None:
    answer = api.send(json.dumps(TEXT).encode().ljust(1024 * 1024 + 1))
    assert (answer.status, answer.errors["code"], answer.errors["group"]) == (413, "GW_413", "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("path", ["/v1/wa/", "/v1/wa/messages", "/v1/wa/message/a/b", "/connexease/v1/messages"])
def test_an_unknown_path_is_not_found_in_this_apis_form(api: Api, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = api.call(method, path)
        assert (answer.status, answer.errors["code"], answer.errors["group"]) == (404, "GW_404", "NOT_FOUND")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_another_method_is_not_allowed_and_told_which_are(api: Api, method: str) -> None:
    answer = api.call(method, PATH)
    assert (answer.status, answer.errors["code"], answer.errors["group"]) == (405, "GW_405", "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, POST, HEAD"
    assert api.call("POST", f"{PATH}/wamid.X").headers["Allow"] == "GET, HEAD"


def test_what_breaks_on_our_side_is_an_error_that_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("a secret place")

    monkeypatch.setattr(sending, "accept", broken)
    answer = api.send()
    said = {"code": "SYS_001", "group": "INTERNAL_SERVER_ERROR", "description": "An unexpected error occurred."}
    assert (answer.status, answer.errors) == (500, said)


def test_a_refusal_holds_no_secret(api: Api) -> None:
    assert api.secret
    assert api.secret not in json.dumps(api.send({**TEXT, "to": api.secret, "type": api.secret}).body)
