"""Opaque tokens by their secret."""

from __future__ import annotations

from accounts.networks import is_allowed
from tokens import crypto
from tokens.authentication.caller import Caller
from tokens.authentication.recent import Known, recent
from tokens.errors import Denial, Denied
from tokens.models import Token


def authenticate_token(secret: str | None, *, dialect: str, address: str) -> Caller:
    """Return the caller behind a token's secret; raises Denied, which carries the token if there is one."""
    if secret is None or not secret.strip():
        raise Denied(Denial.MISSING)
    if not crypto.is_wellformed(secret):
        raise Denied(Denial.UNKNOWN)
    digest = crypto.digest(secret)
    known = recent.find(digest, lambda: _read(crypto.lookup_of(secret), digest))
    token = known.credential if known else None
    if known is None or not isinstance(token, Token):
        raise Denied(Denial.UNKNOWN)
    if denial := _why_not(token, is_old=known.is_old, dialect=dialect, address=address):
        raise Denied(denial, token=token)
    return Caller(account=token.account, token=token, login=None, address=address, is_old_secret=known.is_old)


def _read(lookup: str, digest: str) -> Known | None:
    for token in Token.objects.with_lookup(lookup).select_related("account__plan"):
        if crypto.same(token.digest, digest):
            return Known(token)
        if crypto.same(token.old_digest, digest):
            return Known(token, is_old=True)
    return None


def _why_not(token: Token, *, is_old: bool, dialect: str, address: str) -> Denial | None:
    account = token.account
    refusals = (
        (Denial.UNKNOWN, is_old and not token.is_overlapping),
        (Denial.REVOKED, token.revoked_at is not None),
        (Denial.EXPIRED, token.is_expired),
        (Denial.PAUSED, token.paused_at is not None),
        (Denial.ACCOUNT_SUSPENDED, account.suspended_at is not None),
        (Denial.ADDRESS, not is_allowed(address, account.allowed_networks)),
        (Denial.ADDRESS, not is_allowed(address, token.networks)),
        (Denial.DIALECT, bool(token.dialects) and dialect not in token.dialects),
    )
    return next((denial for denial, holds in refusals if holds), None)
