"""Signing up in three modes, by invitation, and as the first owner."""

import re
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts import first_run
from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, Invitation, User
from accounts.opening import NotPossible, accept_invitation, invite, revoke_invitation
from accounts.roles import Role
from tests.conftest import PASSWORD, SignedIn

NEW = {"email": "Dana@new.example", "password1": PASSWORD}
OWNER = {"email": "olga@here.example", "password": PASSWORD, "account": "Here"}


def invited(account: Account, *, email: str = "dana@new.example", role: Role = Role.VIEWER) -> str:
    """Return the path of a fresh invitation's link."""
    _, secret = invite(account=account, email=email, role=role, by=COMMAND, grantor=None)
    return f"/accounts/invitations/{secret}/"


@pytest.mark.django_db
def test_a_new_person_owns_an_account_named_from_their_address(client: Client) -> None:
    assert client.post("/accounts/signup/", NEW).status_code == 302
    user = User.objects.get(email="dana@new.example")
    member = user.memberships.get()
    assert (member.account.name, member.account.plan.code, member.role) == ("dana", "free", Role.OWNER)
    assert client.session["_auth_user_id"] == str(user.pk)
    entry = AuditEntry.objects.exclude(action="user.signed_in").get(account=member.account)
    assert (entry.action, entry.actor, entry.address) == ("account.opened", user, "127.0.0.1")


