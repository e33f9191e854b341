"""Making, renewing and ending access tokens: the JWTs of API logins.

Programs make them by themselves, day and night, so that is said in the account's journal, not in its audit log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import journal
from accounts.audit import GATEWAY, Actor
from accounts.models import Account, Priority
from tokens import crypto, jwt
from tokens.authentication import Caller, authenticate_access
from tokens.authentication.caller import note_refusal
from tokens.authentication.logins import why_not_access
from tokens.errors import Denial, Denied
from tokens.issuing import changing
from tokens.issuing.cleaning import clean_scopes
from tokens.issuing.granting import Grant, Granting, check_grant
from tokens.jwt import LONGEST_ACCESS, REFRESH, Issued
from tokens.models import AccessToken, ApiLogin
from tokens.scopes import KeyType, Scope

_REPEAT = timedelta(minutes=1)  # within which a used refresh token is a request that was sent twice, not a theft
_ANY = Grant(scopes=[Scope.TOKENS_MANAGE])  # what it takes to end a JWT with a JWT


def issue_access(caller: Caller, *, scopes: object, ttl: object = None, by: Actor) -> Issued:
    """Make an access token and its refresh token for the caller's login.

    `ttl` is in seconds; none, or 0, is the most there is (24 hours), and more is cut down to that. Raises
    ValidationError by field (`scopes`, `ttl`), Denied: SCOPE without `tokens:manage`, GRANT for a scope that a JWT
    has not itself or a caller that is no login, REVOKED where the login ended or got another password meanwhile.
    """
    wanted, lifetime = _clean(scopes, ttl)
    if caller.login is None:
        raise Denied(Denial.GRANT, "Access tokens are given to API logins alone.")
    with _locked(caller.login) as login:
        check_grant(caller, login.account, Grant(scopes=wanted))
        issued = _make(login, scopes=wanted, lifetime=lifetime)
    journal.note(
        login.account, Priority.INFO, "auth", "Issued an access token", access_token=issued.access.jti, by=by.label
    )
    return issued


def refresh_access(text: str | None, *, dialect: str, address: str) -> Issued:
    """Take a refresh token, which works once, and give a new pair with the same scopes.

    The access token that came with it works on until it ends. A refresh token that comes again, later than one whose
    answer was lost, is in two hands: all that came of its first access token ends (RFC 9700, 4.14.2).
    Raises Denied: SCOPE (`tokens:refresh`) for an access token, REVOKED for a refresh token that was used, and else as
    `authenticate_access` does.
    """
    if text is None or not text.strip():
        raise Denied(Denial.MISSING)
    claims = jwt.read(text)
    if not claims.is_refresh:
        authenticate_access(text, dialect=dialect, address=address).require(Scope.TOKENS_REFRESH)
    rows = AccessToken.objects.select_related("login__account__plan")
    row = rows.filter(refresh_jti=claims.jti).first()
    if row is None:
        raise Denied(Denial.UNKNOWN)
    is_expired = claims.is_expired or row.refresh_expires_at <= timezone.now()
    denial = why_not_access(row, address=address, is_expired=is_expired)
    issued = None if denial else _renew(row)
    if issued is None:
        denial = denial or Denial.REVOKED
        _end_family(row)
        note_refusal(row, denial, address=address, kind="a refresh token", api=dialect)
        raise Denied(denial)
    journal.note(row.account, Priority.INFO, "auth", "Renewed an access token", access_token=issued.access.jti)
    return issued


def _renew(row: AccessToken) -> Issued | None:
    """Use the refresh token and make the new pair; None where another request was quicker, or the login ended."""
    with _locked(row.login) as login:
        unused = AccessToken.objects.filter(pk=row.pk, revoked_at=None, refresh_used_at=None)
        if login.revoked_at or not unused.update(refresh_used_at=timezone.now()):
            return None
        return _make(login, scopes=row.scopes, lifetime=LONGEST_ACCESS, family=row.family)


def _end_family(row: AccessToken) -> None:
    """End what came of a refresh token that was used a while ago and is sent again."""
    now = timezone.now()
    if not row.family or row.refresh_used_at is None or now - row.refresh_used_at < _REPEAT:
        return
    with _locked(row.login) as login:
        live = AccessToken.objects.filter(login=login, family=row.family, revoked_at=None)
        ended = live.update(revoked_at=now)
        if ended:
            changing.record(login, "login.access_ended", by=GATEWAY, changes={"access_tokens": [ended, 0]})
    if ended:
        journal.note(login.account, Priority.WARN, "auth", "A used refresh token was sent again", ended=ended)


def revoke_access(account: Account, jti: str, *, by: Actor, grantor: Granting) -> bool:
    """End an access token of the account and its refresh token; False if there is none that could be ended.

    Raises Denied as the other verbs do, but a JWT with `tokens:manage` may end any of its account's.
    """
    with changing.locked(account) as account:
        rows = AccessToken.objects.for_account(account).select_related("login__account")
        row = rows.filter(jti=jti).first() if crypto.is_jti(jti) else None
        is_by_access = isinstance(grantor, Caller) and grantor.access is not None
        check_grant(grantor, account, Grant.of(row) if row and not is_by_access else _ANY)
        if row is None or not row.is_live:
            return False
        entry = changing.apply(row, {"revoked_at": timezone.now()})
        changing.record(row, "access_token.revoked", by=by, changes=entry)
    return True


def prune_access(limit: int) -> int:
    """Delete up to `limit` access tokens that ended long ago, with their refresh tokens; returns how many."""
    oldest = AccessToken.objects.order_by("pk").values_list("pk", "refresh_expires_at")[:limit]
    ended = timezone.now() - REFRESH
    return AccessToken.objects.filter(pk__in=[pk for pk, at in oldest if at < ended]).delete()[0]


@contextmanager
def _locked(login: ApiLogin) -> Iterator[ApiLogin]:
    """Give a login JWTs one at a time, and none while it is renewed or revoked."""
    with transaction.atomic():
        rows = ApiLogin.objects.select_for_update(of=("self",), no_key=True).select_related("account")
        yield rows.get(pk=login.pk)


def _make(login: ApiLogin, *, scopes: list[str], lifetime: timedelta, family: str = "") -> Issued:
    jti, now = crypto.new_jti(), timezone.now().replace(microsecond=0)  # a JWT's times are whole seconds
    row = AccessToken.objects.create(
        login=login,
        jti=jti,
        family=family or jti,
        scopes=scopes,
        created_at=now,
        expires_at=now + lifetime,
        refresh_jti=crypto.new_jti(),
        refresh_expires_at=now + REFRESH,
    )
    return jwt.signed(row)


def _clean(scopes: object, ttl: object) -> tuple[list[str], timedelta]:
    complaints: dict[str, list[str]] = {}
    wanted, seconds = [], LONGEST_ACCESS.total_seconds()
    try:
        wanted = clean_scopes(scopes, type=KeyType.PRODUCTION)
    except ValidationError as error:
        complaints["scopes"] = error.messages
    else:
        if not wanted:
            complaints["scopes"] = ["Name at least one permission."]
    if ttl is not None and (not isinstance(ttl, int) or isinstance(ttl, bool) or ttl < 0):
        complaints["ttl"] = ["A lifetime is a whole number of seconds, 0 or more."]
    elif isinstance(ttl, int) and ttl:
        seconds = min(ttl, seconds)
    if complaints:
        raise ValidationError(complaints)
    return wanted, timedelta(seconds=seconds)
