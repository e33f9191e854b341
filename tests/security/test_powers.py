"""Nobody gets, through one door, what another door refuses them."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, Invitation, Membership, Plan, User
from accounts.opening import NotPossible, invite
from accounts.roles import Role
from messaging.models import Device, Message
from tests.conftest import PASSWORD, SignedIn
from tokens import issuing
from tokens.authentication import authenticate_token
from tokens.errors import Denied
from tokens.models import Token


@pytest.fixture
def office(acme: Account) -> Device:
    """A linked device that is not the sandbox."""
    return Device.objects.create(account=acme, name="Office", number="+15550100009", transport="smpp")


def test_a_developers_sandbox_token_unlinks_no_real_device(acme: Account, bob: User, office: Device) -> None:
    developer = Membership.objects.get(user=bob)
    _, secret = issuing.create_token(account=acme, name="mine", type="sandbox", by=COMMAND, grantor=developer)
    asked = json.dumps({"sender_device": office.digits})
    headers = {"Access-Token": secret}
    answer = Client().post("/api/delete", asked, content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert Client().get(f"/api/connect/{office.digits}", headers=headers).status_code == 403
    office.refresh_from_db()
    assert office.removed_at is None


def test_nobody_sends_for_a_suspended_account(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    Account.objects.update(suspended_at=timezone.now())
    form = {"to": "+966500000142", "text": "Hello", "once": "9a3e6a4e-6e0a-4f0a-9d3b-2b3c4d5e6f70"}
    answer = client.post("/messages/new/", form)
    assert (answer.status_code, Message.objects.count()) == (422, 0)
    assert "This account is suspended." in answer.content.decode()


def test_an_admin_does_not_end_an_owners_invitation_by_inviting_again(acme: Account, bob: User) -> None:
    admin = Membership.objects.get(user=bob)
    admin.role = Role.ADMIN
    admin.save()
    invite(account=acme, email="dana@new.example", role=Role.OWNER, by=COMMAND, grantor=None)
    with pytest.raises(NotPossible):
        invite(account=acme, email="dana@new.example", role=Role.VIEWER, by=COMMAND, grantor=admin)
    assert Invitation.objects.get().role == Role.OWNER


def test_an_invitation_that_another_replaces_leaves_a_trace(acme: Account) -> None:
    for role in (Role.VIEWER, Role.DEVELOPER):
        invite(account=acme, email="dana@new.example", role=role, by=COMMAND, grantor=None)
    found = AuditEntry.objects.filter(action__startswith="invitation.").order_by("pk")
    assert [entry.action for entry in found] == ["invitation.made", "invitation.revoked", "invitation.made"]


NEW_PASSWORD = {"password1": f"{PASSWORD} too", "password2": f"{PASSWORD} too", "usable_password": "true"}


def test_an_operator_with_fewer_rights_takes_over_no_superuser(alice: User, bob: User, signed_in: SignedIn) -> None:
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = signed_in(bob)
    assert client.post(f"/admin/accounts/user/{alice.pk}/password/", NEW_PASSWORD).status_code == 403
    assert client.post(f"/admin/accounts/user/{alice.pk}/change/", {"name": "x"}).status_code == 403
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert client.get(f"/admin/accounts/user/{bob.pk}/change/").status_code == 200


def test_a_password_that_an_operator_sets_leaves_a_trace(alice: User, bob: User, signed_in: SignedIn) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = signed_in(alice)
    client.post(f"/admin/accounts/user/{bob.pk}/password/", NEW_PASSWORD | {"password2": "another"})
    written = AuditEntry.objects.exclude(action="user.signed_in")
    assert not written.exists()
    client.post(f"/admin/accounts/user/{bob.pk}/password/", NEW_PASSWORD)
    entry = written.get()
    assert (entry.action, entry.target_id, entry.actor, entry.proof) == ("user.password_set", bob.pk, alice, "admin")
    assert entry.changes == {}


def test_an_expiry_lies_within_what_every_time_zone_can_show(
    acme: Account, alice: User, secret: str, signed_in: SignedIn
) -> None:
    Account.objects.update(time_zone="Asia/Riyadh")
    Plan.objects.update(requests_per_second=1_000_000)
    asked = json.dumps({"name": "forever", "expires_at": "9999-12-31T23:59:59Z"})
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().post("/api/v1/tokens", asked, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "expires_at")
    assert signed_in(alice).get("/tokens/").status_code == 200


def test_removing_a_person_asks_for_proof(acme: Account, alice: User, bob: User, signed_in: SignedIn) -> None:
    client, page = signed_in(alice), f"/settings/people/{Membership.objects.get(user=bob).pk}/remove/"
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        asked = client.post(page)
        assert asked["Location"].startswith("/accounts/reauthenticate/")
        assert acme.memberships.count() == 2
        client.post(asked["Location"], {"password": PASSWORD})
    assert acme.memberships.count() == 1


@pytest.mark.parametrize("name", ["Acme\r\nYour code is 1", "Acme\x1b[2J", "Acme\x85Ltd"])
def test_an_accounts_name_writes_no_lines_into_mails(name: str, charlie: User, signed_in: SignedIn) -> None:
    signed_in(charlie).post("/accounts/open/", {"name": name})
    assert not Account.objects.exists()


def test_of_two_regenerations_at_once_the_second_ends_no_secret(acme: Account) -> None:
    made, first = issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)
    one, other = (Token.objects.get(pk=made.pk) for _ in range(2))
    second = issuing.regenerate_token(one, overlap=timedelta(days=7), by=COMMAND, grantor=None)
    with pytest.raises(Denied):
        issuing.regenerate_token(other, overlap=timedelta(days=7), by=COMMAND, grantor=None)
    for secret in (first, second):
        assert authenticate_token(secret, dialect="gateway", address="127.0.0.1").token == made