@pytest.mark.django_db
def test_nothing_is_left_of_a_sign_up_that_broke(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no account today")

    monkeypatch.setattr("accounts.signing_up.open_account", broken)
    with pytest.raises(RuntimeError):
        client.post("/accounts/signup/", NEW)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_short_password_is_refused(client: Client) -> None:
    answer = client.post("/accounts/signup/", {**NEW, "password1": "short"})
    assert "at least 10 characters" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("mode", ["invite", "closed"])
@pytest.mark.django_db
def test_without_invitation_sign_up_is_refused_in_plain_words(client: Client, settings: Settings, mode: str) -> None:
    settings.GATEWAY_SIGNUP = mode
    for answer in (client.get("/accounts/signup/"), client.post("/accounts/signup/", NEW)):
        assert "Sign-up is" in answer.content.decode()
    assert not User.objects.exists()


def test_an_invitation_leads_through_sign_up_into_the_account(
    client: Client, settings: Settings, acme: Account
) -> None:
    settings.GATEWAY_SIGNUP = "invite"
    page = client.get(invited(acme), follow=True)
    assert page.redirect_chain == [("/accounts/invitations/", 302)]
    assert "Join acme" in page.content.decode()
    assert client.post("/accounts/signup/", NEW).status_code == 302
    member = User.objects.get(email="dana@new.example").memberships.get()
    assert (member.account, member.role) == (acme, Role.VIEWER)


def test_where_sign_up_is_closed_an_invitation_serves_only_people_who_exist(
    client: Client, settings: Settings, acme: Account, charlie: User, signed_in: SignedIn
) -> None:
    settings.GATEWAY_SIGNUP = "closed"
    link = invited(acme)
    client.get(link)
    client.post("/accounts/signup/", NEW)
    assert not User.objects.filter(email="dana@new.example").exists()
    known = signed_in(charlie)
    known.get(link)
    known.post("/accounts/invitations/")
    assert acme.memberships.get(user=charlie).role == Role.VIEWER


def test_a_signed_in_person_joins_and_works_in_the_account_from_then_on(
    acme: Account, other: Account, charlie: User, signed_in: SignedIn
) -> None:
    client = signed_in(charlie)
    assert client.get(invited(acme, role=Role.ADMIN), follow=True).status_code == 200
    assert client.post("/accounts/invitations/").status_code == 302
    page = client.get("/settings/people/")
    assert "alice@acme.example" in page.content.decode()


def test_an_invitation_works_once(client: Client, acme: Account, charlie: User, signed_in: SignedIn) -> None:
    link = invited(acme)
    first, second = signed_in(charlie), client
    second.get(link)
    first.get(link)
    first.post("/accounts/invitations/")
    assert second.get("/accounts/invitations/").status_code == 410
    assert second.get(link, follow=True).status_code == 410


def test_an_invitation_ends_after_a_week_or_when_revoked(client: Client, acme: Account) -> None:
    link = invited(acme)
    with time_machine.travel("2090-01-01"):
        assert client.get(link, follow=True).status_code == 410
    assert client.get(link, follow=True).status_code == 200
    revoke_invitation(Invitation.objects.get(), by=COMMAND, grantor=None)
    assert client.get(link, follow=True).status_code == 410
    assert client.get("/accounts/invitations/made-up/", follow=True).status_code == 410


def test_only_the_digest_of_an_invitation_is_stored(acme: Account) -> None:
    secret = invited(acme).split("/")[-2]
    row = Invitation.objects.filter(account=acme).values().get()
    assert not any(secret in str(value) for value in row.values())


def test_nobody_joins_through_an_invitation_they_hold_twice(acme: Account, bob: User, charlie: User) -> None:
    invitation, _ = invite(account=acme, email="x@new.example", role=Role.ADMIN, by=COMMAND, grantor=None)
    with pytest.raises(NotPossible, match="in acme already"):
        accept_invitation(invitation, user=bob, by=COMMAND)
    accept_invitation(invitation, user=charlie, by=COMMAND)  # the refusal above did not use it up
    assert acme.memberships.get(user=bob).role == Role.DEVELOPER


@pytest.mark.django_db
def test_the_first_person_becomes_owner_and_operator_and_is_signed_in(client: Client) -> None:
    link = first_run.make_link()
    assert "Create the owner" in client.get(link).content.decode()
    assert client.post(link, OWNER).status_code == 302
    owner = User.objects.get()
    assert (owner.email, owner.is_staff, owner.is_superuser) == ("olga@here.example", True, True)
    assert owner.emailaddress_set.get().verified  # type: ignore[attr-defined]  # allauth has no types
    assert (owner.memberships.get().account.name, owner.memberships.get().role) == ("Here", Role.OWNER)
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_the_first_run_link_works_once(client: Client) -> None:
    link = first_run.make_link()
    client.post(link, OWNER)
    again = Client().post(link, {**OWNER, "email": "thief@there.example"})
    assert again.status_code == 410
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_forged_or_old_first_run_link_is_refused(client: Client) -> None:
    link = first_run.make_link()
    assert client.get(link[:-3] + "xx/").status_code == 410
    with time_machine.travel("2090-01-01"):
        assert client.get(link).status_code == 410
    assert client.get(link).status_code == 200


@pytest.mark.django_db
def test_the_first_owner_needs_a_good_password(client: Client) -> None:
    answer = client.post(first_run.make_link(), {**OWNER, "password": "1234567890"})
    assert "too common" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_first_owners_at_once_one_is_made() -> None:
    together, made, refused = Barrier(2), [], []

    def create(name: str) -> None:
        together.wait()
        try:
            made.append(
                first_run.create_owner(email=f"{name}@here.example", password=PASSWORD, account=name, address=None)
            )
        except NotPossible as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=create, args=(name,)) for name in ("olga", "oleg")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(refused)) == (1, 1)
    assert User.objects.count() == Account.objects.count() == 1


def test_a_forgotten_password_is_reset_by_a_mailed_link(client: Client, alice: User) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email}, headers={"host": "127.0.0.1"})
    [sent] = mail.outbox
    assert sent.to == [alice.email]
    found = re.search(r"http://localhost:8000(\S+)", str(sent.body))
    assert found, "the link leads to GATEWAY_URL whatever the request's host was"
    assert "Hello from Gatehouse!" in sent.body
    assert "127.0.0.1" not in sent.body
    form = client.get(urlsplit(found[1]).path, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "another long password", "password2": "another long password"})
    alice.refresh_from_db()
    assert alice.check_password("another long password")


@pytest.mark.django_db
def test_the_reset_page_does_not_say_who_has_an_account(client: Client, alice: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": alice.email})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@new.example"})
    assert (known.status_code, known["location"]) == (unknown.status_code, unknown["location"])


@pytest.mark.django_db
@pytest.mark.parametrize(("mode", "is_offered"), [("open", True), ("invite", False), ("closed", False)])
def test_the_sign_in_page_offers_an_account_only_where_one_can_be_had(
    client: Client, settings: Settings, mode: str, is_offered: bool
) -> None:
    settings.GATEWAY_SIGNUP = mode
    assert (b"Create an account" in client.get("/accounts/login/").content) is is_offered
