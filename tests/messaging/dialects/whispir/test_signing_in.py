"""The order that the owner's page gives: the key, then the login, then what may be done."""

from base64 import b64encode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging.models import Message
from tests.messaging.dialects.whispir.conftest import Api, Make
from tokens import issuing
from tokens.authentication import authenticate_login, forget

INACTIVE = b"<h1>Developer Inactive</h1>"


@pytest.mark.parametrize("key", [None, "", "your_api_key", "gw_live_" + "x" * 38])
def test_a_wrong_key_is_an_inactive_developer_whoever_signs_in(api: Api, key: str | None) -> None:
    for login in (api.login, None, "wrong:wrong"):
        answer = Api(key, login)("GET", "/messages")
        assert (answer.status, answer.raw) == (403, INACTIVE)
        assert answer.headers["Content-Type"] == "text/xml"
        assert answer.headers["Content-Length"] == "27"
        assert answer.headers["X-Mashery-Error-Code"] == "ERR_403_DEVELOPER_INACTIVE"
        assert answer.headers["X-Error-Detail-Header"] == "Account Inactive"
        assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("login", [None, "wrong:wrong", "ABC123:", "no colon"])
def test_a_right_key_and_a_wrong_login_is_unauthorised(api: Api, login: str | None) -> None:
    answer = Api(api.key, login)("GET", "/messages")
    assert (answer.status, answer.json["errorText"]) == (401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="Whispir"'
    assert set(answer.json) == {"errorSummary", "errorText", "errorDetail", "link"}


def test_the_owners_example_of_a_credential_that_is_none_is_unauthorised(api: Api) -> None:
    answer = Api(api.key, None)("GET", "/messages", Authorization="Basic frJIUN8DYpKDtOLCwo//yllqDzg=")
    assert answer.status == 401


def test_both_right_is_200(api: Api) -> None:
    assert api("GET", "/messages").status == 200


def test_a_login_of_another_account_is_unauthorised(api: Api, make: Make, other: Account) -> None:
    assert Api(api.key, make(other).login)("GET", "/messages").status == 401
    assert Api(make(other).key, api.login)("GET", "/messages").status == 401


def test_what_a_key_may_not_do_is_forbidden(make: Make) -> None:
    for asked in ({"type": "read_only"}, {"scopes": ["messages:list"]}):
        answer = make(**asked).send()
        told = {name: answer.json[name] for name in ("errorSummary", "errorText", "errorDetail")}
        assert (answer.status, told) == (403, {"errorSummary": "", "errorText": "Forbidden", "errorDetail": ""})
        assert "Retry-After" not in answer.headers
    assert not Message.objects.exists()


def test_a_jwt_lets_a_key_do_no_more_than_the_jwt_may(make: Make, acme: Account) -> None:
    api, held = make(), make(scopes=["messages:list"])
    username, _, password = str(api.login).partition(":")
    login = authenticate_login(username, password, dialect="smsgate", address="127.0.0.1")

    def bearer(*scopes: str) -> str:
        return f"Bearer {issuing.issue_access(login, scopes=scopes, by=COMMAND).access_jwt}"

    narrow, wide = bearer("messages:list"), bearer("all:any")
    body = {"to": "61400400400", "subject": "Hello"}
    assert api("GET", "/messages", Authorization=narrow).status == 200
    assert api("POST", "/messages", body, Authorization=narrow).status == 403
    assert Api(held.key, None)("POST", "/messages", body, Authorization=wide).status == 403
    assert Message.objects.count() == 0
    assert api("POST", "/messages", body, Authorization=wide).status == 202


def test_a_refused_address_is_unauthorised(make: Make) -> None:
    assert make(networks=["192.0.2.0/24"])("GET", "/messages").status == 401


def test_the_key_may_stand_in_the_query_and_links_repeat_it_only_then(api: Api) -> None:
    by_query = Api(None, api.login)("GET", f"/?apikey={api.key}", kind="company")
    assert by_query.status == 200
    assert all(f"apikey={api.key}" in link["uri"] for link in by_query.json["link"])
    by_header = api("GET", f"/?apikey={api.key}", kind="company")
    assert by_header.status == 200
    assert not any("apikey" in link["uri"] for link in by_header.json["link"])


def test_the_vendors_later_gateways_answer_to_no_key_can_be_had(api: Api, settings: Settings) -> None:
    settings.GATEWAY_WHISPIR_FORBIDDEN_IN_JSON = True
    missing = Api(None, api.login)("GET", "/messages", accept="")
    assert (missing.status, missing.json) == (403, {"message": "Forbidden"})
    assert Api("wrong", api.login)("GET", "/messages").raw == INACTIVE
    assert Api(api.key, None)("GET", "/messages").status == 401


def test_plain_http_can_be_forbidden(api: Api, settings: Settings) -> None:
    settings.GATEWAY_WHISPIR_HTTPS_ONLY = True
    for path in ("/messages", "/keys"):
        plain = api("GET", path)
        assert (plain.status, plain.json["errorText"]) == (403, "Forbidden")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert api("GET", "/messages", **{"X-Forwarded-Proto": "https"}).status == 200


def test_the_base_answers_without_a_slash_as_it_does_with_one(api: Api) -> None:
    assert api("GET", "", kind="company").json == api("GET", "/", kind="company").json
    assert Api("wrong", api.login)("GET", "").raw == INACTIVE
    assert Api(None, api.login)("GET", f"?apikey={api.key}", kind="company").status == 200


def test_two_keys_that_differ_are_a_wrong_one(api: Api, make: Make) -> None:
    assert api("GET", f"/messages?apikey={make().key}").status == 403


def test_the_name_that_the_vendors_document_slips_into_is_taken(api: Api) -> None:
    assert Api(None, api.login)("GET", "/messages", **{"Api-Key": str(api.key)}).status == 200


def test_limits_are_403_with_a_time_to_retry(api: Api, acme: Account) -> None:
    Plan.objects.filter(pk=acme.plan_id).update(requests_per_second=1)
    forget()
    over = next(a for a in (api("GET", "/messages") for _ in range(5)) if a.status != 200)
    assert (over.status, over.raw) == (403, b"<h1>Developer Over Qps</h1>")
    assert over.headers["X-Error-Code"] == over.headers["X-Mashery-Error-Code"] == "ERR_403_DEVELOPER_OVER_QPS"
    assert over.headers["Retry-After"] == "1"


def test_the_days_limit_says_so(api: Api, acme: Account) -> None:
    Plan.objects.filter(pk=acme.plan_id).update(messages_per_day=0)
    forget()
    over = api.send()
    assert (over.status, over.headers["X-Error-Code"]) == (403, "ERR_403_DEVELOPER_OVER_QPD")
    assert int(over.headers["Retry-After"]) >= 1


def test_a_suspended_account_is_an_inactive_developer(api: Api, acme: Account) -> None:
    Account.objects.filter(pk=acme.pk).update(suspended_at=timezone.now())
    forget()
    assert api("GET", "/messages").raw == INACTIVE


def test_a_colon_may_stand_in_a_password(api: Api) -> None:
    credentials = b64encode(f"{(api.login or '').partition(':')[0]}:pass:word".encode()).decode()
    headers = {"x-api-key": api.key or "", "Authorization": f"Basic {credentials}"}
    assert Client().get("/whispir/messages", headers=headers).status_code == 401
