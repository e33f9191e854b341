"""What people do about their own sign-in, for the audit log of each account that it opens. Mostly, allauth tells us."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.audit import Actor, record
from accounts.models import Account, User

_MAIL = "e-mail link"
_KINDS = {
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.TOTP: "authenticator",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}


def note(
    request: HttpRequest, user: User, action: str, *, proof: str = "session", changes: dict[str, Any] | None = None
) -> None:
    """Write one entry into the log of each of the person's accounts, or into the gateway's own if they have none."""
    by = Actor(label=user.email, proof=proof, user=user, address=client_address(request) or None)
    mine = list(Account.objects.filter(memberships__user=user).order_by("pk"))  # so that two at once take turns
    with transaction.atomic():
        for each in mine or (None,):
            record(account=each, actor=by, action=f"user.{action}", target=user, changes=changes)


def note_password(request: HttpRequest, user: User) -> None:
    """Say that the person has another password: they are signed in, or came by the link that was mailed to them."""
    note(request, user, "password_changed", proof="session" if request.user == user else _MAIL)


def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    ways = [each.get("type", each["method"]) for each in get_authentication_records(request, user)]
    proof = " and ".join(_KINDS.get(way, way).replace("_codes", " code") for way in ways)
    note(request, user, "signed_in", proof=proof[:32])


def _email_added(request: HttpRequest, user: User, email_address: EmailAddress, **_: object) -> None:
    note(request, user, "email_added", changes={"email": [None, email_address.email]})


def _email_removed(request: HttpRequest, user: User, email_address: EmailAddress, **_: object) -> None:
    note(request, user, "email_removed", changes={"email": [email_address.email, None]})


def _email_confirmed(request: HttpRequest, email_address: EmailAddress, **_: object) -> None:
    note(request, email_address.user, "email_confirmed", proof=_MAIL, changes={"email": [None, email_address.email]})


def _email_changed(
    request: HttpRequest,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **_: object,
) -> None:
    before = from_email_address.email if from_email_address else None
    note(request, user, "email_changed", changes={"email": [before, to_email_address.email]})


def _way_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    note(request, user, f"{_KINDS[authenticator.type]}_added")


def _way_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    note(request, user, f"{_KINDS[authenticator.type]}_removed")


def _way_renewed(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    note(request, user, f"{_KINDS[authenticator.type]}_renewed")


def listen() -> None:
    account.user_logged_in.connect(_signed_in)
    account.email_added.connect(_email_added)
    account.email_removed.connect(_email_removed)
    account.email_confirmed.connect(_email_confirmed)
    account.email_changed.connect(_email_changed)
    mfa.authenticator_added.connect(_way_added)
    mfa.authenticator_removed.connect(_way_removed)
    mfa.authenticator_reset.connect(_way_renewed)
