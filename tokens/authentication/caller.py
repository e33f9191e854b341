"""One request's credential, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from accounts import journal
from accounts.audit import Actor
from accounts.models import Account, Priority, User
from tokens.errors import Denial, Denied
from tokens.models import AccessToken, ApiLogin, Token
from tokens.scopes import EVERYTHING, READING, KeyType, Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's credential: a token, an API login or (where an API asks for it) both, calling from an address.

    `access` is the JWT of that login, if it called with one.
    """

    account: Account
    token: Token | None
    login: ApiLogin | None
    address: str
    is_old_secret: bool = False
    access: AccessToken | None = None

    @property
    def scopes(self) -> frozenset[str]:
        """What it may do: where a token and a JWT came together, what both allow."""
        of_token = self.token.effective_scopes if self.token else EVERYTHING
        return of_token & self.access.effective_scopes if self.access else of_token

    @property
    def is_sandbox(self) -> bool:
        return self.token is not None and self.token.type == KeyType.SANDBOX

    @property
    def label(self) -> str:
        return str(self.token or self.login)

    @property
    def key(self) -> str:
        """What limits count by. A JWT counts on its login."""
        return f"t{self.token.pk}" if self.token else f"l{self.login.pk if self.login else 0}"

    @property
    def person(self) -> User | None:
        """Whose program calls: the person who made its login, or else its token."""
        credential = self.login or self.token
        return credential.created_by if credential else None

    def actor(self) -> Actor:
        return Actor(label=self.label, proof="token", address=storable_address(self.address))

    def require(self, scope: Scope) -> None:
        """Raise Denied unless the credential has this scope."""
        if scope in self.scopes:
            return
        is_read_only = self.token is not None and self.token.type == KeyType.READ_ONLY
        denial = Denial.READ_ONLY if is_read_only and scope not in READING else Denial.SCOPE
        if self.access:
            note_refusal(self.access, denial, address=self.address, scope=scope)
        raise Denied(denial, f"This needs the permission {scope}.", scope=scope)


_SAID = {
    Denial.UNKNOWN: "the password is wrong",
    Denial.REVOKED: "it was revoked",
    Denial.EXPIRED: "it has expired",
    Denial.ADDRESS: "its address is not allowed",
    Denial.ACCOUNT_SUSPENDED: "the account is suspended",
    Denial.SCOPE: "it lacks the permission",
}


def note_refusal(
    credential: ApiLogin | AccessToken,
    denial: Denial,
    *,
    address: str,
    kind: str = "an access token",
    **context: object,
) -> None:
    """Write down in the account's journal that one of its logins or JWTs was refused."""
    if isinstance(credential, AccessToken):
        login, context = credential.login, {"access_token": credential.jti, **context}
    else:
        login, kind = credential, "an API login"
    said = f"Refused {kind}: {_SAID.get(denial, denial)}"
    journal.note(login.account, Priority.WARN, "auth", said, login=login.username, address=address, **context)


def storable_address(address: str | None) -> str | None:
    """Return the address as every database takes it, None for what is none (a Unix socket has none)."""
    try:
        return str(ip_address((address or "").partition("%")[0]))
    except ValueError:
        return None
