"""The JWTs of each API login, as the list of logins shows them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from messaging.dashboard.tokens.wording import STATES
from messaging.dashboard.wording import Word
from tokens.models import AccessToken, ApiLogin

_SHOWN = 20  # of each login


@dataclass(frozen=True, slots=True)
class Shown:
    """One JWT with the word for its state."""

    token: AccessToken
    state: Word


@dataclass(frozen=True, slots=True)
class Row:
    """A login, its JWTs that are shown, and how many more there are."""

    login: ApiLogin
    access: Sequence[Shown]
    others: int = 0


def rows(logins: Sequence[ApiLogin]) -> list[Row]:
    """Return a row for each login, in their order."""
    all_of_them = AccessToken.objects.filter(login__in=logins)
    counts = dict(all_of_them.order_by().values_list("login").annotate(Count("pk")))
    shown: dict[int, list[Shown]] = defaultdict(list)
    for token in all_of_them.first_of_each_login(_SHOWN):
        shown[token.login_id].append(Shown(token, STATES[token.state]))
    return [Row(login, shown[login.pk], counts.get(login.pk, 0) - len(shown[login.pk])) for login in logins]
