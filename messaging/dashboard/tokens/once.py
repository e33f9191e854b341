"""A form that makes something is answered once: sent again, its answer is not the secret.

Each such form carries a random word; the session remembers what was made with it, never a secret.
"""

import secrets

from django.http import HttpRequest

FIELD = "once"
_KEY = "made"
_KEPT = 20


def word() -> str:
    return secrets.token_urlsafe(9)


def made_with(request: HttpRequest) -> int | None:
    """Return the id of what this very form made before, or None."""
    made: dict[str, int] = request.session.get(_KEY, {})
    return made.get(request.POST.get(FIELD, ""))


def remember(request: HttpRequest, pk: int) -> None:
    if asked := request.POST.get(FIELD, "")[:32]:
        latest = [*request.session.get(_KEY, {}).items(), (asked, pk)][-_KEPT:]
        request.session[_KEY] = dict(latest)
