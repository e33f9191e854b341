"""The Auth API: codes that are sent, typed, mistyped, and over."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account, Plan
from messaging import verifying
from messaging.models import Device, Message, Verification
from tests.messaging.dialects.startmessaging.conftest import Answer, Api, Keys

PHONE = "+919876543210"


def ask(api: Api, body: Any = None, **headers: str) -> Answer:
    return api.send({"phone": PHONE} if body is None else body, path="/v1/auth/send-otp", **headers)


def check(api: Api, request_id: str, otp: str) -> Answer:
    return api.send({"request_id": request_id, "otp": otp}, path="/v1/auth/verify-otp")


def code_in(message: Message) -> str:
    found = re.search(r"[0-9]{4,8}", message.content["body"])
    assert found, message.content
    return found[0]


def latest() -> Message:
    message = Message.objects.order_by("-pk").first()
    assert message
    return message


def wrong(code: str) -> str:
    return code[:-1] + ("1" if code[-1] != "1" else "2")


def test_a_code_is_sent_and_verified(api: Api) -> None:
    sent = ask(api, {"phone": PHONE, "sender_name": "Acme", "metadata": {"user": 7}})
    assert sent.status == 200
    assert sent.body | {"request_id": "", "expires_at": ""} == {
        "success": True,
        "request_id": "",
        "channel": "sms",
        "phone": PHONE,
        "expires_at": "",
        "message": "OTP sent successfully",
    }
    message = latest()
    assert (message.channel, message.to) == ("sms", PHONE)
    assert "Acme" in message.content["body"]
    verified = check(api, sent.body["request_id"], code_in(message))
    assert (verified.status, verified.body["verified"], verified.body["metadata"]) == (200, True, {"user": 7})


@pytest.mark.parametrize("length", [4, 6, 8])
def test_a_code_has_as_many_digits_as_asked(api: Api, length: int) -> None:
    ask(api, {"phone": PHONE, "otp_length": length})
    assert len(code_in(latest())) == length


def test_the_code_is_nowhere_but_in_the_message(api: Api) -> None:
    request_id = ask(api).body["request_id"]
    code, row = code_in(latest()), Verification.objects.get()
    assert code not in f"{row.digest} {row.metadata} {request_id}"


def test_auto_says_whether_it_fell_back(api: Api, acme: Account) -> None:
    assert ask(api, {"phone": PHONE, "channel": "auto"}).body["fallback_used"] is False
    assert latest().channel == "whatsapp"


def test_a_hindi_text_keeps_its_code(api: Api) -> None:
    sent = ask(api, {"phone": PHONE, "locale": "hi", "sender_name": "{code} {0}"})
    assert check(api, sent.body["request_id"], code_in(latest())).body["verified"] is True


def test_three_wrong_codes_end_it(api: Api) -> None:
    request_id = ask(api).body["request_id"]
    code = code_in(latest())
    for left in (2, 1, 0):
        answer = check(api, request_id, wrong(code))
        assert (answer.status, answer.body["verified"], answer.body["attempts_remaining"]) == (200, False, left)
    over = check(api, request_id, code)
    assert (over.status, over.body["success"], over.code) == (400, False, "MAX_ATTEMPTS_EXCEEDED")


def test_a_code_works_once(api: Api) -> None:
    request_id = ask(api).body["request_id"]
    code = code_in(latest())
    assert check(api, request_id, code).body["verified"] is True
    assert check(api, request_id, code).code == "ALREADY_VERIFIED"


def test_an_expired_code_is_not_verified(api: Api) -> None:
    request_id = ask(api, {"phone": PHONE, "expiry_seconds": 60}).body["request_id"]
    code = code_in(latest())
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        answer = check(api, request_id, code)
    assert (answer.status, answer.body["verified"], answer.body["attempts_remaining"]) == (200, False, 0)


def test_a_new_code_ends_the_one_before(api: Api) -> None:
    first = ask(api).body["request_id"]
    code = code_in(latest())
    second = ask(api).body["request_id"]
    assert check(api, first, code).body["verified"] is False
    assert check(api, second, code_in(latest())).body["verified"] is True


def test_a_repeat_finds_a_code_whose_first_request_ended_halfway(api: Api) -> None:
    first = ask(api, x_request_id="r1")
    Verification.objects.update(message_ref=None)  # as where the process ended once the message was stored
    assert ask(api, x_request_id="r1").body["request_id"] == first.body["request_id"]
    assert [(row.message_ref, latest().pk) for row in Verification.objects.all()] == [(latest().pk, latest().pk)]


def test_a_repeated_request_sends_one_code(api: Api) -> None:
    first, second = (ask(api, x_request_id="7f").body for _ in range(2))
    assert first == second
    assert Message.objects.count() == Verification.objects.count() == 1
    assert ask(api, {"phone": "+919876543211"}, x_request_id="7f").status == 409


def test_a_number_gets_five_codes_in_ten_minutes(api: Api) -> None:
    for _ in range(5):
        assert ask(api).status == 200
    over = ask(api)
    assert (over.status, over.code, over.body["success"]) == (429, "RATE_LIMITED", False)
    assert 590 <= over.body["error"]["retry_after"] <= 600
    assert over.headers["Retry-After"] == str(over.body["error"]["retry_after"])
    assert ask(api, {"phone": "+919876543211"}).status == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert ask(api).status == 200


def test_ten_wrong_codes_in_an_hour_lock_the_number(api: Api, acme: Account) -> None:
    Plan.objects.filter(pk=acme.plan_id).update(requests_per_second=1000)
    for _ in range(4):
        request_id = ask(api).body["request_id"]
        code = code_in(latest())
        for _ in range(3):
            answer = check(api, request_id, wrong(code))
    assert (answer.status, answer.code) == (429, "RATE_LIMITED")
    assert ask(api).status == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert ask(api).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"phone": "9876543210"}, "INVALID_PHONE"),
        ({"phone": "+12"}, "INVALID_PHONE"),
        ({"phone": "+" + "9" * 5000}, "INVALID_PHONE"),
        ({}, "INVALID_REQUEST"),
        ({"phone": PHONE, "otp_length": 5}, "INVALID_REQUEST"),
        ({"phone": PHONE, "expiry_seconds": 59}, "INVALID_REQUEST"),
        ({"phone": PHONE, "channel": "voice"}, "INVALID_REQUEST"),
        ({"phone": PHONE, "metadata": []}, "INVALID_REQUEST"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_leaves_nothing(api: Api, body: Any, code: str) -> None:
    answer = ask(api, body)
    assert (answer.status, answer.body["success"], answer.code) == (400, False, code)
    assert not Verification.objects.exists()
    assert not Message.objects.exists()


def test_an_operator_may_serve_some_regions_alone(api: Api, settings: Settings) -> None:
    settings.GATEWAY_OTP_REGIONS = ["IN"]
    assert ask(api).status == 200
    assert ask(api, {"phone": "+905551234567"}).code == "UNSUPPORTED_COUNTRY"


def test_a_channel_without_a_device_is_unavailable(api: Api, acme: Account) -> None:
    Device.objects.create(account=acme, name="Gone", number="+4915112345678", transport="nothing")
    assert ask(api).code == "CHANNEL_UNAVAILABLE"


@pytest.mark.parametrize("request_id", ["", "auth_", "auth_00000000001", "msg_00000000001", "auth_" + "z" * 11])
def test_an_unknown_request_is_named_so(api: Api, request_id: str) -> None:
    assert check(api, request_id, "123456").code == "INVALID_REQUEST_ID"


def test_a_stranger_verifies_nothing(api: Api, key: Keys, other: Account) -> None:
    request_id = ask(api).body["request_id"]
    assert check(key(account=other), request_id, code_in(latest())).code == "INVALID_REQUEST_ID"


def test_a_sandbox_keys_code_proves_nothing_and_ends_no_other(api: Api, key: Keys) -> None:
    sandbox = key(type="sandbox")
    real, code = ask(api).body["request_id"], code_in(latest())
    for _ in range(5):
        tried = ask(sandbox).body["request_id"]
    tried_code = code_in(latest())
    assert check(api, tried, tried_code).code == "INVALID_REQUEST_ID"
    assert check(sandbox, real, code).code == "INVALID_REQUEST_ID"
    assert check(sandbox, tried, tried_code).body["verified"] is True
    assert check(api, real, code).body["verified"] is True
    assert ask(api).status == 200


def test_a_read_only_key_sends_no_code(key: Keys) -> None:
    answer = ask(key(type="read_only"))
    assert (answer.status, answer.code, answer.body["success"]) == (403, "INSUFFICIENT_PERMISSIONS", False)


def test_a_code_is_taken_out_though_its_message_was_never_noted(api: Api) -> None:
    ask(api, {"phone": PHONE})
    code = code_in(latest())
    Verification.objects.update(message_ref=None)  # as if the process had ended in between
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        verifying.blank_due()
    assert code not in latest().content["body"]


def test_an_over_code_is_taken_out_of_the_stored_message(api: Api) -> None:
    ask(api, {"phone": PHONE, "sender_name": "Area 51"})
    code = code_in(latest())
    assert verifying.blank_due() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert verifying.blank_due() == 1
        assert verifying.blank_due() == 0
    body = latest().content["body"]
    assert code not in body
    assert "Area 51" in body
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert verifying.blank_due() == 1
    assert not Verification.objects.exists()
