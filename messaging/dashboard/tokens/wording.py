"""What a token is, can do and when it ends, in the words of the pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from messaging import dialect
from messaging.dashboard.wording import Word
from tokens.models import Token
from tokens.scopes import AREAS, KeyType, is_unlimited

TYPES: Mapping[str, Word] = {
    KeyType.PRODUCTION: Word("Production", "accent"),
    KeyType.SANDBOX: Word("Sandbox", "test", "flask-conical"),
    KeyType.READ_ONLY: Word("Read-only", "", "eye"),
}
STATES: Mapping[str, Word] = {
    "active": Word("Active", "ok", "check"),
    "paused": Word("Paused", "warn", "pause"),
    "expired": Word("Expired", "bad", "clock"),
    "revoked": Word("Revoked", "bad", "ban"),
}
_SOON = timedelta(days=30)
_AREAS = {
    "messages": ("read messages", "send"),
    "inbox": ("read received messages", "refresh the inbox"),
    "broadcasts": ("see broadcasts", "broadcast"),
    "templates": ("see templates", "manage templates"),
    "contacts": ("see contacts", "manage contacts"),
    "media": ("download media", "upload media"),
    "devices": ("see devices", "manage devices"),
    "webhooks": ("see webhooks", "manage webhooks"),
    "reports": ("read reports", ""),
    "logs": ("read the log", ""),
    "settings": ("see settings", "change settings"),
    "tokens": ("see tokens", "manage tokens"),
}


def can_do(token: Token) -> str:
    """Say in a few words what a token may do: “Send, read messages”."""
    if is_unlimited(token.scopes):
        return "Read everything" if token.type == KeyType.READ_ONLY else "Everything"
    has = token.effective_scopes
    words = []
    for area in AREAS:
        reads, writes = _AREAS[area.slug]
        words += [writes] if has & set(area.write) else []
        words += [reads] if has & set(area.read) else []
    return ", ".join(words).capitalize()


def styles_of(dialects: Collection[str]) -> str:
    if not dialects:
        return "All styles"
    known = dialect.names()
    return ", ".join(known.get(name, name) for name in dialects)


def day(moment: datetime) -> str:
    """Write a moment's date in the account's zone, which the page has made the current one."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y}"


def until(moment: datetime) -> str:
    """Write a moment ahead: “tomorrow, 14:00”."""
    local = timezone.localtime(moment)
    away = (local.date() - timezone.localdate()).days
    return f"{ {0: 'today', 1: 'tomorrow'}.get(away) or day(moment) }, {local:%H:%M}"


def in_days(moment: datetime) -> str:
    days = (timezone.localtime(moment).date() - timezone.localdate()).days
    return {0: "today", 1: "tomorrow"}.get(days) or f"in {days} days"


def span(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


@dataclass(frozen=True, slots=True)
class Ending:
    """When a token ends, or how it ended."""

    badge: Word | None = None
    text: str = ""
    sub: str = ""


def ending_of(token: Token) -> Ending:
    state = token.state
    if ended := token.revoked_at or (token.expires_at if state == "expired" else None):
        return Ending(STATES[state], sub=day(ended))
    if state == "paused":
        return Ending(STATES[state], sub=f"Expires {day(token.expires_at)}" if token.expires_at else "")
    if token.overlap_until and token.is_overlapping:
        old = f"Old one ends {until(token.overlap_until)}"
        return Ending(Word("Two secrets work", "accent", "refresh-cw"), sub=old)
    if token.expires_at is None:
        return Ending(text="Never")
    if token.expires_at <= timezone.now() + _SOON:
        soon = Word(f"Expires {in_days(token.expires_at)}", "warn", "clock")
        return Ending(soon, sub=day(token.expires_at))
    return Ending(text=day(token.expires_at))
