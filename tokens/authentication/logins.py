"""API logins by their password, and by the JWTs that were issued to them."""

from __future__ import annotations

from accounts.networks import is_allowed
from tokens import crypto, jwt
from tokens.authentication.caller import Caller, note_refusal
from tokens.authentication.recent import Known, recent
from tokens.errors import Denial, Denied
from tokens.models import AccessToken, ApiLogin


def authenticate_login(username: str | None, password: str | None, *, dialect: str, address: str) -> Caller:
    """Return the caller behind an API login; raises Denied. Every dialect accepts a login."""
    if not username or not password:
        raise Denied(Denial.MISSING)
    if not crypto.is_username(username):
        raise Denied(Denial.UNKNOWN)
    digest = crypto.digest(password)
    known = recent.find(digest + username, lambda: _read_login(username, digest, dialect=dialect, address=address))
    login = known.credential if known else None
    if not isinstance(login, ApiLogin):
        raise Denied(Denial.UNKNOWN)
    if denial := _why_not(login, address):
        note_refusal(login, denial, address=address, api=dialect)
        raise Denied(denial)
    return Caller(account=login.account, token=None, login=login, address=address)


def _read_login(username: str, digest: str, *, dialect: str, address: str) -> Known | None:
    login = ApiLogin.objects.filter(username=username).select_related("account__plan").first()
    if login and not crypto.same(login.digest, digest):
        note_refusal(login, Denial.UNKNOWN, address=address, api=dialect)
        return None
    return Known(login) if login else None


def authenticate_access(text: str | None, *, dialect: str, address: str) -> Caller:
    """Return the caller behind a JWT: its login, with the JWT's scopes.

    Raises Denied: MISSING, UNKNOWN (malformed, forged, another's, or a refresh token), REVOKED, EXPIRED,
    ACCOUNT_SUSPENDED, ADDRESS.
    """
    if text is None or not text.strip():
        raise Denied(Denial.MISSING)
    claims = jwt.read(text)
    if claims.is_refresh:
        raise Denied(Denial.UNKNOWN, "A refresh token opens nothing but its renewal.")
    known = recent.find(f"jwt {claims.jti}", lambda: _read_access(claims.jti))
    access = known.credential if known else None
    if not isinstance(access, AccessToken):
        raise Denied(Denial.UNKNOWN)
    if denial := why_not_access(access, address=address, is_expired=claims.is_expired or access.is_expired):
        note_refusal(access, denial, address=address, api=dialect)
        raise Denied(denial)
    return Caller(account=access.account, token=None, login=access.login, address=address, access=access)


def _read_access(jti: str) -> Known | None:
    access = AccessToken.objects.filter(jti=jti).select_related("login__account__plan").first()
    return Known(access) if access else None


def why_not_access(access: AccessToken, *, address: str, is_expired: bool) -> Denial | None:
    """Return why neither the JWT nor its refresh token is accepted now, or None."""
    if access.revoked_at:
        return Denial.REVOKED
    return Denial.EXPIRED if is_expired else _why_not(access.login, address)


def _why_not(login: ApiLogin, address: str) -> Denial | None:
    if login.revoked_at:
        return Denial.REVOKED
    if login.account.suspended_at:
        return Denial.ACCOUNT_SUSPENDED
    return None if is_allowed(address, login.account.allowed_networks) else Denial.ADDRESS
