"""The token pages: making, showing once, finding, and who may do what."""

import json
import logging
import re
import time
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from accounts.roles import Role
from messaging import working
from tests.conftest import PASSWORD, SignedIn
from tokens import issuing, usage
from tokens.authentication import authenticate_token
from tokens.models import Token
from tokens.scopes import KeyType, Scope

NEW = "/tokens/new/"
_SECRET = re.compile(r'<output id="secret"[^>]*>(gw_\w+)</output>')


def page(answer: object) -> str:
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


def secret_in(answer: object) -> str:
    found = _SECRET.search(page(answer))
    assert found, page(answer)[:2000]
    return found[1]


def make(account: Account, name: str = "ERP", type: str = KeyType.PRODUCTION, **asked: object) -> tuple[Token, str]:
    return issuing.create_token(account=account, name=name, type=type, by=COMMAND, grantor=None, **asked)  # type: ignore[arg-type]  # tests ask anything


def age_proofs(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 16 * 60
    session.save()


@pytest.fixture
def owner(acme: Account, alice: User, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def developer(acme: Account, bob: User, signed_in: SignedIn) -> Client:
    return signed_in(bob)


@pytest.fixture
def viewer(acme: Account, bob: User, signed_in: SignedIn) -> Client:
    acme.memberships.filter(user=bob).update(role=Role.VIEWER)
    return signed_in(bob)


# Making one
def test_a_name_and_create_make_a_full_access_production_token_that_never_expires(owner: Client, acme: Account) -> None:
    secret = secret_in(owner.post(NEW, {"name": "Production API"}))
    token = acme.tokens.get()
    assert (token.name, token.type, token.scopes, token.dialects, token.networks) == (
        "Production API", "production", [], [], [],
    )  # fmt: skip
    assert token.expires_at is None
    assert authenticate_token(secret, dialect="startmessaging", address="203.0.113.9").scopes


def test_the_untouched_form_asks_for_the_same(owner: Client) -> None:
    form = page(owner.get(NEW))
    assert re.search(r'value="production" checked', form)
    assert re.search(r'value="everything" checked', form)
    assert '<option value="never" selected>' in form
    assert "Send real messages through every device" in form
    assert "0 of 10 live tokens are in use." in form


def test_an_address_fills_the_form_in_and_leaves_out_what_makes_no_sense(owner: Client) -> None:
    form = page(owner.get(NEW + "?name=ERP&preset=send&type=sandbox&expires=1000000&requests_per_second=lots"))
    assert 'value="ERP"' in form
    assert re.search(r'value="send" checked', form)
    assert re.search(r'value="sandbox" checked', form)
    assert '<option value="never" selected>' in form
    assert 'value="lots"' not in form


def test_every_field_reaches_the_token(owner: Client, acme: Account) -> None:
    asked = {
        "name": "Shop",
        "type": "production",
        "preset": "custom",
        "permissions": ["messages-write", "devices-read"],
        "dialects": ["startmessaging"],
        "expires": "90",
        "requests_per_second": "5",
        "networks": "198.51.100.0/28\n\n2001:db8::1",
        "mine": "on",
    }
    secret_in(owner.post(NEW, asked))
    token = acme.tokens.get()
    assert set(token.scopes) == {Scope.MESSAGES_SEND, Scope.MESSAGES_CANCEL, Scope.DEVICES_LIST}
    assert (token.dialects, token.requests_per_second) == (["startmessaging"], 5)
    assert token.networks == ["198.51.100.0/28", "2001:db8::1/128", "127.0.0.1/32"]
    assert token.expires_at is not None
    assert timedelta(days=90) <= token.expires_at - timezone.now() < timedelta(days=91)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "a" * 256}, "at most 255"),
        ({"name": "ERP\0"}, "Null characters are not allowed."),
        ({"networks": "203.0.113.24\n198.51.100.0/33"}, "Line 2: a range ends in /0 to /32, so /33 does not exist."),
        ({"preset": "custom"}, "Tick at least one permission."),
        ({"preset": "send", "type": "read_only"}, "A read-only token can have none of these permissions."),
        ({"expires": "date"}, "Pick the last day on which it works."),
        ({"expires": "date", "date": "2020-01-01"}, "An expiry lies in the future."),
        ({"expires": "date", "date": "9999-12-31"}, "Pick a day within a hundred years"),
        ({"requests_per_second": "0"}, "a whole number from 1"),
        ({"requests_per_second": "9" * 10_000}, "whole number"),
        ({"type": "golden"}, "Select a valid choice."),
        ({"dialects": "telex"}, "Select a valid choice."),
    ],
)
def test_a_wrong_form_says_what_to_correct_and_keeps_what_was_typed(
    owner: Client, acme: Account, wrong: dict[str, str], said: str
) -> None:
    answer = owner.post(NEW, {"name": "Shop", "requests_per_second": "7", **wrong})
    assert answer.status_code == 422
    assert said in page(answer)
    assert 'role="alert"' in page(answer)
    assert "name" in wrong or 'value="Shop"' in page(answer)
    assert not acme.tokens.exists()


