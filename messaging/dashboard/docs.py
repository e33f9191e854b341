"""API docs: an index, and a page for each API style, made from its document and its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.models import Account
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging.dashboard import wording
from messaging.dashboard.styles import styles
from messaging.dashboard.written import credentials, groups, prompt
from messaging.documents.requests import Variables
from messaging.states import State
from tokens.models import Token
from tokens.scopes import KeyType


@dataclass(frozen=True, slots=True)
class Choice:
    """The reader's sandbox tokens that the style takes, and the one whose variable the commands name."""

    tokens: list[Token]
    chosen: Token | None

    @property
    def variables(self) -> Variables:
        name = re.sub(r"[^A-Z0-9]+", "_", self.chosen.name.upper()).strip("_") if self.chosen else ""
        return Variables(token=f"{name}_TOKEN") if name and name[0].isalpha() else Variables()


@require_GET
@member_required(Can.SEE)
def index(request: MemberRequest) -> HttpResponse:
    found = styles(request.membership.account)
    return render(request, "messaging/docs/index.html", {"styles": [(s, credentials(s.document)) for s in found]})


@require_GET
@member_required(Can.SEE)
def style(request: MemberRequest, slug: str) -> HttpResponse:
    account = request.membership.account
    found = next((one for one in styles(account) if one.slug == slug), None)
    if found is None:
        raise Http404
    choice = _choice(account, found.name, request.GET.get("token", "")) if found.takes_tokens else Choice([], None)
    ways = credentials(found.document)
    context = {
        "style": found,
        "credentials": ways,
        "takes_logins": any("Basic" in header for way in ways for header in way),
        "choice": choice,
        "prompt": prompt(found.document, choice.variables, choice.chosen),
        "groups": groups(found, choice.variables),
        "states": _states(found.states),
        "may_create_token": request.membership.may(Can.MANAGE_TEST_TOKENS),
        "may_create_login": request.membership.may(Can.MANAGE_TOKENS),
        "new_token": f"{reverse('token-new')}?type=sandbox",
    }
    return render(request, "messaging/docs/style.html", context)


def _choice(account: Account, name: str, asked: str) -> Choice:
    mine = Token.objects.for_account(account).live().filter(type=KeyType.SANDBOX)
    taken = [token for token in mine.order_by("name") if not token.dialects or name in token.dialects]
    return Choice(taken, next((token for token in taken if str(token.pk) == asked), None))


def _states(words: Mapping[State, str]) -> Iterator[tuple[wording.Word, str]]:
    for state in State:
        if state in words:
            yield wording.STATES[state], words[state]
