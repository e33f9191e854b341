"""The rule about tokens that look leaked: used from a bad network, suddenly busy, or reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from messaging.alerting import volume
from messaging.alerting.credentials import NEW_FOR, is_live, of_token
from messaging.alerting.rule import Finding, Rule, Scope, Subject
from messaging.models import Alert
from tokens.models import Token, TokenNetwork

CODE = "leaked"
NETWORK, VOLUME, REPORTED = "network", "volume", "reported"


def find_leaked(scope: Scope, now: datetime) -> Iterator[Finding]:
    yield from _in_bad_networks(now)
    yield from _suddenly_busy(scope, now)
    yield from _reported()


def _in_bad_networks(now: datetime) -> Iterator[Finding]:
    bad = TokenNetwork.objects.filter(bad_at__gt=now - NEW_FOR)
    told = set()
    for place in bad.order_by("bad_at").select_related("token__account"):
        if place.token_id not in told and is_live(place.token):
            told.add(place.token_id)
            name = place.token.name
            text = f"The token {name} is used from {place.network}, where addresses are that this gateway calls bad."
            yield of_token(place.token, text, detail=NETWORK)


def _suddenly_busy(scope: Scope, now: datetime) -> Iterator[Finding]:
    found = {burst.token_id: burst for burst in volume.bursts(scope, now, by_token=True)}
    for token in Token.objects.live().filter(pk__in=found):
        yield of_token(token, f"The token {token.name} sent {found[token.pk].text}", detail=VOLUME)


def _reported() -> Iterator[Finding]:
    """Find again what was reported, while the secret that was found works."""
    alerts = list(Alert.objects.open().filter(code=CODE, detail=REPORTED))
    tokens = Token.objects.live().in_bulk([alert.subject_id for alert in alerts])
    for alert in alerts:
        token = tokens.get(alert.subject_id)
        if token and works(token, alert.mark):
            yield Finding(alert.account_id, Subject.TOKEN, token.pk, token.name, alert.text, REPORTED)


def works(token: Token, lookup: str) -> bool:
    """True if the secret that is found by this lookup is the token's own, or the one before it that still works."""
    return token.lookup == lookup or (token.old_lookup == lookup and token.is_overlapping)


LEAKED = Rule(
    CODE,
    "A token looks leaked: its secret was reported, it is used from a bad network, or it sends over {times} "
    "times what is usual in an hour, and at least {least}",
    find_leaked,
    {"times": volume.TIMES, "least": volume.LEAST},
    seconds=5.0,
    may_pause=True,
    tells_end=False,
)