def test_the_eleventh_token_is_refused_in_words(owner: Client, acme: Account) -> None:
    for number in range(10):
        make(acme, f"app {number}")
    answer = owner.post(NEW, {"name": "one more"})
    assert answer.status_code == 422
    assert "allows 10 live tokens. Revoke one first." in page(answer)


def test_the_side_card_restates_the_form_and_makes_nothing(owner: Client, acme: Account) -> None:
    card = page(owner.post(NEW + "summary/", {"name": "x", "preset": "send", "networks": "203.0.113.24\nnonsense"}))
    assert "Send real messages" in card
    assert "An address to correct" in card
    assert not acme.tokens.exists()


# Shown once
def test_the_secret_is_in_the_one_answer_and_nowhere_else(
    owner: Client, acme: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = owner.post(NEW, {"name": "ERP", "once": "w1"})
    secret, token = secret_in(answer), acme.tokens.get()
    assert "no-store" in answer.headers["Cache-Control"]
    assert page(answer).count(secret) == 1
    assert "read -rs GATEWAY_TOKEN" in page(answer)
    for path in (
        "/tokens/",
        f"/tokens/{token.pk}/",
        f"/tokens/{token.pk}/shown/",
        "/settings/api-keys/",
        "/settings/security/",
    ):
        assert secret[-12:] not in page(owner.get(path))
    assert secret[-12:] not in json.dumps(dict(owner.session.items()), default=str)
    assert secret[-12:] not in caplog.text
    assert secret[-12:] not in str(list(AuditEntry.objects.values()))


def test_the_same_form_sent_again_makes_no_second_token(owner: Client, acme: Account) -> None:
    owner.post(NEW, {"name": "ERP", "once": "w1"})
    again = owner.post(NEW, {"name": "ERP", "once": "w1"}, follow=True)
    assert "This token was already shown" in page(again)
    assert "Regenerate" in page(again)
    assert acme.tokens.count() == 1


def test_the_page_waits_for_the_first_request_and_turns_into_its_message(owner: Client, acme: Account) -> None:
    answer = owner.post(NEW, {"name": "ERP"})
    secret, token = secret_in(answer), acme.tokens.get()
    waiting = f"/tokens/{token.pk}/first/"
    assert "Waiting for the first request" in page(answer)
    assert owner.get(waiting).status_code == 204
    body = {"to": "15550100100", "type": "text", "text": {"body": "first words"}}
    headers = {"Authorization": f"Bearer {secret}"}
    Client().post("/v1/messages", json.dumps(body), content_type="application/json", headers=headers)
    usage.flush()
    working.run_due()
    shown = page(owner.get(waiting))
    assert "first words" in shown
    assert re.search(r'href="/messages/\d+/"', shown)


def test_a_refused_first_request_is_shown_with_its_reason(owner: Client, acme: Account) -> None:
    token, secret = make(acme, networks=["203.0.113.0/24"])
    Client().get("/v1/messages", headers={"Authorization": f"Bearer {secret}"})
    usage.flush()
    shown = page(owner.get(f"/tokens/{token.pk}/first/"))
    assert "403" in shown
    latest = token.requests.get()
    assert owner.get(f"/tokens/{token.pk}/first/?seen={latest.pk}").status_code == 204


# Proof
def test_a_production_token_asks_for_proof_and_goes_on_with_the_form(owner: Client, acme: Account) -> None:
    age_proofs(owner)
    assert "ask for your password" in page(owner.get(NEW))
    asked = owner.post(NEW, {"name": "ERP", "networks": "203.0.113.0/24"})
    assert asked["location"].startswith("/accounts/reauthenticate/")
    secret_in(owner.post(asked["location"], {"password": PASSWORD}))
    assert acme.tokens.get().networks == ["203.0.113.0/24"]


def test_a_sandbox_token_asks_for_none(owner: Client) -> None:
    age_proofs(owner)
    assert secret_in(owner.post(NEW, {"name": "Try", "type": "sandbox"})).startswith("gw_test_")


# Roles
def test_a_developer_makes_sandbox_and_read_only_tokens_alone(developer: Client, acme: Account) -> None:
    form = page(developer.get(NEW))
    assert 'value="production"' not in form
    for type in ("sandbox", "read_only"):
        secret_in(developer.post(NEW, {"name": type, "type": type}))
    assert developer.post(NEW, {"name": "x", "type": "production"}).status_code == 422
    assert not acme.tokens.filter(type="production").exists()


@pytest.mark.parametrize(
    "doing", ["edit", "regenerate", "pause", "resume", "revoke", "delete", "overlap/extend", "overlap/end"]
)
def test_a_developer_changes_no_production_token_and_a_viewer_none(
    acme: Account, bob: User, signed_in: SignedIn, doing: str
) -> None:
    tokens = {type: make(acme, type, type)[0] for type in KeyType.values}
    client = signed_in(bob)
    for role, kept in ((Role.DEVELOPER, ["production"]), (Role.VIEWER, KeyType.values)):
        acme.memberships.filter(user=bob).update(role=role)
        for type in kept:
            answer = client.post(f"/tokens/{tokens[type].pk}/{doing}/", {"name": type})
            assert answer.status_code == 403
            assert "Ask Alice Ames (owner)." in page(answer)
    assert AuditEntry.objects.filter(account=acme, target_type="token").exclude(action="token.created").count() == 0


def test_a_viewer_sees_everything_and_is_offered_no_change(viewer: Client, acme: Account) -> None:
    token, _ = make(acme)
    shown = page(viewer.get("/tokens/")) + page(viewer.get(f"/tokens/{token.pk}/"))
    assert "ERP" in shown
    for words in ("Create Token", "Regenerate…", "Pause token", "Revoke…", "Delete…"):
        assert words not in shown
    assert viewer.get(NEW).status_code == 403


def test_a_stranger_finds_nothing(acme: Account, other: Account, charlie: User, signed_in: SignedIn) -> None:
    token, secret = make(acme)
    client = signed_in(charlie)
    assert "ERP" not in page(client.get("/tokens/"))
    found = page(client.post("/tokens/", {"q": secret}))
    assert "Your search found 0 tokens" in found
    assert "ERP" not in found
    for path in ("", "first/", "shown/", "edit/", "regenerate/", "revoke/", "delete/"):
        assert client.get(f"/tokens/{token.pk}/{path}").status_code == 404
    for path in (
        "edit/",
        "edit/summary/",
        "regenerate/",
        "revoke/",
        "delete/",
        "pause/",
        "resume/",
        "overlap/extend/",
        "overlap/end/",
    ):
        assert client.post(f"/tokens/{token.pk}/{path}", {"name": "ERP"}).status_code == 404
    assert client.get(f"/tokens/{2**70}/").status_code == 404
    token.refresh_from_db()
    assert token.state == "active"


def test_the_pages_ask_for_sign_in(client: Client, acme: Account) -> None:
    token, _ = make(acme)
    for path in (
        "/tokens/",
        NEW,
        f"/tokens/{token.pk}/",
        "/tokens/logins/",
        "/settings/api-keys/",
        "/settings/security/",
    ):
        assert client.get(path)["location"].startswith("/accounts/login/?next=")


# The list
def test_a_pasted_token_finds_its_row_and_is_not_echoed(owner: Client, acme: Account) -> None:
    token, secret = make(acme)
    make(acme, "Shop")
    found = page(owner.post("/tokens/", {"q": f" {secret}\n"}))
    assert "That is the secret of “ERP”" in found
    assert "Shop" not in found
    assert secret not in found
    issuing.regenerate_token(token, by=COMMAND, grantor=None)
    assert "That is the secret of “ERP”" in page(owner.post("/tokens/", {"q": secret}))
    assert secret[-12:] not in json.dumps(dict(owner.session.items()), default=str)


def test_a_search_by_name_finds_revoked_ones_too(owner: Client, acme: Account) -> None:
    make(acme, "Shop")
    issuing.revoke_token(make(acme, "Old shop")[0], by=COMMAND, grantor=None)
    found = page(owner.post("/tokens/", {"q": "shop"}))
    assert "Your search found 2 tokens" in found
    assert "Old shop" in found


def test_the_filter_divides_active_expiring_and_ended_ones(owner: Client, acme: Account) -> None:
    make(acme, "Lasting")
    make(acme, "Short", expires_at=timezone.now() + timedelta(days=6))
    issuing.revoke_token(make(acme, "Gone")[0], by=COMMAND, grantor=None)

    def names(query: str) -> set[str]:
        return {
            name for name in ("Lasting", "Short", "Gone") if f"<bdi>{name}</bdi>" in page(owner.get(f"/tokens/{query}"))
        }

    assert names("") == {"Lasting", "Short"}
    assert names("?show=expiring") == {"Short"}
    assert names("?show=revoked") == {"Gone"}
    assert "Expires in 6 days" in page(owner.get("/tokens/"))


def test_tokens_long_unused_and_secrets_long_unchanged_are_named(owner: Client, acme: Account) -> None:
    token, _ = make(acme, "Staging")
    long_ago = timezone.now() - timedelta(days=94)
    Token.objects.filter(pk=token.pk).update(created_at=long_ago, secret_made_at=long_ago)
    shown = page(owner.get("/tokens/"))
    assert "“Staging” has not been used for 94 days." in shown
    assert "The secret of “Staging” is 94 days old." in shown
    assert "regenerate" in page(owner.get(f"/tokens/{token.pk}/"))


def test_each_api_style_has_a_first_request_with_the_readers_own_host(
    owner: Client, acme: Account, settings: Settings
) -> None:
    settings.GATEWAY_URL = "https://sms.rimal.example"
    assert "https://sms.rimal.example/api/v1/messages" in page(owner.get("/tokens/"))
    assert "https://sms.rimal.example/v1/messages" in page(owner.get("/tokens/?style=startmessaging"))
    assert re.search(
        r"https://sms.rimal.example/(whatsgate/)?api/send/text", page(owner.get("/tokens/?style=whatsgate"))
    )


def test_api_keys_are_the_same_page_in_other_words(owner: Client, acme: Account) -> None:
    make(acme)
    shown = page(owner.get("/settings/api-keys/"))
    assert "Generate New Key" in shown
    assert "Revoke…" in shown
    assert "ERP" in shown
    assert "Create Token" in page(owner.get("/tokens/"))


def test_the_operators_address_for_suspected_leaks_is_shown(owner: Client, acme: Account, settings: Settings) -> None:
    token, _ = make(acme)
    assert "suspect a leak" not in page(owner.get("/tokens/"))
    settings.GATEWAY_SUPPORT_EMAIL = "help@rimal.example"
    for path in ("/tokens/", f"/tokens/{token.pk}/", "/settings/api-keys/"):
        assert "suspect a leak" in page(owner.get(path))
        assert "mailto:help@rimal.example" in page(owner.get(path))


def test_names_are_shown_as_text(owner: Client, acme: Account) -> None:
    token, _ = make(acme, '<script>alert("x")</script>')
    for path in ("/tokens/", f"/tokens/{token.pk}/", f"/tokens/{token.pk}/revoke/", "/settings/security/"):
        assert "<script>alert" not in page(owner.get(path))
