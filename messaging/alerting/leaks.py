"""Secrets that somebody found where everybody can read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.db import transaction

from accounts import audit, journal
from accounts.models import Priority
from messaging.alerting.changing import fire
from messaging.alerting.choosing import chosen_for
from messaging.alerting.credentials import is_live, of_token
from messaging.alerting.leaking import LEAKED, REPORTED, works
from tokens import crypto
from tokens.models import Token

_AT_ONCE = 500
_LONGEST_PLACE = 2048
_LONGEST_SOURCE = 40


@dataclass(frozen=True, slots=True)
class Report:
    """One secret and where it was found. The secret is compared, and kept nowhere."""

    secret: str = field(repr=False)
    place: str = ""
    source: str = ""


def report(reports: Sequence[Report], *, by: audit.Actor) -> list[bool]:
    """Warn the accounts whose tokens' secrets were found; returns of each report whether it is of a secret of ours.

    One that was replaced, or whose token was ended, is ours and warns nobody.
    """
    known = _known(each.secret for each in reports)
    ours = []
    for each in reports:
        token = known.get(crypto.digest(each.secret))
        ours.append(token is not None)
        if token and works(token, crypto.lookup_of(each.secret)):
            _warn(token, each, by=by)
    return ours


def _known(secrets: Iterable[str]) -> dict[str, Token]:
    """Return the tokens by the digests of those of the secrets that are, or were, theirs."""
    digests = {crypto.digest(secret): crypto.lookup_of(secret) for secret in secrets if crypto.is_wellformed(secret)}
    found: dict[str, Token] = {}
    lookups = sorted(set(digests.values()))
    for start in range(0, len(lookups), _AT_ONCE):
        some, tokens = lookups[start : start + _AT_ONCE], Token.objects.select_related("account")
        for token in (*tokens.filter(lookup__in=some), *tokens.filter(old_lookup__in=some)):
            found |= {digest: token for digest in (token.digest, token.old_digest) if digest in digests}
    return found


def _warn(token: Token, found: Report, *, by: audit.Actor) -> None:
    if not is_live(token):
        return
    place, source = _place(found.place), _plain(found.source)[:_LONGEST_SOURCE]
    journal.note(token.account, Priority.WARN, "alerts", "A token's secret was found", token=token.name, place=place)
    chosen = chosen_for(LEAKED, token.account_id)
    if not chosen.is_on:
        return
    text = f"The secret of the token {token.name} was found where others can read it."
    mark = crypto.lookup_of(found.secret)
    with transaction.atomic():
        if fire(LEAKED, of_token(token, text, detail=REPORTED, place=place, mark=mark), chosen):
            changes = {"place": place, "source": source}
            audit.record(account=token.account, actor=by, action="token.leaked", target=token, changes=changes)


def _place(text: str) -> str:
    """Return an address as it may be shown, "" for what is none; what looks like a token in it is cut."""
    if len(text) > _LONGEST_PLACE or text != _plain(text) or " " in text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    is_address = parts.scheme in ("http", "https") and parts.netloc and "@" not in parts.netloc
    return crypto.redact(text)[:_LONGEST_PLACE] if is_address else ""


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())
