"""Settings → People, switching accounts, and what a stranger sees."""

import re
from unittest.mock import patch

import pytest
from django.core import mail
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, Invitation, User
from accounts.opening import change_role, join_account, remove_member
from accounts.roles import Role
from tests.conftest import SignedIn

PEOPLE = "/settings/people/"


def role_of(account: Account, user: User) -> str:
    return account.memberships.get(user=user).role


def test_the_page_asks_for_sign_in(client: Client, acme: Account) -> None:
    answer = client.get(PEOPLE)
    assert (answer.status_code, answer["location"]) == (302, "/accounts/login/?next=/settings/people/")


@pytest.mark.parametrize("role", Role)
def test_every_role_sees_who_works_here_and_managers_may_invite(
    acme: Account, bob: User, signed_in: SignedIn, role: Role
) -> None:
    acme.memberships.filter(user=bob).update(role=role)
    page = signed_in(bob).get(PEOPLE).content.decode()
    assert "Alice Ames" in page
    assert ("Invite a person" in page) is (role in {Role.OWNER, Role.ADMIN})
    assert ('value="owner"' in page) is (role == Role.OWNER)


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER])
def test_lower_roles_change_nobody_and_are_told_whom_to_ask(
    acme: Account, alice: User, bob: User, signed_in: SignedIn, role: Role
) -> None:
    acme.memberships.filter(user=bob).update(role=role)
    client, target = signed_in(bob), acme.memberships.get(user=alice)
    for path, data in (
        ("invite/", {"email": "dana@new.example", "role": "viewer"}),
        (f"{target.pk}/role/", {"role": "viewer"}),
        (f"{target.pk}/remove/", {}),
    ):
        answer = client.post(PEOPLE + path, data)
        assert answer.status_code == 403
        assert "Ask Alice Ames (owner)." in answer.content.decode()
    assert role_of(acme, alice) == Role.OWNER
    assert not Invitation.objects.exists()


