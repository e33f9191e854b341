"""Keys, signing in for an hour, and one-time codes."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from messaging.models import Message, Verification
from tests.messaging.dialects.whispir.conftest import PHONE, Answer, Api, Make
from tokens.models import AccessToken, Token
from tokens.scopes import Scope

JSON = "application/json"
TO = f"+{PHONE}"


def ask(api: Api, method: str, path: str, body: Any = None) -> Answer:
    """Ask as for plain JSON, without an Accept."""
    return api(method, path, body, accept="", content_type=JSON)


# Keys
def test_a_key_is_made_shown_once_disabled_enabled_and_revoked(api: Api) -> None:
    made = ask(api, "POST", "/keys", {"type": "basic", "description": "Reporting"})
    secret, uri = made.json["secret"], made.headers["Location"]
    assert (made.status, made.headers["Content-Type"], made.headers["Cache-Control"]) == (201, JSON, "no-store")
    assert (made.json["type"], made.json["description"], made.json["enabled"]) == ("basic", "Reporting", True)
    assert {"userId", "clientId", "accountId"} <= made.json.keys()
    other = Api(secret, api.login)
    assert other("GET", "/", kind="company").status == 200

    read = ask(api, "GET", uri).json
    assert read["secret"] == f"{secret[:12]}****{secret[-4:]}"
    assert read in ask(api, "GET", "/keys").json["keys"]
    assert secret not in ask(api, "GET", "/keys").raw.decode()

    assert ask(api, "PUT", uri, {"description": "Later", "enabled": "false", "secret": "mine"}).status == 204
    assert (other("GET", "/").status, other("GET", "/").raw) == (403, b"<h1>Developer Inactive</h1>")
    assert ask(api, "GET", uri).json["description"] == "Later"
    assert ask(api, "PUT", uri, {"enabled": True}).status == 204
    assert other("GET", "/", kind="company").status == 200

    assert ask(api, "DELETE", uri).status == 204
    assert other("GET", "/", kind="company").status == 403
    assert ask(api, "GET", uri).status == ask(api, "DELETE", uri).status == 404


def test_a_key_does_what_the_one_that_makes_it_does_in_this_api_alone(make: Make) -> None:
    scopes = [Scope.TOKENS_LIST, Scope.TOKENS_MANAGE, Scope.MESSAGES_SEND]
    maker = make(scopes=scopes, networks=["127.0.0.0/8"], requests_per_second=5)
    assert ask(maker, "POST", "/keys", {"description": "copy"}).status == 201
    made = Token.objects.get(name="copy")
    assert (set(made.scopes), made.networks, made.requests_per_second) == (set(scopes), ["127.0.0.0/8"], 5)
    assert made.dialects == ["whispir"]


@pytest.mark.parametrize(("type", "scopes"), [("production", [Scope.MESSAGES_SEND]), ("read_only", [])])
def test_keys_are_made_by_those_who_may(make: Make, type: str, scopes: list[str]) -> None:
    refused = ask(make(type=type, scopes=scopes), "POST", "/keys", {"description": "copy"})
    assert (refused.status, refused.json["errorText"]) == (403, "Forbidden")


def test_a_narrow_key_does_not_end_a_wider_one(make: Make) -> None:
    wide = make()
    uri = ask(wide, "POST", "/keys", {"description": "wide"}).headers["Location"]
    narrow = make(scopes=[Scope.TOKENS_LIST, Scope.TOKENS_MANAGE])
    assert ask(narrow, "PUT", uri, {"enabled": False}).status == 403
    assert ask(narrow, "DELETE", uri).status == 403
    assert ask(wide, "GET", uri).json["enabled"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"description": "x" * 256}, 422), ({"description": "a", "type": "rsa"}, 422), (b"{", 400)],
)
def test_what_a_key_lacks_is_told_in_json(api: Api, body: Any, status: int) -> None:
    refused = ask(api, "POST", "/keys", body)
    assert (refused.status, refused.headers["Content-Type"]) == (status, JSON)
    assert refused.json["errorText"]
    assert api("POST", "/keys", b"<x/>", accept="", content_type="application/xml").status == 415


def test_a_strangers_key_is_not_found(make: Make, other: Account) -> None:
    uri = ask(make(), "POST", "/keys", {"description": "mine"}).headers["Location"]
    stranger = make(other)
    for method in ("GET", "PUT", "DELETE"):
        assert ask(stranger, method, uri, {"enabled": False} if method == "PUT" else None).status == 404
    assert ask(stranger, "GET", "/keys/c4b3c065-2ff5-8752-8000-000000000009").status == 404
    assert ask(stranger, "GET", "/keys/nonsense").status == 404


def test_a_plan_has_room_for_so_many_keys(api: Api) -> None:
    for number in range(9):
        assert ask(api, "POST", "/keys", {"description": str(number)}).status == 201
    assert ask(api, "POST", "/keys", {"description": "one more"}).status == 422


# Signing in
def signed_in(api: Api) -> tuple[Api, dict[str, str]]:
    answer = api("POST", "/auth", kind="auth")
    assert answer.status == 200, answer.raw
    return Api(api.key, None), {"Authorization": f"Bearer {answer.json['token']}"}


def test_a_login_gets_a_token_for_an_hour(api: Api) -> None:
    answer = api("POST", "/auth", kind="auth")
    assert answer.json.keys() == {"token", "link"}
    assert (answer.json["link"], answer.headers["Cache-Control"]) == ([], "no-store")
    bearer = {"Authorization": f"Bearer {answer.json['token']}"}
    caller = Api(api.key, None)
    verified = caller("GET", answer.headers["Location"], kind="auth", **bearer)
    assert (verified.status, verified.raw) == (200, b"")
    assert caller("GET", "/messages", **bearer).status == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert caller("GET", "/auth/verify", kind="auth", **bearer).status == 401


def test_the_token_is_given_in_xml_too(api: Api) -> None:
    found = api("POST", "/auth", accept="").xml
    assert (found.tag, len(found.findtext("token", "").split("."))) == ("{http://schemas.api.whispir.com}auth", 3)


def test_a_token_does_no_more_than_the_key_it_was_asked_with(make: Make) -> None:
    narrow, bearer = signed_in(make(scopes=[Scope.MESSAGES_LIST, Scope.MESSAGES_SEND]))
    assert AccessToken.objects.get().scopes == [Scope.MESSAGES_SEND, Scope.MESSAGES_LIST]
    assert narrow("GET", "/messages", **bearer).status == 200
    wide = Api(make().key, None)
    assert wide("GET", "/users", kind="user", **bearer).status == 403


def test_a_token_is_not_given_for_a_token_nor_verified_without_one(api: Api) -> None:
    caller, bearer = signed_in(api)
    assert caller("POST", "/auth", kind="auth", **bearer).status == 401
    assert api("GET", "/auth/verify", kind="auth").status == 401
    assert Api(api.key, "wrong:password")("POST", "/auth", kind="auth").status == 401
    assert Api("wrong", api.login)("POST", "/auth", kind="auth").raw == b"<h1>Developer Inactive</h1>"


# One-time codes
CODE = {"workspaceId": "undefined", "channel": "sms", "to": TO, "codeLength": 8, "expiresIn": 300}


def send(api: Api, **changes: Any) -> Answer:
    body = {name: value for name, value in {**CODE, **changes}.items() if value is not None}
    return ask(Api(api.key, None), "POST", "/otp/send-code", body)


def verify(api: Api, sent: Answer, code: str, to: str = TO) -> Answer:
    return ask(Api(api.key, None), "POST", sent.json["links"]["verify"], {"to": to, "code": code})


def code_of(message: Message) -> str:
    return str(message.content["body"].partition(" ")[0])


def test_a_code_is_sent_and_good_once(api: Api) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").json["id"]
    sent = send(api, workspaceId=place, codeLength="8")
    assert (sent.status, sent.headers["Content-Type"]) == (201, JSON)
    assert {name: sent.json[name] for name in ("channel", "codeLength", "to", "status")} == {
        "channel": "sms",
        "codeLength": 8,
        "to": TO,
        "status": "pending",
    }
    assert len(sent.json["id"]) == 21
    message = Message.objects.get()
    code = code_of(message)
    assert (len(code), message.content["body"]) == (8, f"{code} is your verification code.")
    assert f"{message.workspace_id:016X}" == place
    wrong = verify(api, sent, "nonsense")
    assert (wrong.status, wrong.json) == (
        400,
        {"status": 400, "message": "Bad Request", "detail": "The code is wrong."},
    )
    right = verify(api, sent, code)
    assert (right.status, right.json) == (200, {**sent.json, "status": "approved"})
    assert verify(api, sent, code).json["detail"] == "This code was used already."


def test_a_code_is_over_after_its_time_and_after_five_tries(api: Api) -> None:
    sent = send(api)
    code = code_of(Message.objects.get())
    for _ in range(4):
        assert verify(api, sent, "0").json["detail"] == "The code is wrong."
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert verify(api, sent, code).json["detail"] == "The code has expired."
    assert verify(api, sent, "0").status == 400
    over = verify(api, sent, code)
    assert (over.status, over.json["detail"]) == (400, "Too many wrong codes were typed.")


def test_a_code_is_known_by_its_id_and_number_together(api: Api, make: Make, other: Account) -> None:
    sent = send(api)
    code = code_of(Message.objects.get())
    for refused in (
        verify(api, sent, code, to="+61400400401"),
        verify(make(other), sent, code),
        ask(Api(api.key, None), "POST", "/otp/123456789012345678901/verify-code", {"to": TO, "code": code}),
    ):
        assert (refused.status, refused.json["status"], refused.json["message"]) == (404, 404, "Not Found")
    assert verify(api, sent, code).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        *(({name: None}, 400, f"{name} is required.") for name in CODE),
        ({"codeLength": 5}, 400, "codeLength must be a whole number from 6 to 15."),
        ({"codeLength": 16}, 400, "codeLength must be a whole number from 6 to 15."),
        ({"expiresIn": 86_401}, 400, "expiresIn must be a whole number from 1 to 86,400."),
        ({"channel": "email"}, 400, "channel must be one of sms."),
        ({"to": "jo@example.com"}, 400, "This is not a phone number with its country code."),
        ({"workspaceId": "0000000000000009"}, 404, "There is no such workspace."),
    ],
)
def test_what_a_code_lacks_is_told_in_words_of_its_own(
    api: Api, changes: dict[str, Any], status: int, detail: str
) -> None:
    refused = send(api, **changes)
    message = "Not Found" if status == 404 else "Bad Request"
    assert (refused.status, refused.json) == (status, {"status": status, "message": message, "detail": detail})
    assert not Verification.objects.exists()


def test_a_disabled_workspace_sends_no_code(api: Api) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "D"}, kind="workspace").json["id"]
    assert send(api, workspaceId=place).json["status"] == 403


def test_a_number_gets_so_many_codes_and_no_more(api: Api) -> None:
    assert [send(api).status for _ in range(5)] == [201] * 5
    refused = send(api)
    assert (refused.status, refused.json["message"]) == (429, "Too Many Requests")
    assert int(refused.headers["Retry-After"]) > 0


def test_a_wrong_key_is_refused_as_everywhere(api: Api) -> None:
    refused = ask(Api("wrong", None), "POST", "/otp/send-code", CODE)
    assert (refused.status, refused.raw) == (403, b"<h1>Developer Inactive</h1>")
