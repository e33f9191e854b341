"""What a token's form asks for, restated in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.models import Account
from messaging.dashboard.tokens.token_form import TokenForm
from messaging.dashboard.tokens.wording import styles_of, until
from tokens.crypto import WORDS
from tokens.models import Token
from tokens.scopes import Ability, KeyType, abilities


@dataclass(frozen=True, slots=True)
class Preview:
    """What a token can do, from where, how fast and until when."""

    type: str
    abilities: Sequence[Ability]
    networks: Sequence[str]
    styles: str
    rate: int
    until: str
    prefix: str
    problem: str = ""  # what of the address list must be corrected first

    @classmethod
    def of(cls, token: Token) -> Preview:
        scopes, limit = token.scopes, token.requests_per_second
        return _preview(token.account, token.type, scopes, token.networks, token.dialects, limit, token.expires_at)

    @classmethod
    def asked(cls, form: TokenForm) -> Preview:
        """Return what a form would make, as far as it makes sense."""
        form.is_valid()
        asked = form.cleaned_data
        return _preview(
            form.account,
            asked.get("type") or KeyType.PRODUCTION,
            asked.get("scopes"),
            asked.get("networks", ()),
            asked.get("dialects", ()),
            asked.get("requests_per_second"),
            asked.get("expires_at"),
            problem="An address to correct" if "networks" in form.errors else "",
        )


def _preview(
    account: Account,
    type: str,
    scopes: Sequence[str] | None,
    networks: Sequence[str],
    dialects: Sequence[str],
    rate: int | None,
    expires_at: datetime | None,
    problem: str = "",
) -> Preview:
    most = account.plan.requests_per_second
    return Preview(
        type=type,
        abilities=() if scopes is None else abilities(type, scopes),
        networks=networks,
        styles=styles_of(dialects),
        rate=min(rate or most, most),
        until=until(expires_at) if expires_at else "It never expires",
        prefix=f"{settings.GATEWAY_TOKEN_BRAND}_{WORDS[KeyType(type)]}_",
        problem=problem,
    )
