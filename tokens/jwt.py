"""The form of the JWTs we issue: HS256, signed with a key of their own. `tokens.issuing` makes them, and their rows.

Claims: `jti`, `iss`, `sub` and `user_id` (the login's user name), `iat`, `exp`, `scopes`. A refresh token has the
scope `tokens:refresh` alone, and `original_scopes`: what it is renewed with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import Token

from tokens import crypto
from tokens.errors import Denial, Denied
from tokens.models import AccessToken
from tokens.scopes import Scope

LONGEST_ACCESS = timedelta(hours=24)
REFRESH = timedelta(days=30)
_FORM = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_LONGEST = 4096  # characters; ours have fewer than 1,500 with every scope there is


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token's row with the two JWTs, which are not kept."""

    access: AccessToken
    access_jwt: str = field(repr=False)
    refresh_jwt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a JWT of ours says. Its signature is right; whether it still works is in its row."""

    jti: str
    is_refresh: bool
    is_expired: bool = False


class _Jwt(Token):
    token_type = "access"
    lifetime = LONGEST_ACCESS

    def get_token_backend(self) -> TokenBackend:
        return _backend(crypto.signing_key("jwt"), settings.GATEWAY_JWT_ISSUER)

    def verify_token_type(self) -> None:
        """Its scopes say what it is for; SMSGate's JWTs have no claim for the type."""


@cache
def _backend(key: str, issuer: str) -> TokenBackend:
    return TokenBackend("HS256", signing_key=key, issuer=issuer)


def signed(row: AccessToken) -> Issued:
    """Return the row with its two JWTs."""
    refresh = {"scopes": [Scope.TOKENS_REFRESH], "original_scopes": row.scopes}
    return Issued(
        access=row,
        access_jwt=_sign(row, jti=row.jti, exp=int(row.expires_at.timestamp()), scopes=row.scopes),
        refresh_jwt=_sign(row, jti=row.refresh_jti, exp=int(row.refresh_expires_at.timestamp()), **refresh),
    )


def _sign(row: AccessToken, **claims: Any) -> str:
    made = _Jwt()
    username = row.login.username
    made.payload = {"sub": username, "user_id": username, "iat": int(row.created_at.timestamp()), **claims}
    return str(made)


def read(text: str) -> Claims:
    """Return what a JWT of ours says; raises Denied (UNKNOWN) for anything else.

    Signature, algorithm, issuer, `exp` and an `iat` that is not in the future are checked here.
    """
    if len(text) > _LONGEST or not _FORM.fullmatch(text):
        raise Denied(Denial.UNKNOWN)
    try:
        payload, is_expired = _payload(text)
    except (TokenError, ValueError, TypeError, ArithmeticError, RecursionError) as error:  # what strangers can write
        raise Denied(Denial.UNKNOWN) from error
    jti, scopes = payload.get("jti"), payload.get("scopes")
    if not isinstance(jti, str) or not isinstance(scopes, list) or not payload.get("user_id"):
        raise Denied(Denial.UNKNOWN)
    return Claims(jti=jti, is_refresh=Scope.TOKENS_REFRESH in scopes, is_expired=is_expired)


def _payload(text: str) -> tuple[dict[str, Any], bool]:
    """Return the claims, and whether they have expired: the signature is checked before that is."""
    try:
        return _Jwt(text).payload, False  # type: ignore[arg-type]  # simplejwt's own word for the encoded form
    except ExpiredTokenError:
        return _Jwt(text, verify=False).payload, True  # type: ignore[arg-type]
