"""Who may ask: every way a key is refused, in StartMessaging's words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import Message
from tests.messaging.dialects.startmessaging.conftest import Answer, Api, Keys
from tokens import authentication, issuing
from tokens.models import Token
from tokens.scopes import KeyType, Scope


def refusal(answer: Answer) -> tuple[int, str]:
    assert answer.body["error"]["request_id"].startswith("req_")
    assert set(answer.body["error"]) <= {"code", "message", "details", "request_id", "retry_after"}
    assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)
    assert not Message.objects.exists()
    return answer.status, answer.code


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    ["", " ", "Bearer", "Bearer ", "Basic YTpi", "gw_live_x", "Bearer gw_live_x", "Bearer " + "x" * 9000, "Bearer é"],
)
def test_a_missing_or_malformed_or_unknown_key_is_an_invalid_key(header: str) -> None:
    answer = Api(None).send(Authorization=header)
    assert refusal(answer) == (401, "INVALID_API_KEY")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_a_request_without_any_key_and_one_with_the_other_apis_header_have_no_key() -> None:
    assert refusal(Api(None).send()) == (401, "INVALID_API_KEY")
    assert refusal(Api(None).send(X_API_Key="sm_live_x")) == (401, "INVALID_API_KEY")


def test_a_revoked_key_is_refused_at_once(api: Api) -> None:
    assert api.get().status == 200
    assert api.token
    issuing.revoke_token(api.token, by=COMMAND, grantor=None)
    assert refusal(api.send()) == (401, "INVALID_API_KEY")


def test_the_old_secret_of_a_regenerated_key_is_refused_and_the_new_one_works(api: Api) -> None:
    assert api.token
    secret = issuing.regenerate_token(api.token, overlap=None, by=COMMAND, grantor=None)
    assert refusal(api.send()) == (401, "INVALID_API_KEY")
    assert Api(secret).send().status == 200


def test_an_expired_key_is_told_that_it_expired(api: Api) -> None:
    assert api.token
    Token.objects.filter(pk=api.token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    authentication.forget()
    assert refusal(api.send()) == (401, "EXPIRED_API_KEY")


def test_a_paused_key_has_no_permission(api: Api) -> None:
    assert api.token
    issuing.pause_token(api.token, by=COMMAND, grantor=None)
    answer = api.send()
    assert refusal(answer) == (403, "INSUFFICIENT_PERMISSIONS")
    assert "paused" in answer.body["error"]["message"]


def test_a_suspended_account_is_told_so(api: Api, acme: Account) -> None:
    Account.objects.filter(pk=acme.pk).update(suspended_at=timezone.now())
    assert refusal(api.send()) == (403, "ACCOUNT_SUSPENDED")


def test_an_address_outside_the_keys_or_the_accounts_list_is_refused(key: Keys, acme: Account) -> None:
    narrow = key(networks=["203.0.113.0/24"])
    assert refusal(narrow.send()) == (403, "IP_NOT_ALLOWED")
    wide = key(name="second")
    Account.objects.filter(pk=acme.pk).update(allowed_networks=["203.0.113.7/32"])
    assert refusal(wide.send()) == (403, "IP_NOT_ALLOWED")


def test_a_key_for_another_api_has_no_permission_here(key: Keys) -> None:
    assert refusal(key(dialects=["gateway"]).send()) == (403, "INSUFFICIENT_PERMISSIONS")
    assert key(name="here", dialects=["startmessaging"]).send().status == 200


def test_a_read_only_key_reads_and_does_not_send(key: Keys) -> None:
    reader = key(type=KeyType.READ_ONLY)
    answer = reader.send()
    assert refusal(answer) == (403, "INSUFFICIENT_PERMISSIONS")
    assert "read-only" in answer.body["error"]["message"]
    sent = key(name="sender").send()
    assert reader.get("/" + sent.body["message_id"]).status == 200
    assert len(reader.get().body["data"]) == 1


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [(Scope.MESSAGES_SEND, "send"), (Scope.MESSAGES_READ, "read"), (Scope.MESSAGES_LIST, "list")],
)
def test_each_call_asks_for_its_own_scope_and_names_the_missing_one(
    key: Keys, api: Api, scope: Scope, allowed: str
) -> None:
    one = "/" + api.send().body["message_id"]
    narrow = key(name="narrow", scopes=[scope])
    answers = {"send": narrow.send(), "read": narrow.get(one), "list": narrow.get()}
    for what, answer in answers.items():
        if what == allowed:
            assert answer.status == 200
        else:
            assert (answer.status, answer.code) == (403, "INSUFFICIENT_PERMISSIONS")
            assert f"messages:{what}" in answer.body["error"]["message"]
    assert narrow.call("HEAD", "").status == (200 if allowed == "list" else 403)


def test_a_sandbox_key_may_address_anybody_and_reaches_only_the_sandbox(key: Keys) -> None:
    assert key(type=KeyType.SANDBOX).send().status == 200
    message = Message.objects.select_related("device").get()
    assert message.device
    assert (message.device.transport, message.context["route"]) == ("sandbox", "sandbox")


def test_the_scheme_is_read_in_any_case(api: Api) -> None:
    assert api.get(Authorization=f"bEaReR  {api.secret} ").status == 200
