"""What the one who makes or changes a credential may give."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from accounts.models import Account, Membership
from accounts.networks import covers
from accounts.roles import Can
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.models import AccessToken, ApiLogin, Token
from tokens.scopes import KeyType, Scope, effective, is_unlimited

# A person by their role, a token or login by what it has itself, None for the operator.
Granting = Membership | Caller | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a credential is allowed; as it stands, everything: an API login has that."""

    type: str = KeyType.PRODUCTION
    scopes: Collection[str] = ()
    networks: Collection[str] = ()
    dialects: Collection[str] = ()
    expires_at: datetime | None = None
    requests_per_second: int | None = None

    @classmethod
    def of(cls, token: Token | AccessToken) -> Grant:
        if isinstance(token, AccessToken):
            return cls(scopes=token.scopes)
        return cls(
            type=token.type,
            scopes=token.scopes,
            networks=token.networks,
            dialects=token.dialects,
            expires_at=token.expires_at,
            requests_per_second=token.requests_per_second,
        )

    def after(self, changes: Mapping[str, Any]) -> Grant:
        """Return what this becomes with a token's changes."""
        return replace(self, **{name: value for name, value in changes.items() if name in self.__slots__})


_NEEDED = {
    KeyType.PRODUCTION: Can.MANAGE_TOKENS,
    KeyType.SANDBOX: Can.MANAGE_TEST_TOKENS,
    KeyType.READ_ONLY: Can.MANAGE_TEST_TOKENS,
}


def may_grant(membership: Membership, type: str) -> bool:
    """True if the person's role lets them make and change tokens of this type."""
    return membership.may(_NEEDED[KeyType(type)])


def check_grant(grantor: Granting, account: Account, wanted: Grant) -> None:
    """Raise Denied if the grantor may not give this, or take it away, in this account."""
    if grantor is None:
        return
    if grantor.account.pk != account.pk:
        raise Denied(Denial.GRANT, "This belongs to another account.")
    if isinstance(grantor, Caller):
        _check_caller(grantor, wanted)
    elif not may_grant(grantor, wanted.type):
        label = KeyType(wanted.type).label.lower()
        raise Denied(Denial.ROLE, f"Your role, {grantor.role}, may not create or change {label} credentials.")


def _check_caller(caller: Caller, wanted: Grant) -> None:
    caller = _as_it_is_now(caller)
    caller.require(Scope.TOKENS_MANAGE)
    limited = caller.token or caller.access
    has = Grant.of(limited) if limited else Grant()
    if excess := _excess(has, wanted):
        raise Denied(Denial.GRANT, f"A token gives at most what it has itself: {excess} goes beyond.")


def _as_it_is_now(caller: Caller) -> Caller:
    """Read the credential again, under the account's lock: it may have been narrowed or ended meanwhile."""
    if caller.token:
        token = Token.objects.live().filter(pk=caller.token.pk, paused_at=None).first()
        caller = replace(caller, token=token)
    elif caller.access:
        access = AccessToken.objects.filter(pk=caller.access.pk, revoked_at=None, login__revoked_at=None).first()
        caller = replace(caller, access=access, login=caller.login if access else None)
    elif caller.login:
        login = ApiLogin.objects.filter(pk=caller.login.pk, digest=caller.login.digest, revoked_at=None).first()
        caller = replace(caller, login=login)
    if caller.token is None and caller.login is None:
        raise Denied(Denial.REVOKED)
    return caller


def _excess(has: Grant, wanted: Grant) -> str | None:
    """Name what `wanted` allows beyond `has`, or None."""
    within = {
        "type": has.type in (KeyType.PRODUCTION, wanted.type),
        "scopes": is_unlimited(has.scopes) or (not is_unlimited(wanted.scopes) and _scopes(wanted) <= _scopes(has)),
        "networks": covers(has.networks, wanted.networks),
        "dialects": not has.dialects or (bool(wanted.dialects) and set(wanted.dialects) <= set(has.dialects)),
        "expires_at": has.expires_at is None or (wanted.expires_at is not None and wanted.expires_at <= has.expires_at),
        "requests_per_second": has.requests_per_second is None
        or (wanted.requests_per_second is not None and wanted.requests_per_second <= has.requests_per_second),
    }
    return next((field for field, is_within in within.items() if not is_within), None)


def _scopes(grant: Grant) -> frozenset[str]:
    return effective(grant.type, grant.scopes)
