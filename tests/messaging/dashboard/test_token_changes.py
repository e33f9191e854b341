"""One token's page: its history, and changing, regenerating, pausing and ending it."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from tests.conftest import PASSWORD, SignedIn
from tests.messaging.dashboard.test_tokens import age_proofs, make, page, secret_in
from tokens import issuing, usage
from tokens.authentication import authenticate_token
from tokens.errors import Denied
from tokens.models import Token


@pytest.fixture
def owner(acme: Account, alice: User, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def works(secret: str) -> bool:
    try:
        authenticate_token(secret, dialect="startmessaging", address="127.0.0.1")
    except Denied:
        return False
    return True


def call(secret: str) -> None:
    Client().get("/v1/messages", headers={"Authorization": f"Bearer {secret}"})
    usage.flush()


def made(token: Token) -> str:
    return Token.objects.get(pk=token.pk).secret_made_at.isoformat()


def test_the_page_tells_requests_refusals_details_and_who_changed_what(owner: Client, acme: Account) -> None:
    token, secret = make(acme, dialects=["startmessaging"])
    call(secret)
    Client().get("/api/reports/balance/1", headers={"Access-Token": secret})
    usage.flush()
    owner.post(f"/tokens/{token.pk}/edit/", {"name": "ERP 2", "dialects": "startmessaging", "requests_per_second": "5"})
    shown = page(owner.get(f"/tokens/{token.pk}/"))
    for words in (
        "GET</b> /v1/messages",
        "403",
        "127.0.0.1",
        "Send real messages",
        "Changed",
        "Alice Ames",
        "Show as a table",
    ):
        assert words in shown
    assert "name from “ERP” to “ERP 2”" in shown
    assert "requests a second from the plan&#x27;s to 5" in shown
    assert "7 days" in page(owner.get(f"/tokens/{token.pk}/?days=7"))


def test_a_token_that_was_never_used_says_what_to_expect(owner: Client, acme: Account) -> None:
    token, _ = make(acme)
    assert "Never used." in page(owner.get(f"/tokens/{token.pk}/"))
    token, _ = make(acme, "Narrow", networks=["203.0.113.24"])
    assert "203.0.113.24/32 alone" in page(owner.get(f"/tokens/{token.pk}/"))


def test_editing_narrows_and_keeps_what_is_not_touched(owner: Client, acme: Account) -> None:
    token, _ = make(acme, scopes=["messages:read", "messages:send"], networks=["203.0.113.0/24"])
    path = f"/tokens/{token.pk}/edit/"
    form = page(owner.get(path))
    assert "203.0.113.0/24" in form
    assert 'value="messages-read" aria-label="Messages: read" checked' in form
    kept = {"name": "ERP", "preset": "custom", "networks": "203.0.113.0/24"}
    owner.post(path, {**kept, "permissions": ["messages-read", "messages-write"]})
    token.refresh_from_db()
    assert token.scopes == ["messages:send", "messages:read"]
    owner.post(path, {**kept, "permissions": ["messages-read"]})
    token.refresh_from_db()
    assert token.scopes == ["messages:read"]
    assert owner.post(path, {**kept, "permissions": []}).status_code == 422


def test_an_expiry_stays_unless_another_is_chosen(owner: Client, acme: Account) -> None:
    token, _ = make(acme)
    path = f"/tokens/{token.pk}/edit/"
    owner.post(path, {"name": "ERP", "expires": "30"})
    token.refresh_from_db()
    end = token.expires_at
    assert end is not None
    assert "As it is," in page(owner.get(path))
    owner.post(path, {"name": "ERP", "expires": "keep"})
    token.refresh_from_db()
    assert token.expires_at == end
    owner.post(path, {"name": "ERP", "expires": "never"})
    token.refresh_from_db()
    assert token.expires_at is None


@pytest.mark.parametrize(("overlap", "old_works"), [("now", False), ("day", True), ("week", True)])
def test_regenerating_shows_a_new_secret_once(owner: Client, acme: Account, overlap: str, old_works: bool) -> None:
    token, old = make(acme)
    path, asked = f"/tokens/{token.pk}/regenerate/", {"overlap": overlap, "made": made(token)}
    answer = owner.post(path, asked)
    assert "no-store" in answer.headers["Cache-Control"]
    new = secret_in(answer)
    assert (works(new), works(old)) == (True, old_works)
    again = owner.post(path, asked, follow=True)
    assert "This token was already shown" in page(again)
    assert works(new)


def test_two_secrets_are_watched_extended_and_ended(owner: Client, acme: Account) -> None:
    token, old = make(acme)
    path = f"/tokens/{token.pk}/"
    owner.post(path + "regenerate/", {"overlap": "day", "made": made(token)})
    call(old)
    shown = page(owner.get(path))
    assert "Two secrets work until tomorrow" in shown
    assert "127.0.0.1</bdi>: 1 request" in shown
    assert "stops at once" in page(owner.get(path + "regenerate/"))
    before = Token.objects.get(pk=token.pk).overlap_until
    owner.post(path + "overlap/extend/")
    after = Token.objects.get(pk=token.pk).overlap_until
    assert before is not None
    assert after == before + timedelta(days=1)
    owner.post(path + "overlap/end/")
    assert not works(old)
    call(old)
    assert "401" in page(owner.get(path))
    assert "has ended already" in page(owner.post(path + "overlap/extend/", follow=True))


def test_pausing_is_one_click_and_reversible(owner: Client, acme: Account) -> None:
    token, secret = make(acme)
    assert "Paused" in page(owner.post(f"/tokens/{token.pk}/pause/", follow=True))
    assert not works(secret)
    assert "works again" in page(owner.post(f"/tokens/{token.pk}/resume/", follow=True))
    assert works(secret)
    assert owner.get(f"/tokens/{token.pk}/pause/").status_code == 405


def test_revoking_asks_for_the_name_and_says_what_will_fail(owner: Client, acme: Account) -> None:
    token, secret = make(acme)
    call(secret)
    path = f"/tokens/{token.pk}/revoke/"
    assert "1 request in the last hour" in page(owner.get(path))
    wrong = owner.post(path, {"name": "erp"})
    assert wrong.status_code == 422
    assert "This is not its name." in page(wrong)
    assert works(secret)
    done = page(owner.post(path, {"name": "ERP"}, follow=True))
    assert "Revoked" in done
    assert "Regenerate…" not in done
    assert not works(secret)
    for gone in ("edit", "regenerate", "revoke"):
        assert owner.get(f"/tokens/{token.pk}/{gone}/").status_code == 302


def test_deleting_hides_the_token_and_keeps_the_audit_log(owner: Client, acme: Account) -> None:
    token, secret = make(acme)
    path = f"/tokens/{token.pk}/delete/"
    assert owner.post(path, {"name": "wrong"}).status_code == 422
    owner.post(path, {"name": "ERP"})
    assert not works(secret)
    assert owner.get(f"/tokens/{token.pk}/").status_code == 404
    assert "ERP" not in page(owner.get("/tokens/?show=revoked"))
    assert "Deleted" in page(owner.get("/settings/security/"))


def test_a_revoked_token_is_deleted_without_typing(owner: Client, acme: Account) -> None:
    token, _ = make(acme)
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    owner.post(f"/tokens/{token.pk}/delete/")
    assert Token.objects.get(pk=token.pk).deleted_at


@pytest.mark.parametrize("doing", ["regenerate", "revoke", "delete"])
def test_what_ends_a_secret_asks_for_proof(owner: Client, acme: Account, doing: str) -> None:
    token, old = make(acme)
    age_proofs(owner)
    asked = owner.post(f"/tokens/{token.pk}/{doing}/", {"name": "ERP", "overlap": "now", "made": made(token)})
    assert asked["location"].startswith("/accounts/reauthenticate/")
    assert works(old)
    owner.post(asked["location"], {"password": PASSWORD})
    assert not works(old)


def test_each_change_is_audited_with_who_and_from_where(owner: Client, acme: Account, alice: User) -> None:
    token, _ = make(acme)
    path = f"/tokens/{token.pk}/"
    owner.post(path + "pause/")
    owner.post(path + "resume/")
    secret = secret_in(owner.post(path + "regenerate/", {"overlap": "now", "made": made(token)}))
    entries = AuditEntry.objects.filter(account=acme, actor=alice, target_type="token")
    assert {entry.action for entry in entries} == {"token.paused", "token.resumed", "token.regenerated"}
    assert {(entry.address, entry.proof) for entry in entries} == {("127.0.0.1", "session")}
    assert secret[-12:] not in json.dumps([entry.changes for entry in entries])
