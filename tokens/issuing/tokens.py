"""Making, changing and ending tokens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import Account
from tokens import crypto
from tokens.errors import Denial, Denied
from tokens.issuing import changing
from tokens.issuing.cleaning import clean
from tokens.issuing.granting import Grant, Granting, check_grant
from tokens.models import Token
from tokens.scopes import KeyType

DAY = timedelta(days=1)
OVERLAPS = (None, DAY, 7 * DAY)


class Changes(TypedDict, total=False):
    """What may be changed of a token. Its type may not: the secret's prefix says it."""

    name: str
    scopes: Iterable[str]
    networks: Iterable[str]
    dialects: Iterable[str]
    expires_at: datetime | None
    requests_per_second: int | None


def create_token(
    *,
    account: Account,
    name: str,
    type: str = KeyType.PRODUCTION,
    scopes: Iterable[str] = (),
    networks: Iterable[str] = (),
    dialects: Iterable[str] = (),
    expires_at: datetime | None = None,
    requests_per_second: int | None = None,
    by: Actor,
    grantor: Granting,
    known_dialects: Collection[str] | None = None,
) -> tuple[Token, str]:
    """Make a token; returns it with its secret, which is not kept.

    Raises ValidationError, or Denied: GRANT, ROLE, SCOPE, READ_ONLY, or TOKEN_LIMIT when the plan is full.
    """
    asked = {
        "name": name,
        "type": type,
        "scopes": scopes,
        "networks": networks,
        "dialects": dialects,
        "expires_at": expires_at,
        "requests_per_second": requests_per_second,
    }
    fields = clean(asked, type=type, known_dialects=known_dialects)
    with changing.locked(account) as account:
        token = Token(account=account, created_by=by.user, **fields)
        check_grant(grantor, account, Grant.of(token))
        _check_room(account)
        secret = _new_secret(token.type)
        token.lookup, token.hint = crypto.lookup_of(secret), crypto.hint_of(secret)
        token.digest = crypto.digest(secret)
        token.save()
        changes = {field: changing.plain(value) for field, value in fields.items() if value}
        changing.record(token, "token.created", by=by, changes=changes)
    return token, secret


def change_token(
    token: Token,
    *,
    by: Actor,
    grantor: Granting,
    known_dialects: Collection[str] | None = None,
    **changes: Unpack[Changes],
) -> Token:
    """Rename a token, or change what it may do. A token that is given as grantor cannot widen itself."""
    asked: dict[str, Any] = {**changes}
    if unknown := asked.keys() - Changes.__annotations__.keys():
        raise TypeError(f"A token's {', '.join(sorted(unknown))} cannot be changed.")
    fields = clean(asked, type=token.type, known_dialects=known_dialects)

    def decide(row: Token) -> dict[str, Any]:
        _check_alive(row)
        if row.is_expired and "expires_at" in fields:
            _check_room(row.account)
        return fields

    return _change(token, "token.changed", decide, by=by, grantor=grantor)


def regenerate_token(token: Token, *, overlap: timedelta | None = None, by: Actor, grantor: Granting) -> str:
    """Give a token a new secret, which is returned and not kept.

    The one before ends now, or after the overlap. At most two work: one that is older still ends at once.
    Raises Denied where somebody else replaced the secret that `token` was read with: of two requests at once
    the second would end what the first let live.
    """
    if overlap not in OVERLAPS:
        raise ValidationError({"overlap": "The old secret ends now, in 24 hours or in 7 days."})
    secret, present = _new_secret(token.type), token.digest

    def decide(row: Token) -> dict[str, Any]:
        _check_alive(row)
        if row.digest != present:
            raise Denied(Denial.REVOKED, "Its secret was replaced meanwhile.")
        row.old_secret_uses.all().delete()
        now = timezone.now()
        return {
            "old_lookup": row.lookup,
            "old_hint": row.hint,
            "old_digest": row.digest,
            "overlap_until": now + (overlap or timedelta()),
            "lookup": crypto.lookup_of(secret),
            "hint": crypto.hint_of(secret),
            "digest": crypto.digest(secret),
            "secret_made_at": now,
        }

    _change(token, "token.regenerated", decide, by=by, grantor=grantor)
    return secret


