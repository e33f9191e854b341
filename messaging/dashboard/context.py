"""What every page's frame needs."""

from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Account, Membership
from accounts.signing_up import is_open
from messaging.dashboard.figures import busiest_today
from messaging.models import Alert

# Where each entry of the navigation leads, and what lies below it.
_PLACES = {
    "/messages/": "messages",
    "/devices/": "devices",
    "/alerts/": "alerts",
    "/broadcasts/": "broadcasts",
    "/contacts/": "contacts",
    "/templates/": "templates",
    "/tokens/": "tokens",
    "/webhooks/": "webhooks",
    "/api-docs/": "docs",
    "/usage/": "usage",
    "/settings/api-keys/": "settings-api-keys",
    "/settings/security/": "settings-security",
    "/settings/people/": "settings-people",
    "/settings/workspaces/": "settings-workspaces",
    "/settings/account/": "settings-account",
}


class Shell:
    """What the signed-in person's frame shows. Nothing is asked of the database before a template reads it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def nav(self) -> str:
        path = self._request.path_info
        if path == "/":
            return "overview"
        return next((name for place, name in _PLACES.items() if path.startswith(place)), "")

    @cached_property
    def membership(self) -> Membership | None:
        return getattr(self._request, "membership", None) or None

    @property
    def account(self) -> Account | None:
        return self.membership.account if self.membership else None

    @cached_property
    def memberships(self) -> Sequence[Membership]:
        """The person's places in accounts, to switch between."""
        if not self._request.user.is_authenticated:
            return ()
        return list(Membership.objects.filter(user=self._request.user).select_related("account"))

    @cached_property
    def open_alerts(self) -> int:
        """How many alerts are open; the account's index over them answers."""
        return Alert.objects.for_account(self.account).open().count() if self.account else 0

    @property
    def plan_limit(self) -> int | None:
        return self.account.plan.messages_per_day if self.account else None

    @cached_property
    def plan_used(self) -> int:
        """How many messages the busiest token has sent since the account's midnight: the limit is for each."""
        return busiest_today(self.account).used if self.account else 0


def shell(request: HttpRequest) -> dict[str, Any]:
    return {
        "product_name": settings.GATEWAY_NAME,
        "support_email": settings.GATEWAY_SUPPORT_EMAIL,
        "theme": request.COOKIES.get("theme", ""),
        "signup_is_open": partial(is_open, request),  # which a template that asks calls
        "shell": Shell(request),
    }
