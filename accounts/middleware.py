"""Which account the signed-in person works in, and whose pages nobody else sees."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject

from accounts.models import Membership

SESSION_KEY = "account"


def current_membership(request: HttpRequest) -> Membership | None:
    """Return the person's membership in the account chosen in this session, or else their first."""
    if not request.user.is_authenticated:
        return None
    mine = Membership.objects.filter(user=request.user).select_related("account__plan", "user")
    chosen = request.session.get(SESSION_KEY)
    return (mine.filter(account_id=chosen).first() if chosen else None) or mine.first()


class CurrentAccount:
    """Puts `request.membership` there, read from the database on first use; and lets nothing that was made for a
    signed-in person show after signing out, allauth's pages with keys and codes among it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = SimpleLazyObject(lambda: current_membership(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        # The user is None where a view of REST framework's asks for nobody.
        if request.session.accessed and getattr(request.user, "is_authenticated", False):
            patch_cache_control(response, private=True, no_store=True)
        return response