def extend_overlap(token: Token, *, by: Actor, grantor: Granting) -> Token:
    """Let the old secret work for 24 hours more; raises ValidationError once it has ended."""

    def decide(row: Token) -> dict[str, Any]:
        _check_alive(row)
        if row.overlap_until is None or not row.is_overlapping:
            raise ValidationError("The old secret has ended already.")
        return {"overlap_until": row.overlap_until + DAY}

    return _change(token, "token.old_secret_extended", decide, by=by, grantor=grantor)


def end_overlap(token: Token, *, by: Actor, grantor: Granting) -> Token:
    """End the old secret now."""
    return _change(
        token,
        "token.old_secret_ended",
        lambda row: {"overlap_until": timezone.now()} if row.is_overlapping else {},
        by=by,
        grantor=grantor,
    )


def pause_token(token: Token, *, by: Actor, grantor: Granting, because: str = "") -> Token:
    """Refuse a token's requests until it is resumed. `because` is shown to its people; the first reason stays."""

    def decide(row: Token) -> dict[str, Any]:
        _check_alive(row)
        return {} if row.paused_at else {"paused_at": timezone.now(), "paused_because": because[:255]}

    return _change(token, "token.paused", decide, by=by, grantor=grantor)


def resume_token(token: Token, *, by: Actor, grantor: Granting) -> Token:
    def decide(row: Token) -> dict[str, Any]:
        _check_alive(row)
        return {"paused_at": None, "paused_because": ""} if row.paused_at else {}

    return _change(token, "token.resumed", decide, by=by, grantor=grantor)


def revoke_token(token: Token, *, by: Actor, grantor: Granting) -> Token:
    """End a token for good. Its messages, usage and history stay."""
    return _change(
        token,
        "token.revoked",
        lambda row: {} if row.revoked_at else {"revoked_at": timezone.now()},
        by=by,
        grantor=grantor,
    )


def delete_token(token: Token, *, by: Actor, grantor: Granting) -> Token:
    """Revoke a token and hide it from the lists; its history and audit entries stay."""

    def decide(row: Token) -> dict[str, Any]:
        now = timezone.now()
        return {} if row.deleted_at else {"revoked_at": row.revoked_at or now, "deleted_at": now}

    return _change(token, "token.deleted", decide, by=by, grantor=grantor)


def find_by_secret(account: Account, secret: str) -> Token | None:
    """Return the account's token that has this secret, or had it before its present one."""
    secret = secret.strip()
    if not crypto.is_wellformed(secret):
        return None
    digest = crypto.digest(secret)
    tokens = Token.objects.for_account(account).with_lookup(crypto.lookup_of(secret))
    return next((t for t in tokens if crypto.same(t.digest, digest) or crypto.same(t.old_digest, digest)), None)


def _change(
    token: Token, action: str, decide: Callable[[Token], dict[str, Any]], *, by: Actor, grantor: Granting
) -> Token:
    """Apply what `decide` answers for the row as it is now; nothing is written where that changes nothing.

    What is granted is checked before it is applied: the row may be the grantor's own.
    """
    with changing.locked(token.account) as account:
        row = Token.objects.select_related("account__plan").get(pk=token.pk)
        grant = Grant.of(row)
        check_grant(grantor, account, grant)
        changes = {field: value for field, value in decide(row).items() if getattr(row, field) != value}
        if changes:
            check_grant(grantor, account, grant.after(changes))
            entry = changing.apply(row, changes)
            changing.record(row, action, by=by, changes=entry)
    for field, value in changes.items():
        setattr(token, field, value)
    return token


def _check_alive(row: Token) -> None:
    if row.revoked_at:
        raise Denied(Denial.REVOKED, "A revoked token stays as it is.")


def _check_room(account: Account) -> None:
    most = account.plan.max_tokens
    if account.tokens.live().count() >= most:
        raise Denied(Denial.TOKEN_LIMIT, f"This account's plan allows {most} live tokens. Revoke one first.")


def _new_secret(type: str) -> str:
    """Make a secret whose lookup no other token has or had."""
    while True:
        secret = crypto.new_secret(type)
        if not Token.objects.with_lookup(crypto.lookup_of(secret)).exists():
            return secret
