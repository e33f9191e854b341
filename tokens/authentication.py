"""Who calls: a credential checked, and what its caller may do."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from typing import NamedTuple

from accounts.audit import Actor
from accounts.models import Account
from accounts.networks import is_allowed
from tokens import crypto
from tokens.errors import Denial, Denied
from tokens.models import ApiLogin, Token
from tokens.scopes import EVERYTHING, READING, KeyType, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's credential: a token or an API login, of an account, calling from an address."""

    account: Account
    token: Token | None
    login: ApiLogin | None
    address: str
    is_old_secret: bool = False

    @property
    def scopes(self) -> frozenset[str]:
        return EVERYTHING if self.token is None else self.token.effective_scopes

    @property
    def is_sandbox(self) -> bool:
        return self.token is not None and self.token.type == KeyType.SANDBOX

    @property
    def label(self) -> str:
        return str(self.token or self.login)

    @property
    def key(self) -> str:
        """What limits count by."""
        return f"t{self.token.pk}" if self.token else f"l{self.login.pk if self.login else 0}"

    def actor(self) -> Actor:
        return Actor(label=self.label, proof="token", address=storable_address(self.address))

    def require(self, scope: Scope) -> None:
        """Raise Denied unless the credential has this scope."""
        if scope in self.scopes:
            return
        is_read_only = self.token is not None and self.token.type == KeyType.READ_ONLY
        denial = Denial.READ_ONLY if is_read_only and scope not in READING else Denial.SCOPE
        raise Denied(denial, f"This needs the permission {scope}.", scope=scope)


def storable_address(address: str | None) -> str | None:
    """Return the address as every database takes it, None for what is none (a Unix socket has none)."""
    try:
        return str(ip_address((address or "").partition("%")[0]))
    except ValueError:
        return None


class Known(NamedTuple):
    """A credential as the database had it; `is_old` if it was found by the secret before its present one."""

    credential: Token | ApiLogin
    is_old: bool = False


class Recent:
    """The credentials read in the last second, by digest: a change made elsewhere is noticed within it.

    The least recently used leave first. `generation` rises with each `forget`; what was read from the
    database before that is not kept.
    """

    def __init__(self, *, size: int, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._known: OrderedDict[str, tuple[float, Known]] = OrderedDict()
        self._lock = Lock()
        self.generation = 0

    def get(self, digest: str) -> Known | None:
        with self._lock:
            found = self._known.get(digest)
            if found is None:
                return None
            if time.monotonic() - found[0] >= self._seconds:
                del self._known[digest]
                return None
            self._known.move_to_end(digest)
            return found[1]

    def put(self, digest: str, known: Known, *, read_at: float, generation: int) -> None:
        with self._lock:
            if generation != self.generation:
                return
            self._known[digest] = read_at, known
            self._known.move_to_end(digest)
            if len(self._known) > self._size:
                self._known.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self.generation += 1
            self._known.clear()


_recent = Recent(size=10_000, seconds=1.0)
forget = _recent.forget


def authenticate_token(secret: str | None, *, dialect: str, address: str) -> Caller:
    """Return the caller behind a token's secret; raises Denied, which carries the token if there is one."""
    if secret is None or not secret.strip():
        raise Denied(Denial.MISSING)
    if not crypto.is_wellformed(secret):
        raise Denied(Denial.UNKNOWN)
    known = _known(crypto.digest(secret), lookup=crypto.lookup_of(secret))
    token = known.credential if known else None
    if known is None or not isinstance(token, Token):
        raise Denied(Denial.UNKNOWN)
    if denial := _why_not(token, is_old=known.is_old, dialect=dialect, address=address):
        raise Denied(denial, token=token)
    return Caller(account=token.account, token=token, login=None, address=address, is_old_secret=known.is_old)


def authenticate_login(username: str | None, password: str | None, *, dialect: str, address: str) -> Caller:
    """Return the caller behind an API login; raises Denied. Every dialect accepts a login."""
    if not username or not password:
        raise Denied(Denial.MISSING)
    if not crypto.is_username(username):
        raise Denied(Denial.UNKNOWN)
    known = _known(crypto.digest(password), username=username)
    login = known.credential if known else None
    if not isinstance(login, ApiLogin):
        raise Denied(Denial.UNKNOWN)
    if login.revoked_at:
        raise Denied(Denial.REVOKED)
    if login.account.suspended_at:
        raise Denied(Denial.ACCOUNT_SUSPENDED)
    if not is_allowed(address, login.account.allowed_networks):
        raise Denied(Denial.ADDRESS)
    return Caller(account=login.account, token=None, login=login, address=address)


def _known(digest: str, *, lookup: str = "", username: str = "") -> Known | None:
    key = digest + username
    if known := _recent.get(key):
        return known
    read_at, generation = time.monotonic(), _recent.generation
    known = _find_login(username, digest) if username else _find_token(lookup, digest)
    if known:
        _recent.put(key, known, read_at=read_at, generation=generation)
    return known


def _find_token(lookup: str, digest: str) -> Known | None:
    for token in Token.objects.with_lookup(lookup).select_related("account__plan"):
        if crypto.same(token.digest, digest):
            return Known(token)
        if crypto.same(token.old_digest, digest):
            return Known(token, is_old=True)
    return None


def _find_login(username: str, digest: str) -> Known | None:
    login = ApiLogin.objects.filter(username=username).select_related("account__plan").first()
    return Known(login) if login and crypto.same(login.digest, digest) else None


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
