"""API logins, and the account's address list with its audit log."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND, Actor
from accounts.models import Account, AuditEntry, User
from accounts.roles import Role
from accounts.securing import set_networks
from tests.conftest import PASSWORD, SignedIn
from tests.messaging.dashboard.test_tokens import age_proofs, make, page
from tokens import issuing
from tokens.authentication import authenticate_login, authenticate_token
from tokens.errors import Denial, Denied
from tokens.jwt import Issued
from tokens.models import AccessToken, ApiLogin

LOGINS, SECURITY = "/tokens/logins/", "/settings/security/"


@pytest.fixture
def owner(acme: Account, alice: User, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def password_in(answer: object) -> str:
    found = re.search(r'<output id="password"[^>]*>(\w+)</output>', page(answer))
    assert found
    return found[1]


def signs_in(login: ApiLogin, password: str) -> bool:
    try:
        return bool(authenticate_login(login.username, password, dialect="smsgate", address="127.0.0.1"))
    except Denied:
        return False


def test_a_login_is_made_and_its_password_shown_once(owner: Client, acme: Account) -> None:
    answer = owner.post(LOGINS, {"name": "Backup", "once": "w1"})
    assert "no-store" in answer.headers["Cache-Control"]
    login, password = acme.api_logins.get(), password_in(answer)
    assert signs_in(login, password)
    assert login.username in page(owner.get(LOGINS))
    assert password not in page(owner.get(LOGINS)) + page(owner.get(f"{LOGINS}{login.pk}/shown/"))
    assert password not in json.dumps(dict(owner.session.items()), default=str)
    again = owner.post(LOGINS, {"name": "Backup", "once": "w1"}, follow=True)
    assert "This password was already shown" in page(again)
    assert acme.api_logins.count() == 1


def test_a_login_gets_a_new_password_and_ends(owner: Client, acme: Account) -> None:
    login, old = issuing.create_login(account=acme, name="Backup", by=COMMAND, grantor=None)
    path = f"{LOGINS}{login.pk}/"
    asked = {"made": login.secret_made_at.isoformat()}
    new = password_in(owner.post(path + "renew/", asked))
    assert (signs_in(login, new), signs_in(login, old)) == (True, False)
    assert owner.post(path + "renew/", asked)["location"] == f"{path}shown/"
    assert "for good?" in page(owner.get(path + "revoke/"))
    owner.post(path + "revoke/")
    assert not signs_in(login, new)
    assert "Revoked" in page(owner.get(LOGINS))
    assert owner.get(path + "renew/")["location"] == LOGINS


def test_logins_ask_for_proof_and_keep_the_form(owner: Client, acme: Account) -> None:
    age_proofs(owner)
    asked = owner.post(LOGINS, {"name": "Backup"})
    assert not acme.api_logins.exists()
    password_in(owner.post(asked["location"], {"password": PASSWORD}))
    assert acme.api_logins.get().name == "Backup"


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_lower_roles_see_logins_and_change_none(acme: Account, bob: User, signed_in: SignedIn, role: Role) -> None:
    acme.memberships.filter(user=bob).update(role=role)
    login, _ = issuing.create_login(account=acme, name="Backup", by=COMMAND, grantor=None)
    client = signed_in(bob)
    shown = page(client.get(LOGINS))
    assert "Backup" in shown
    assert "New password…" not in shown
    for path in ("", f"{login.pk}/renew/", f"{login.pk}/revoke/"):
        assert client.post(LOGINS + path, {"name": "x"}).status_code == 403


def test_a_stranger_reaches_no_login(acme: Account, other: Account, charlie: User, signed_in: SignedIn) -> None:
    login, _ = issuing.create_login(account=acme, name="Backup", by=COMMAND, grantor=None)
    client = signed_in(charlie)
    assert "Backup" not in page(client.get(LOGINS))
    for path in ("renew", "revoke", "shown"):
        assert client.get(f"{LOGINS}{login.pk}/{path}/").status_code == 404
    assert client.post(f"{LOGINS}{login.pk}/revoke/").status_code == 404


def test_a_login_without_a_name_is_not_made(owner: Client, acme: Account) -> None:
    assert owner.post(LOGINS, {"name": ""}).status_code == 422
    assert not acme.api_logins.exists()


# JWTs
def jwt_of(account: Account, name: str = "Backup", **asked: Any) -> Issued:
    login, password = issuing.create_login(account=account, name=name, by=COMMAND, grantor=None)
    caller = authenticate_login(login.username, password, dialect="smsgate", address="127.0.0.1")
    return issuing.issue_access(caller, **{"scopes": ["messages:send", "logs:read"], "by": COMMAND, **asked})


def revoking(issued: Issued) -> str:
    return f"{LOGINS}{issued.access.login.pk}/access/{issued.access.jti}/revoke/"


def test_the_jwts_of_a_login_stand_below_it(owner: Client, acme: Account, other: Account) -> None:
    assert "access token" not in page(owner.get(LOGINS))
    issued, foreign = jwt_of(acme), jwt_of(other)
    shown = page(owner.get(LOGINS))
    assert "1 access token (JWT)" in shown
    for text in (issued.access.jti, "messages:send, logs:read", "Active", "can be renewed until", revoking(issued)):
        assert text in shown
    for hidden in (issued.access_jwt, issued.refresh_jwt, issued.access.refresh_jti, foreign.access.jti):
        assert hidden not in shown


def test_a_jwt_is_asked_for_and_ended(owner: Client, acme: Account) -> None:
    ended, kept = jwt_of(acme, "one"), jwt_of(acme, "two")
    asked = page(owner.get(revoking(ended)))
    assert "for good?" in asked
    assert ended.access.jti in asked
    assert AccessToken.objects.filter(revoked_at=None).count() == 2
    assert owner.post(revoking(ended))["location"] == LOGINS
    assert list(AccessToken.objects.filter(revoked_at=None)) == [kept.access]
    shown = page(owner.get(LOGINS))
    assert "Revoked" in shown
    assert revoking(ended) not in shown
    assert owner.get(revoking(ended))["location"] == LOGINS
    assert "access token" in page(owner.get(SECURITY))


def test_what_still_works_stands_first_and_the_rest_is_counted(owner: Client, acme: Account) -> None:
    issued = jwt_of(acme)
    login = issued.access.login
    now = timezone.now()
    AccessToken.objects.bulk_create(
        AccessToken(login=login, jti=f"a{n}", refresh_jti=f"r{n}", expires_at=now, refresh_expires_at=now)
        for n in range(25)
    )
    shown = page(owner.get(LOGINS))
    assert shown.index(issued.access.jti) < shown.index(">a24<") < shown.index(">a6<")
    assert ">a5<" not in shown
    assert "And 6 older ones" in shown


def test_ending_a_jwt_asks_for_proof(owner: Client, acme: Account) -> None:
    issued = jwt_of(acme)
    age_proofs(owner)
    asked = owner.post(revoking(issued))
    assert not AccessToken.objects.exclude(revoked_at=None).exists()
    owner.post(asked["location"], {"password": PASSWORD}, follow=True)
    assert AccessToken.objects.get().revoked_at


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_lower_roles_see_jwts_and_end_none(acme: Account, bob: User, signed_in: SignedIn, role: Role) -> None:
    acme.memberships.filter(user=bob).update(role=role)
    issued, client = jwt_of(acme), signed_in(bob)
    shown = page(client.get(LOGINS))
    assert issued.access.jti in shown
    assert revoking(issued) not in shown
    assert client.post(revoking(issued)).status_code == 403
    assert not AccessToken.objects.exclude(revoked_at=None).exists()


@pytest.mark.parametrize("jti", ["x", "%00", "%ED%A0%80", "%C3%A9", "x" * 2000])
def test_what_is_no_id_of_a_jwt_names_none(owner: Client, acme: Account, jti: str) -> None:
    login = jwt_of(acme).access.login
    assert owner.get(f"{LOGINS}{login.pk}/access/{jti}/revoke/").status_code == 404


def test_a_stranger_reaches_no_jwt(acme: Account, other: Account, charlie: User, signed_in: SignedIn) -> None:
    issued, mine, client = jwt_of(acme), jwt_of(other), signed_in(charlie)
    for path in (revoking(issued), f"{LOGINS}{mine.access.login.pk}/access/{issued.access.jti}/revoke/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    assert client.get(f"{LOGINS}{mine.access.login.pk}/access/x/revoke/").status_code == 404
    assert not AccessToken.objects.exclude(revoked_at=None).exists()


# The account's own list
def test_the_address_list_holds_at_once_and_is_audited(owner: Client, acme: Account, alice: User) -> None:
    _, secret = make(acme)
    owner.post(SECURITY, {"networks": "203.0.113.0/24", "mine": "on"})
    acme.refresh_from_db()
    assert acme.allowed_networks == ["203.0.113.0/24", "127.0.0.1/32"]
    with pytest.raises(Denied) as refused:
        authenticate_token(secret, dialect="startmessaging", address="198.51.100.1")
    assert refused.value.denial == Denial.ADDRESS
    entry = AuditEntry.objects.get(action="account.networks_changed")
    assert (entry.actor, entry.changes) == (alice, {"allowed_networks": [[], ["203.0.113.0/24", "127.0.0.1/32"]]})
    assert "Address list changed" in page(owner.get(SECURITY))


def test_leaving_oneself_out_is_said(owner: Client, acme: Account) -> None:
    saved = page(owner.post(SECURITY, {"networks": "203.0.113.0/24"}, follow=True))
    assert "Your own address, 127.0.0.1, is not on it" in saved
    assert "Your own address is not on the list" in page(owner.get(SECURITY))


def test_a_wrong_list_is_refused_by_line(owner: Client, acme: Account) -> None:
    answer = owner.post(SECURITY, {"networks": "203.0.113.0/24\nhome"})
    assert answer.status_code == 422
    assert "Line 2: “home” is not an IP address or range." in page(answer)
    acme.refresh_from_db()
    assert acme.allowed_networks == []


def test_the_list_asks_for_proof(owner: Client, acme: Account) -> None:
    age_proofs(owner)
    asked = owner.post(SECURITY, {"networks": "203.0.113.0/24"})
    acme.refresh_from_db()
    assert acme.allowed_networks == []
    owner.post(asked["location"], {"password": PASSWORD})
    acme.refresh_from_db()
    assert acme.allowed_networks == ["203.0.113.0/24"]


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_lower_roles_see_the_list_and_change_nothing(acme: Account, bob: User, signed_in: SignedIn, role: Role) -> None:
    set_networks(acme, ["203.0.113.0/24"], by=COMMAND, grantor=None)
    acme.memberships.filter(user=bob).update(role=role)
    client = signed_in(bob)
    shown = page(client.get(SECURITY))
    assert "203.0.113.0/24" in shown
    assert "<textarea" not in shown
    assert client.post(SECURITY, {"networks": ""}).status_code == 403


def test_saving_what_is_there_already_writes_nothing(acme: Account, alice: User) -> None:
    by = Actor(label=alice.email, proof="session", user=alice)
    set_networks(acme, ["203.0.113.7", "203.0.113.7/32"], by=by, grantor=None)
    set_networks(acme, ["203.0.113.7/32"], by=by, grantor=None)
    assert AuditEntry.objects.filter(action="account.networks_changed").count() == 1
