"""The account's tokens: what each may do, who used it last, and a first request to try one with."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.tokens import charts
from messaging.dashboard.tokens.curl import commands
from messaging.dashboard.tokens.pages import may_manage, member_page, show
from messaging.dashboard.tokens.wording import TYPES, can_do, ending_of, styles_of
from messaging.dashboard.wording import Word
from tokens import issuing
from tokens.models import ROTATE_AFTER, Token, TokenQuerySet

_UNUSED_FOR = ROTATE_AFTER  # a token that nobody used for so long is worth a question
_MOST = 200  # rows of one page


@dataclass(frozen=True, slots=True)
class Words:
    """One list under two names: ours, and the one StartMessaging's users know."""

    page: str
    title: str
    lead: str
    create: str
    search: str


TOKENS = Words(
    page="tokens",
    title="API Tokens",
    lead="Each app that sends through this gateway gets its own token, so you can see what it does and stop it alone.",
    create="Create Token",
    search="Search by name, or paste a token to find it",
)
API_KEYS = Words(
    page="settings-api-keys",
    title="API Keys",
    lead="Each server gets its own key, with a label that says which. A key is shown once, when it is generated.",
    create="Generate New Key",
    search="Search by label, or paste a key to find it",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. What was searched for is not kept: it may be a secret."""

    rows: TokenQuerySet
    by_secret: bool = field(default=False)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.SEE)
def tokens(request: MemberRequest) -> HttpResponse:
    return _page(request, TOKENS)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Can.SEE)
def api_keys(request: MemberRequest) -> HttpResponse:
    return _page(request, API_KEYS)


@never_cache
@sensitive_post_parameters("q")
def _page(request: MemberRequest, words: Words) -> HttpResponse:
    account = request.membership.account
    mine = Token.objects.for_account(account)
    found = _search(request, mine) if request.method == "POST" else None
    shown, lists = _shown(request), {"active": mine.live(), "expiring": mine.expiring(), "revoked": mine.ended()}
    rows = list((found.rows if found else lists[shown]).select_related("account__plan")[:_MOST])
    context = {
        "words": words,
        "found": found,
        "shown": shown,
        "segments": [
            _segment(request, name, lists[name].count(), is_current=not found and name == shown) for name in lists
        ],
        "rows": _rows(request, rows),
        "unused": [token for token in rows if not found and _is_forgotten(token)],
        "stale": [token for token in rows if not found and token.needs_rotation],
        "has_any": bool(rows) or mine.exists(),
        "may_create": request.membership.may(Can.MANAGE_TEST_TOKENS),
        **_terminal(request, account),
    }
    return show(request, "list", context)


@sensitive_variables()
def _search(request: MemberRequest, mine: TokenQuerySet) -> Found | None:
    """Find by a name, or by a pasted secret, which is hashed and forgotten."""
    asked = request.POST.get("q", "").strip()[:255].replace("\0", "")
    if not asked:
        return None
    if token := issuing.find_by_secret(request.membership.account, asked):
        return Found(mine.filter(pk=token.pk), by_secret=True)
    return Found(mine.filter(Q(name__icontains=asked)))


def _shown(request: MemberRequest) -> str:
    asked = request.GET.get("show", "")
    return asked if asked in ("expiring", "revoked") else "active"


def _segment(request: MemberRequest, name: str, count: int, *, is_current: bool) -> dict[str, object]:
    url = request.path if name == "active" else f"?{urlencode({'show': name})}"
    return {"url": url, "label": name.capitalize(), "count": count, "current": is_current}


def _rows(request: MemberRequest, found: list[Token]) -> list[dict[str, Any]]:
    days = charts.days_of(found, 7)
    return [
        {
            "token": token,
            "type": TYPES[token.type],
            "can": can_do(token),
            "styles": styles_of(token.dialects),
            "bars": charts.sparkline(days[token.pk]),
            "ending": ending_of(token),
            "old": _age(token),
            "may_manage": may_manage(request.membership, token),
        }
        for token in found
    ]


def _age(token: Token) -> Word | None:
    return Word(f"{token.secret_age_in_days} days old", "warn", "refresh-cw") if token.needs_rotation else None


def _is_forgotten(token: Token) -> bool:
    return token.revoked_at is None and timezone.now() - (token.last_used_at or token.created_at) >= _UNUSED_FOR


def _terminal(request: MemberRequest, account: Account) -> dict[str, Any]:
    """Return the first request in the chosen API style, and the way to the others."""
    offered = commands(account)
    chosen = next((each for each in offered if each.name == request.GET.get("style")), offered[0])
    tabs = [
        {"url": f"?{urlencode({'style': each.name})}#tryit", "label": each.label, "current": each is chosen}
        for each in offered
    ]
    return {"command": chosen, "tabs": tabs, "sandbox_url": f"{reverse('token-new')}?type=sandbox&name=Sandbox"}
