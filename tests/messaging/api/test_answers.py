"""What every answer of our own API has, and how it says no."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.models import Account, Plan
from messaging.api.errors import WORDS
from messaging.errors import Refusal
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing
from tokens.errors import Denial

pytestmark = pytest.mark.django_db


def test_every_refusal_has_a_word() -> None:
    assert set(WORDS) == {*Refusal, *Denial}


def test_without_a_token_one_is_asked_for(call: Call) -> None:
    response = call("GET", "me", None)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["error"]["code"] == "missing_token"


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "Bearer x", "Bearer gw_live_é", "x"])
def test_a_wrong_credential_is_refused(header: str) -> None:
    response = Client().get("/api/v1/me", headers={"Authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_token_for_another_api_is_refused(call: Call, issue: Issue) -> None:
    _, secret = issue(dialects=["startmessaging"])
    assert call("GET", "me", secret).json()["error"]["code"] == "api_not_allowed"


def test_answers_say_what_is_left_and_are_not_kept(call: Call, issue: Issue) -> None:
    _, secret = issue(requests_per_second=2)
    first = call("GET", "me", secret)
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"], first["RateLimit-Reset"]) == ("2", "1", "1")
    assert first["Cache-Control"] == "no-store"
    answers = [call("GET", "me", secret) for _ in range(5)]
    over = next(answer for answer in answers if answer.status_code == 429)
    assert (over["Retry-After"], over["RateLimit-Remaining"]) == ("1", "0")
    assert over.json()["error"] == {
        "code": "rate_limited",
        "message": "Over 2 requests a second.",
        "retry_after": 1,
    }


def test_other_methods_bodies_and_paths_are_refused_in_json(call: Call, issue: Issue) -> None:
    _, secret = issue()
    wrong_method = call("DELETE", "messages", secret)
    assert (wrong_method.status_code, wrong_method["Allow"]) == (405, "GET, POST, HEAD")
    headers = {"Authorization": f"Bearer {secret}"}
    form = Client().post("/api/v1/messages", {"to": "1"}, headers=headers)
    assert form.status_code == 415
    large = Client().post("/api/v1/messages", b"x" * (1 << 20) + b"x", content_type="application/json", headers=headers)
    assert large.status_code == 413
    assert call("GET", "nothing/here", None).json()["error"]["code"] == "not_found"
    assert Client().options("/api/v1/me", headers=headers).status_code == 405


def test_a_token_learns_what_it_is(call: Call, issue: Issue) -> None:
    token, secret = issue(scopes=["messages:send"])
    me = call("GET", "me", secret).json()
    assert me["account"]["name"] == "acme"
    assert me["account"]["plan"]["code"] == "free"
    assert me["account"]["plan"]["messages_per_month"] is None
    assert (me["token"]["id"], me["scopes"]) == (str(token.pk), ["messages:send"])
    assert "secret" not in me["token"]


def test_devices_and_usage_are_the_accounts_own(call: Call, issue: Issue) -> None:
    token, secret = issue()
    devices = call("GET", "devices", secret).json()["items"]
    assert [(d["transport"], d["number"]) for d in devices] == [("sandbox", "+123456789")]
    assert call("GET", f"devices/{devices[0]['id']}", secret).json() == devices[0]
    call("POST", "messages", secret, {"to": ["+905321234567", "+905321234568"], "text": "Hi"})
    usage = call("GET", "usage", secret).json()
    assert usage["days"][0]["accepted"] == 2
    assert usage["tokens"][0] | {"accepted": 2} == usage["tokens"][0]
    assert (usage["tokens"][0]["token_id"], usage["tokens"][0]["token_name"]) == (str(token.pk), "ERP")
    assert usage["dialects"][0]["dialect"] == "gateway"
    assert call("GET", "usage?from=2026-02-01&to=2026-01-01", secret).json()["error"]["field"] == "from"
    assert call("GET", "usage?from=2020-01-01&to=2020-01-31", secret).json()["days"] == []


def parts(field: str) -> dict[str, dict[str, int]]:
    """Read `"second";r=1;t=1, "day";r=5;t=9` as structured fields are read."""
    found = {}
    for item in field.split(", "):
        name, *parameters = item.split(";")
        found[name.strip('"')] = {key: int(value) for key, value in (each.split("=") for each in parameters)}
    return found


def test_the_ratelimit_fields_tell_of_second_day_and_month(
    call: Call, issue: Issue, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 2, 27, 18, tzinfo=UTC), tick=False)
    Plan.objects.update(messages_per_day=50, messages_per_month=2000, account_requests_per_second=30)
    _, secret = issue(requests_per_second=5)
    before = call("GET", "me", secret)
    assert before["RateLimit-Policy"] == '"second";q=5;w=1, "day";q=50;w=86400, "month";q=2000;w=2419200'
    assert before["RateLimit"] == '"second";r=4;t=1', "nothing was sent yet"
    sent = call("POST", "messages", secret, {"to": ["+905321234567", "+905321234568"], "text": "Hi"})
    assert sent["RateLimit"] == '"second";r=3;t=1, "day";r=48;t=21600, "month";r=1998;t=108000'
    assert call("GET", "me", secret)["RateLimit"] == sent["RateLimit"].replace("r=3", "r=2")


def test_refusals_have_the_ratelimit_fields_too(call: Call, issue: Issue) -> None:
    Plan.objects.update(messages_per_day=1, messages_per_month=3)
    _, secret = issue()
    body = {"to": "+905321234567", "text": "Hi"}
    assert call("POST", "messages", secret, body).status_code == 202
    over = call("POST", "messages", secret, body)
    assert (over.status_code, over.json()["error"]["code"]) == (429, "daily_limit")
    assert {name: left["r"] for name, left in parts(over["RateLimit"]).items() if name != "second"} == {
        "day": 0,
        "month": 2,
    }
    assert int(over["Retry-After"]) == parts(over["RateLimit"])["day"]["t"]
    assert set(parts(call("POST", "messages", secret, b"{")["RateLimit-Policy"])) == {"second", "day", "month"}
    assert parts(call("GET", "messages/1", secret)["RateLimit"])["day"]["r"] == 0


def test_what_is_refused_before_it_is_counted_says_what_is_left(call: Call, issue: Issue) -> None:
    _, secret = issue(scopes=["messages:send"], requests_per_second=5)
    refused = call("GET", "messages", secret)
    assert refused.status_code == 403
    assert parts(refused["RateLimit"])["second"]["r"] == 5
    assert "RateLimit" not in call("GET", "me", "gw_live_unknown"), "nobody's limits"


def test_the_months_messages_end_with_its_limit(call: Call, issue: Issue, acme: Account) -> None:
    Plan.objects.update(messages_per_day=None, messages_per_month=3)
    secrets = [issue()[1], issue(name="other")[1]]
    body = {"to": "+905321234567", "text": "Hi"}
    assert [call("POST", "messages", secrets[turn % 2], body).status_code for turn in range(3)] == [202] * 3
    over = call("POST", "messages", secrets[0], body)
    assert (over.status_code, over.json()["error"]["code"]) == (429, "monthly_limit")
    wait = acme.month_start(acme.month_start() + timedelta(days=32)) - timezone.now()
    assert abs(int(over["Retry-After"]) - wait.total_seconds()) < 30


def test_a_revoked_token_is_refused_at_once(call: Call, issue: Issue) -> None:
    from accounts.audit import COMMAND

    token, secret = issue()
    assert call("GET", "me", secret).status_code == 200
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    response = call("GET", "me", secret)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "revoked_token")
