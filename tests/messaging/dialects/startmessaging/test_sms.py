"""The vendor's older SMS API, below its own folder."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from messaging.dialects.startmessaging.sms import read_uuid, render_uuid
from messaging.ids import LARGEST
from messaging.models import Message, Verification
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.startmessaging.conftest import Api, Keys
from tests.messaging.dialects.startmessaging.test_otp import code_in, latest, wrong

PHONE = "+919876543210"


def ask(api: Api, path: str, body: Any = None) -> Any:
    headers = {"X-API-Key": api.secret} if api.secret else {}
    raw = b"" if body is None else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    client = Client(raise_request_exception=False)
    answer = client.generic(method, f"/startmessaging{path}", raw, content_type="application/json", headers=headers)
    body = answer.json()
    assert body["statusCode"] == answer.status_code
    assert body["requestId"].startswith("req_")
    return body


def test_a_code_is_sent_and_verified(api: Api, deliver: Deliver) -> None:
    sent = ask(api, "/otp/send", {"phoneNumber": PHONE, "variables": {"appName": "Acme"}})
    assert (sent["success"], sent["statusCode"], sent["data"]["status"]) == (True, 201, "queued")
    assert "Acme" in latest().content["body"]
    deliver()
    read = ask(api, f"/messages/{sent['data']['messageId']}")["data"]
    assert (read["status"], read["error"]) == ("delivered", None)
    assert read["deliveredAt"]
    code = code_in(latest())
    refused = ask(api, "/otp/verify", {"requestId": sent["data"]["otpRequestId"], "otpCode": wrong(code)})
    assert refused["data"] == {"verified": False, "attemptsRemaining": 2}
    verified = ask(api, "/otp/verify", {"requestId": sent["data"]["otpRequestId"], "otpCode": code})
    assert verified["data"] == {"verified": True}


def test_the_callers_own_code_is_sent(api: Api) -> None:
    sent = ask(api, "/otp/send", {"phoneNumber": PHONE, "variables": {"otp": "4711"}})
    assert code_in(latest()) == "4711"
    verify = {"requestId": sent["data"]["otpRequestId"], "otpCode": "4711"}
    assert ask(api, "/otp/verify", verify)["data"]["verified"] is True


def test_a_repeat_is_one_message_and_another_number_a_conflict(api: Api) -> None:
    body = {"phoneNumber": PHONE, "idempotencyKey": "order-7"}
    assert ask(api, "/otp/send", body)["data"] == ask(api, "/otp/send", body)["data"]
    assert Message.objects.count() == 1
    assert ask(api, "/otp/send", body | {"phoneNumber": "+919876543211"})["statusCode"] == 409


def test_a_number_gets_three_codes_in_five_minutes(api: Api) -> None:
    for _ in range(3):
        assert ask(api, "/otp/send", {"phoneNumber": PHONE})["statusCode"] == 201
    over = ask(api, "/otp/send", {"phoneNumber": PHONE})
    assert (over["success"], over["statusCode"], over["error"]) == (False, 429, "RATE_LIMITED")
    assert 290 <= over["retryAfter"] <= 300


@pytest.mark.parametrize(
    "body",
    [{}, {"phoneNumber": "12"}, {"phoneNumber": PHONE, "variables": {"otp": "12a4"}}, {"phoneNumber": 5}, []],
)
def test_what_cannot_be_sent_is_refused(api: Api, body: Any) -> None:
    answer = ask(api, "/otp/send", body)
    assert (answer["success"], answer["statusCode"]) == (False, 400)
    assert not Verification.objects.exists()


def test_the_key_goes_into_its_own_header(api: Api, key: Keys) -> None:
    assert ask(Api(None), "/otp/send", {"phoneNumber": PHONE})["statusCode"] == 401
    bearer = {"Authorization": f"Bearer {api.secret}"}
    assert Client().get("/startmessaging/messages/x", headers=bearer).status_code == 401
    assert ask(api, "/messages/x")["statusCode"] == 404
    assert ask(key(type="read_only"), "/otp/send", {"phoneNumber": PHONE})["statusCode"] == 403


def test_it_is_not_at_the_main_hosts_root(api: Api) -> None:
    assert Client().post("/otp/send", headers={"X-API-Key": api.secret or ""}).status_code in (403, 404)


@given(st.integers(1, LARGEST))
def test_ids_are_uuids_that_read_back(id: int) -> None:
    written = render_uuid(id)
    assert (UUID(written).version, read_uuid(written)) == (8, id)


@given(st.uuids() | st.text())
def test_a_strangers_id_is_none_of_ours(text: object) -> None:
    found = read_uuid(str(text))
    assert found is None or render_uuid(found) == str(text)