def test_an_invitation_is_mailed_and_its_link_shown_once(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    answer = client.post(PEOPLE + "invite/", {"email": "Dana@new.example", "role": "developer"})
    shown = re.search(r"http://localhost:8000(/accounts/invitations/\S+/)<", answer.content.decode())
    assert shown
    assert "no-store" in answer["cache-control"]
    [sent] = mail.outbox
    assert sent.to == ["dana@new.example"]
    assert shown[1] in str(sent.body)
    assert "acme" in sent.subject
    later = client.get(PEOPLE).content.decode()
    assert "dana@new.example" in later
    assert shown[1] not in later
    assert Client().get(shown[1], follow=True).status_code == 200


def test_an_invitation_survives_a_mail_server_that_is_down(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    with patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=OSError("down")):
        answer = client.post(PEOPLE + "invite/", {"email": "dana@new.example", "role": "viewer"})
    assert "Hand the link over yourself" in answer.content.decode()
    assert Invitation.objects.filter(email="dana@new.example").exists()


def test_nobody_mails_invitations_without_end(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    asked = {"email": "dana@new.example", "role": "viewer"}
    answers = [client.post(PEOPLE + "invite/", asked).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]
    assert len(mail.outbox) == 30


def test_inviting_again_ends_the_earlier_link(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    for _ in range(2):
        client.post(PEOPLE + "invite/", {"email": "dana@new.example", "role": "viewer"})
    assert Invitation.objects.count() == 1


def test_a_member_is_not_invited_again(acme: Account, alice: User, signed_in: SignedIn) -> None:
    answer = signed_in(alice).post(PEOPLE + "invite/", {"email": "BOB@acme.example", "role": "viewer"})
    assert answer.status_code == 422
    assert "in acme already" in answer.content.decode()


def test_an_admin_invites_no_owner(acme: Account, bob: User, signed_in: SignedIn) -> None:
    change_role(acme.memberships.get(user=bob), Role.ADMIN, by=COMMAND, grantor=None)
    answer = signed_in(bob).post(PEOPLE + "invite/", {"email": "dana@new.example", "role": "owner"})
    assert answer.status_code == 422
    assert not Invitation.objects.exists()


def test_an_invitation_is_revoked(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    client.post(PEOPLE + "invite/", {"email": "dana@new.example", "role": "viewer"})
    client.post(f"{PEOPLE}invitations/{Invitation.objects.get().pk}/revoke/")
    assert not Invitation.objects.exists()


def test_a_change_of_role_says_who_made_it_and_from_where(
    acme: Account, alice: User, bob: User, signed_in: SignedIn
) -> None:
    member = acme.memberships.get(user=bob)
    signed_in(alice).post(f"{PEOPLE}{member.pk}/role/", {"role": "viewer"})
    assert role_of(acme, bob) == Role.VIEWER
    entry = AuditEntry.objects.get(action="member.role_changed")
    assert (entry.actor, entry.proof, entry.address) == (alice, "session", "127.0.0.1")
    assert entry.changes == {"role": ["developer", "viewer"]}


def test_the_last_owner_is_told_why_they_cannot_leave(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client, owner = signed_in(alice), acme.memberships.get(user=alice)
    assert "Leave acme?" in client.get(f"{PEOPLE}{owner.pk}/remove/").content.decode()
    answer = client.post(f"{PEOPLE}{owner.pk}/remove/", follow=True)
    assert "always keeps one owner" in answer.content.decode()


def test_a_removed_person_is_out_at_once_and_may_open_an_account(
    acme: Account, alice: User, bob: User, signed_in: SignedIn
) -> None:
    client = signed_in(bob)
    signed_in(alice).post(f"{PEOPLE}{acme.memberships.get(user=bob).pk}/remove/")
    page = client.get(PEOPLE)
    assert page.status_code == 403
    assert "You are not in any account." in page.content.decode()
    client.post("/accounts/open/", {"name": "Bell & Co"})
    assert bob.memberships.get().account.name == "Bell & Co"


def test_nobody_in_an_account_opens_another_to_widen_their_plan(acme: Account, bob: User, signed_in: SignedIn) -> None:
    signed_in(bob).post("/accounts/open/", {"name": "second"})
    assert bob.memberships.count() == 1


def test_where_sign_up_is_closed_a_person_without_account_opens_none(
    acme: Account, bob: User, signed_in: SignedIn, settings: object
) -> None:
    settings.GATEWAY_SIGNUP = "invite"  # type: ignore[attr-defined]
    remove_member(acme.memberships.get(user=bob), by=COMMAND, grantor=None)
    client = signed_in(bob)
    assert "open an account" not in client.get(PEOPLE).content.decode()
    client.post("/accounts/open/", {"name": "mine"})
    assert not bob.memberships.exists()


def test_a_person_with_two_accounts_switches_between_them(
    acme: Account, other: Account, bob: User, signed_in: SignedIn
) -> None:
    join_account(user=bob, account=other, role=Role.VIEWER, by=COMMAND)
    client = signed_in(bob)
    assert "Alice Ames" in client.get(PEOPLE).content.decode()
    assert client.post("/accounts/switch/", {"account": str(other.pk)}).status_code == 302
    page = client.get(PEOPLE).content.decode()
    assert "Charlie Cole" in page
    assert "Alice Ames" not in page


@pytest.mark.parametrize("account", ["", "x", "0", "9" * 30, "١"])
def test_switching_to_no_account_of_mine_is_refused(
    acme: Account, bob: User, signed_in: SignedIn, account: str
) -> None:
    client = signed_in(bob)
    assert client.post("/accounts/switch/", {"account": account}).status_code == 404
    assert "Alice Ames" in client.get(PEOPLE).content.decode()


def test_a_stranger_sees_and_changes_nothing(
    acme: Account, other: Account, alice: User, bob: User, charlie: User, signed_in: SignedIn
) -> None:
    signed_in(alice).post(PEOPLE + "invite/", {"email": "dana@new.example", "role": "viewer"})
    client, member, waiting = signed_in(charlie), acme.memberships.get(user=bob), Invitation.objects.get()
    assert "acme" not in client.get(PEOPLE).content.decode()
    for path in (
        f"{PEOPLE}{member.pk}/role/",
        f"{PEOPLE}{member.pk}/remove/",
        f"{PEOPLE}invitations/{waiting.pk}/revoke/",
    ):
        assert client.post(path, {"role": "viewer"}).status_code == 404
    assert client.post("/accounts/switch/", {"account": str(acme.pk)}).status_code == 404
    assert acme.memberships.count() == 2
    assert Invitation.objects.count() == 1


def test_the_theme_is_kept_for_a_year_and_leads_back(client: Client) -> None:
    answer = client.post("/accounts/theme/", {"theme": "dark", "next": "/settings/people/"})
    assert answer["location"] == "/settings/people/"
    cookie = answer.cookies["theme"]
    assert (cookie.value, cookie["samesite"], cookie["max-age"]) == ("dark", "Lax", 31_536_000)
    assert client.post("/accounts/theme/", {"theme": ""}).cookies["theme"].value == ""


def test_the_theme_leads_to_no_foreign_host(client: Client) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert client.post("/accounts/theme/", {"theme": "dark", "next": target})["location"] == "/"
