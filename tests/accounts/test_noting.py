"""What people do about their own sign-in is in the audit log of each of their accounts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from accounts.opening import join_account
from accounts.roles import Role
from tests.conftest import PASSWORD, SignedIn

NEW = "another long password"
Written = Callable[..., list[tuple[str, str, Any]]]


@pytest.fixture
def written() -> Written:
    """Return what accounts' logs say of the person: what was done, how it was proved, and what changed."""

    def read(user: User, account: Account) -> list[tuple[str, str, Any]]:
        entries = AuditEntry.objects.filter(account=account, target_type="user", target_id=user.pk).order_by("pk")
        assert all(entry.actor == user and entry.address == "127.0.0.1" for entry in entries)
        return [(entry.action, entry.proof, entry.changes) for entry in entries]

    return read


def test_signing_in_is_written_in_every_account_of_the_person(
    alice: User, acme: Account, other: Account, signed_in: SignedIn, written: Written
) -> None:
    join_account(user=alice, account=other, role=Role.DEVELOPER, by=COMMAND)
    signed_in(alice)
    assert written(alice, acme) == written(alice, other) == [("user.signed_in", "password", {})]


def test_a_person_without_an_account_is_in_the_gateways_own_log(alice: User, signed_in: SignedIn) -> None:
    signed_in(alice)
    assert AuditEntry.objects.get(account=None).action == "user.signed_in"


def test_a_wrong_password_writes_nothing(client: Client, alice: User, acme: Account, written: Written) -> None:
    client.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert not written(alice, acme)


def test_a_changed_password_is_written_and_never_itself(
    alice: User, acme: Account, signed_in: SignedIn, written: Written
) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert signed_in(alice).post("/accounts/password/change/", form).status_code == 302
    assert written(alice, acme)[1:] == [("user.password_changed", "session", {})]


def test_a_password_that_was_forgotten_is_proved_by_a_mail(
    client: Client, alice: User, acme: Account, written: Written
) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link
    page = client.get(link[0])
    client.post(page["location"], {"password1": NEW, "password2": NEW})
    assert written(alice, acme) == [("user.password_changed", "e-mail link", {})]
    assert User.objects.get(pk=alice.pk).check_password(NEW)


def test_addresses_are_written_with_what_they_were_and_are(
    alice: User, acme: Account, signed_in: SignedIn, written: Written
) -> None:
    client, new = signed_in(alice), "alice@new.example"
    client.post("/accounts/email/", {"action_add": "", "email": new})
    EmailAddress.objects.filter(email=new).update(verified=True)
    client.post("/accounts/email/", {"action_primary": "", "email": new})
    client.post("/accounts/email/", {"action_remove": "", "email": alice.email})
    assert written(alice, acme)[1:] == [
        ("user.email_added", "session", {"email": [None, new]}),
        ("user.email_changed", "session", {"email": [alice.email, new]}),
        ("user.email_removed", "session", {"email": [alice.email, None]}),
    ]


def test_second_factors_and_how_they_were_used_are_written(
    alice: User, acme: Account, signed_in: SignedIn, written: Written, django_capture_on_commit_callbacks: Any
) -> None:
    client = signed_in(alice)
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/2fa/recovery-codes/generate/")
    recovery = Authenticator.objects.get(user=alice, type=Authenticator.Type.RECOVERY_CODES)
    again = Client()
    again.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    again.post("/accounts/2fa/authenticate/", {"code": recovery.wrap().get_unused_codes()[0]})
    client.post("/accounts/2fa/totp/deactivate/")
    assert [(action, proof) for action, proof, _ in written(alice, acme)[1:]] == [
        ("user.authenticator_added", "session"),
        ("user.recovery_codes_added", "session"),
        ("user.recovery_codes_renewed", "session"),
        ("user.signed_in", "password and recovery code"),
        ("user.authenticator_removed", "session"),
        ("user.recovery_codes_removed", "session"),
    ]
    assert secret not in str(list(AuditEntry.objects.values()))


def test_another_name_of_a_passkey_is_written_with_the_one_before(
    alice: User, acme: Account, signed_in: SignedIn, written: Written
) -> None:
    client, data = signed_in(alice), {"name": "Passkey", "credential": {}}
    passkey = Authenticator.objects.create(user=alice, type=Authenticator.Type.WEBAUTHN, data=data)
    page = f"/accounts/2fa/webauthn/keys/{passkey.pk}/edit/"
    assert client.post(page, {"name": "a" * 101}).status_code == 200
    assert client.post(page, {"name": "Laptop"}).status_code == 302
    assert written(alice, acme)[-1] == ("user.passkey_renamed", "session", {"name": ["Passkey", "Laptop"]})
    assert "name from “Passkey” to “Laptop”" in client.get("/settings/audit/").content.decode()


def test_sessions_that_are_ended_elsewhere_are_written_where_there_are_any(
    alice: User, acme: Account, signed_in: SignedIn, written: Written
) -> None:
    client = signed_in(alice)
    client.post("/accounts/sessions/")
    for _ in range(2):
        Client().post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/sessions/")
    client.post("/accounts/sessions/")
    done = [entry for entry in written(alice, acme) if entry[0] != "user.signed_in"]
    assert done == [("user.sessions_ended", "session", {"number": 2})]


def code_of(secret: str) -> str:
    code: str = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    return code


def test_where_the_log_cannot_be_written_the_password_stays(
    alice: User, acme: Account, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(alice)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.noting.record", fail)
    with pytest.raises(RuntimeError):
        client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert User.objects.get(pk=alice.pk).check_password(PASSWORD)
