"""How operations say no: which refusals each may answer with, and what the dialect makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from messaging.dialect import Problem
from messaging.errors import Refusal, Refused
from tokens.errors import Denial, Denied
from tokens.scopes import Scope

Kind = Refusal | Denial
Answering = Callable[[Problem, HttpRequest], HttpResponse]

SENDING: frozenset[Kind] = frozenset({
    Refusal.KIND,
    Refusal.RECIPIENT,
    Refusal.OPTED_OUT,
    Refusal.DEVICE_UNKNOWN,
    Refusal.DEVICE_NOT_CONNECTED,
    Refusal.MEDIA_TOO_LARGE,
    Refusal.MEDIA_FORMAT,
    Refusal.IN_THE_PAST,
    Refusal.TEMPLATE_UNKNOWN,
    Refusal.TEMPLATE_UNUSABLE,
    Refusal.OUTSIDE_WINDOW,
    Refusal.BALANCE,
    Refusal.KEY_REUSED,
    Refusal.KEY_IN_USE,
    Denial.DAILY_LIMIT,
    Denial.MONTHLY_LIMIT,
})  # fmt: skip
BROADCASTING = SENDING | {Denial.BROADCAST_LIMIT, Denial.PLAN}

_OF_CREDENTIALS: frozenset[Kind] = frozenset({
    Denial.MISSING,
    Denial.MALFORMED,
    Denial.UNKNOWN,
    Denial.REVOKED,
    Denial.EXPIRED,
    Denial.PAUSED,
    Denial.ACCOUNT_SUSPENDED,
    Denial.ADDRESS,
    Denial.DIALECT,
    Denial.SCOPE,
    Denial.RATE_LIMITED,
})  # fmt: skip
_OF_BODIES: frozenset[Kind] = frozenset({
    Refusal.BAD_BODY,
    Refusal.WRONG_TYPE,
    Refusal.TOO_LARGE,
    Refusal.REQUIRED,
    Refusal.TOO_LONG,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A refusal as the dialect answers it."""

    status: str
    media_type: str
    body: Any  # decoded where it is JSON


def of(path: str, method: str, *, scope: Scope | None, has_body: bool, is_open: bool) -> set[Kind]:
    """Return the refusals that follow from what an operation is; `is_open` if it asks for no credential."""
    found: set[Kind] = {Refusal.INVALID}
    if not is_open:
        found |= _OF_CREDENTIALS
        if method != "GET":
            found.add(Denial.READ_ONLY)
    if "{" in path:
        found.add(Refusal.NOT_FOUND)
    if has_body:
        found |= _OF_BODIES
    if scope == Scope.MESSAGES_SEND:
        found |= SENDING
    return found


def worded(answer: Answering, kinds: Collection[Kind]) -> Mapping[Kind, Word]:
    """Return what is answered to each of the refusals, in the order of their statuses."""
    found = {kind: _answered(answer, kind) for kind in sorted(kinds)}
    return dict(sorted(found.items(), key=lambda pair: pair[1].status))


def statuses(words: Mapping[Kind, Word]) -> Iterator[tuple[str, str, dict[Kind, Word]]]:
    """Yield each status and media type with the refusals that are answered so."""
    for status, media_type in dict.fromkeys((word.status, word.media_type) for word in words.values()):
        yield (
            status,
            media_type,
            {k: w for k, w in words.items() if (w.status, w.media_type) == (status, media_type)},
        )


def _answered(answer: Answering, kind: Kind) -> Word:
    request = HttpRequest()
    request.method, request.path = "POST", "/"
    response = answer(_specimen(kind), request)
    media_type, raw = response["Content-Type"].partition(";")[0], response.content
    body = json.loads(raw) if media_type.endswith("json") else raw.decode()
    return Word(str(response.status_code), media_type, body)


def _specimen(kind: Kind) -> Problem:
    if isinstance(kind, Denial):
        return Denied(kind, retry_after=1 if kind is Denial.RATE_LIMITED else None)
    field, detail = _ABOUT.get(kind, (None, ""))
    return Refused(kind, detail, field=field, params={"limit": 4096, "formats": ["image/jpeg", "image/png"]})


_ABOUT = {
    Refusal.REQUIRED: ("to", "The field to is required."),
    Refusal.INVALID: ("to", "to must be a text."),
    Refusal.RECIPIENT: ("to", "This is not a number that can be written to."),
    Refusal.NOT_FOUND: (None, "There is no such thing in this account."),
}
