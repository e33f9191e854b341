"""Why a credential is refused. Each dialect has its own words for each of these."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokens.models import Token


class Denial(StrEnum):
    MISSING = "missing"  # no credential in the request
    MALFORMED = "malformed"  # a header that does not have the form the dialect asks for
    UNKNOWN = "unknown"  # no such secret, or its old value after regenerating
    REVOKED = "revoked"
    EXPIRED = "expired"
    PAUSED = "paused"
    ACCOUNT_SUSPENDED = "account_suspended"
    ADDRESS = "address"  # the caller's address is not on the token's or the account's list
    DIALECT = "dialect"  # this token is not accepted in this API style
    READ_ONLY = "read_only"  # a read-only token in a request that changes something
    SCOPE = "scope"
    RATE_LIMITED = "rate_limited"
    DAILY_LIMIT = "daily_limit"
    MONTHLY_LIMIT = "monthly_limit"
    BROADCAST_LIMIT = "broadcast_limit"  # the plan's number of broadcasts a day is reached
    PLAN = "plan"  # the plan does not include this
    TOKEN_LIMIT = "token_limit"  # the plan's number of live tokens is reached
    GRANT = "grant"  # asked to give more than one has oneself
    ROLE = "role"  # the person's role may not do this


class Denied(Exception):
    """Raised for no. `retry_after` is in seconds, where waiting helps; `scope` names the one that is missing;
    `token` is the known token that was refused, so that the refusal can be counted.
    """

    def __init__(
        self,
        denial: Denial,
        detail: str = "",
        *,
        retry_after: int | None = None,
        scope: str | None = None,
        token: Token | None = None,
    ) -> None:
        super().__init__(detail or denial)
        self.denial, self.detail, self.retry_after, self.scope = denial, detail, retry_after, scope
        self.token = token
