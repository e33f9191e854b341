"""Rules about tokens: where they are used from, whether they are, and how old their secrets are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from messaging.alerting.rule import Finding, Number, Rule, Scope, Subject
from tokens.models import Token, TokenNetwork, TokenQuerySet

NEW_FOR = timedelta(days=1)  # a network is new so long, and others must have been known so long before
_DAYS = {"days": Number(90, 1, 3650, "Days")}


def of_token(token: Token, text: str, **more: str) -> Finding:
    return Finding(token.account_id, Subject.TOKEN, token.pk, token.name, text, **more)


def is_live(token: Token) -> bool:
    """True for a token that is worth an alert: it works, or would if it were resumed."""
    is_over = token.revoked_at or token.deleted_at or token.is_expired
    return not is_over and token.account.suspended_at is None


def _live() -> TokenQuerySet:
    return Token.objects.live().filter(account__suspended_at=None)


def find_new_networks(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the networks that came today to tokens whose networks have been known for a day or longer.

    One on the operator's list is left to the rule about leaks.
    """
    known = TokenNetwork.objects.filter(token=OuterRef("token"), first_at__lte=OuterRef("first_at") - NEW_FOR)
    new = TokenNetwork.objects.filter(Exists(known), first_at__gt=now - NEW_FOR, bad_at=None)
    for place in new.select_related("token__account"):
        if is_live(place.token):
            text = f"The token {place.token.name} is used from {place.network}, where it was not used from before."
            yield of_token(place.token, text, detail=place.network)


def find_unused(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the live tokens that nobody has used for so long."""
    until = now - timedelta(days=scope.loosest("days"))
    for token in _live().filter(Q(last_used_at=None) | Q(last_used_at__lte=until), created_at__lte=until):
        days = (now - (token.last_used_at or token.created_at)).days
        if days >= scope.number(token.account_id, "days"):
            yield of_token(token, f"The token {token.name} has not been used for {days} days.")


def find_old_secrets(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the live tokens whose secret was made so long ago."""
    until = now - timedelta(days=scope.loosest("days"))
    for token in _live().filter(secret_made_at__lte=until):
        days = (now - token.secret_made_at).days
        if days >= scope.number(token.account_id, "days"):
            yield of_token(token, f"The secret of the token {token.name} is {days} days old.")


NETWORK = Rule(
    "new_network",
    "A token is used from a network that it was not used from before",
    find_new_networks,
    tells_end=False,
)
UNUSED = Rule("token_unused", "A token is not used for {days} days", find_unused, _DAYS, seconds=300.0, tells_end=False)
OLD = Rule("key_old", "A token's secret is {days} days old", find_old_secrets, _DAYS, seconds=300.0, tells_end=False)
