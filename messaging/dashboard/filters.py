"""The list of messages: what it can be narrowed to, and how it is turned over.

A page looks at no more than `WINDOW` of the account's messages, so that it stays quick whatever is filtered for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.http import QueryDict

from accounts.models import Account
from messaging import dialect
from messaging.dashboard.narrowing import Narrowing
from messaging.dashboard.wording import styles
from messaging.ids import LARGEST
from messaging.models import Device, Direction, Message, MessageQuerySet, Recipient
from messaging.states import State
from tokens.models import Token

PAGE = 50
WINDOW = 50_000
STATES = {
    "way": Q(direction=Direction.OUT, state__in=[State.ACCEPTED, State.PROCESSING, State.SENT]),
    "failed": Q(state__in=[State.FAILED, State.EXPIRED]),
    "received": Q(direction=Direction.IN),
}
_LEAST_DIGITS = 3  # fewer find nearly every number


class Filters(Narrowing):
    state = forms.ChoiceField(choices=[(name, name) for name in STATES], required=False, widget=forms.HiddenInput)
    device = forms.ModelChoiceField(Device.objects.none(), required=False, empty_label="Any device")
    token = forms.ModelChoiceField(Token.objects.none(), required=False, empty_label="Any token")
    style = forms.ChoiceField(label="API style", required=False)
    field_order = ("state", "device", "token", "style", "since", "until")

    def __init__(self, data: QueryDict, *, account: Account, search: str = "") -> None:
        super().__init__(data, account=account)
        self.search = search
        self.fields["device"].queryset = Device.objects.for_account(account)  # type: ignore[attr-defined]
        self.fields["token"].queryset = Token.objects.for_account(account)  # type: ignore[attr-defined]
        self.fields["style"].choices = [("", "Any style"), *styles().items()]  # type: ignore[attr-defined]
        self.is_valid()

    def narrow(self, found: MessageQuerySet) -> MessageQuerySet:
        if state := self.given("state"):
            found = found.filter(STATES[state])
        for name in ("device", "token"):
            if chosen := self.given(name):
                found = found.filter(**{name: chosen})
        if style := self.given("style"):
            found = found.filter(dialect=style)
        return found.filter(_matches(self.search)) if self.search else found

    def within(self, found: MessageQuerySet) -> MessageQuerySet:
        """Leave out what was made before or after the days asked for."""
        return found.made_between(self.begins_at, self.ends_at)

    def words(self) -> Mapping[str, str]:
        words = {
            "search": f"Search: {self.search}" if self.search else "",
            "device": f"Device: {self.given('device')}",
            "token": f"Token: {self.given('token')}",
            "style": f"API style: {styles().get(self.given('style') or '')}",
        }
        on = {name: word for name, word in words.items() if (self.search if name == "search" else self.given(name))}
        return {**on, **super().words()}


def _ids(search: str) -> set[int]:
    """Return the ids that this may be, in any API style's form."""
    ids = {id for each in dialect.found().values() if (id := each.read_id(search)) is not None}
    if search.isascii() and search.isdigit() and len(search) <= len(str(LARGEST)):
        ids.add(min(int(search), LARGEST))
    return ids


def _matches(search: str) -> Q:
    """Return what finds a message by its text or its number."""
    match = Q(content__body__icontains=search) | Q(content__caption__icontains=search)
    digits = "".join(c for c in search if c.isdigit() and c.isascii())
    if len(digits) >= _LEAST_DIGITS and not any(c.isalpha() for c in search):
        to = Recipient.objects.filter(message=OuterRef("pk"), address__contains=digits.lstrip("0") or digits)
        match |= Q(Exists(to))
    return match


@dataclass(frozen=True, slots=True)
class Page:
    messages: list[Message]
    newer: int | None  # the cursors that lead on, where anything may be
    older: int | None
    searched_to: datetime | None  # where the search stopped for now, if older messages were not looked at


def turn(filters: Filters, *, before: int | None, after: int | None) -> Page:
    """Return one page of the filtered list: the newest, or what comes before or after an id.

    A message that is searched for by its id is found whatever else is asked for.
    """
    mine = Message.objects.for_account(filters.account)
    if filters.search and (found := _shown(mine.filter(pk__in=_ids(filters.search)))):
        return Page(found, None, None, None)
    return _newer(filters, mine, after) if after is not None else _older(filters, mine, before)


def _older(filters: Filters, mine: MessageQuerySet, before: int | None) -> Page:
    older = mine.filter(pk__lt=before) if before is not None else mine
    looked_at = filters.within(older).order_by("-pk")
    end = looked_at.values_list("pk", flat=True)[WINDOW : WINDOW + 1].first()
    found = _shown(filters.narrow(looked_at if end is None else looked_at.filter(pk__gt=end)))
    more = found[PAGE - 1].pk if len(found) > PAGE else None
    stopped = end if more is None else None
    newer = (found[0].pk if found else before - 1) if before is not None else None
    oldest = more or (stopped + 1 if stopped else None)
    stopped_at = Message(pk=stopped).created_at if stopped else None
    return Page(found[:PAGE], newer, oldest, stopped_at)


def _newer(filters: Filters, mine: MessageQuerySet, after: int) -> Page:
    ahead = filters.within(mine.filter(pk__gt=after)).order_by("pk")
    end = ahead.values_list("pk", flat=True)[WINDOW : WINDOW + 1].first()
    found = _shown(filters.narrow(ahead if end is None else ahead.filter(pk__lt=end)))
    newest = found[PAGE - 1].pk if len(found) > PAGE else (end - 1 if end else None)
    shown = found[:PAGE][::-1]
    return Page(shown, newest, shown[-1].pk if shown else after + 1, None)


def _shown(found: MessageQuerySet) -> list[Message]:
    """Read one more than a page, with what a row shows."""
    theirs = Recipient.objects.filter(message=OuterRef("pk")).order_by("pk")
    rows = found.select_related("device", "token").annotate(
        address=Subquery(theirs.values("address")[:1]),
        reason=Subquery(theirs.exclude(error="").values("error_detail")[:1]),
        others=Subquery(theirs.order_by().values("message").annotate(n=Count("pk") - 1).values("n")),
    )
    return list(rows[: PAGE + 1])
