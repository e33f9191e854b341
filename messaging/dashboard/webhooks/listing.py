"""The account's endpoints: their state, how it goes, and what was last answered."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.audit import person
from accounts.models import Account
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks.pages import show
from messaging.dashboard.webhooks.wording import ENDPOINTS, success
from messaging.models import WebhookEndpoint
from messaging.webhooks import endpoints, figures, format

_MOST_HOSTS = 50


@require_GET
@member_page(Can.SEE)
def webhooks(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    own = list(WebhookEndpoint.objects.for_account(account).order_by("-pk"))
    given = WebhookEndpoint.objects.filter(account=account, kind=WebhookEndpoint.Kind.GIVEN).order_by("-last_at")
    hosts = list(given[:_MOST_HOSTS])
    context = {
        "rows": _rows(own),
        "hosts": _rows(hosts),
        "signings": _signings(account),
        "carries_texts": account.webhook_texts,
    }
    return show(request, "list", context)


def _rows(found: list[WebhookEndpoint]) -> list[dict[str, Any]]:
    known, formats = figures.of(found), format.found()
    return [
        {
            "endpoint": endpoint,
            "title": str(endpoint),
            "host": endpoint.host,
            "format": formats[endpoint.format].label if endpoint.format in formats else endpoint.format,
            "state": ENDPOINTS[endpoint.state],
            "success": success(known[endpoint.pk]),
            "waiting": known[endpoint.pk].waiting,
        }
        for endpoint in found
    ]


def _signings(account: Account) -> list[dict[str, str]]:
    """Return the formats whose calls are signed with a secret of the account's own."""
    return [
        {"name": known.name, "label": known.label, "how": known.signing}
        for known in format.found().values()
        if known.name != format.STANDARD and known.new_secret()
    ]


@require_POST
@member_page(Can.MANAGE_WEBHOOKS)
def texts(request: MemberRequest) -> HttpResponse:
    """Say whether webhooks carry what messages say."""
    carries = request.POST.get("texts") == "yes"
    endpoints.set_texts(request.membership.account, carries, by=person(request))
    said = "Webhooks carry what messages say." if carries else "Webhooks no longer carry what messages say."
    messages.success(request, said)
    return redirect("webhooks")
