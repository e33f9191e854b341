"""Verify my signature: paste what your receiver got, and read what is wrong with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.models import Account
from accounts.permissions import MemberRequest
from accounts.roles import Can
from messaging.dashboard.tokens.pages import member_page
from messaging.dashboard.webhooks.forms import Verifying
from messaging.dashboard.webhooks.pages import show
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import checking, checks, format, keyring


@sensitive_post_parameters("secret", "headers", "body")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_page(Can.MANAGE_WEBHOOKS)
@sensitive_variables()
def verify(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    form = _form(account, request.POST if request.method == "POST" else None, _initial(request, account))
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        try:
            context["verdict"] = _verdict(account, form.cleaned_data)
        except Refused as refused:
            form.add_error("secret", refused.detail)
    return show(request, "verify", context, status=422 if form.is_bound and not form.is_valid() else 200)


def _form(account: Account, posted: Any, initial: dict[str, Any]) -> Verifying:
    form = Verifying(posted, initial=initial)
    own = WebhookEndpoint.objects.for_account(account)
    webhook: Any = form.fields["webhook"]
    webhook.choices = [("", "None of these"), *((str(endpoint.pk), str(endpoint)) for endpoint in own)]
    chosen: Any = form.fields["format"]
    chosen.choices = [(known.name, known.label) for known in format.found().values()]
    return form


def _initial(request: MemberRequest, account: Account) -> dict[str, Any]:
    """Begin with the call that the address names, if it is the account's."""
    text = request.GET.get("call", "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return {}
    mine = WebhookDelivery.objects.filter(event__account=account, pk=min(int(text), LARGEST))
    delivery = mine.select_related("endpoint").first()
    if delivery is None:
        return {}
    latest = delivery.tried.order_by("-pk").first()
    headers = latest.request_headers if latest else {}
    return {
        "webhook": str(delivery.endpoint_id),
        "format": delivery.endpoint.format,
        "headers": "\n".join(f"{name}: {value}" for name, value in headers.items()),
        "body": delivery.body,
    }


def _verdict(account: Account, asked: dict[str, Any]) -> checking.Verdict:
    known = format.found()[asked["format"] or format.STANDARD]
    if asked["webhook"]:
        endpoint = WebhookEndpoint.objects.for_account(account).select_related("account").get(pk=asked["webhook"])
        known = format.found().get(endpoint.format, known)
        secrets = [secret.value for secret in keyring.readable(endpoint) or ()]
    else:
        secrets = [checks.secret(asked["secret"], known)]
    # A form sends every line's end as two characters; none of our bodies has any.
    body = asked["body"].replace("\r\n", "\n")
    return checking.check(
        known,
        headers=checking.parse_headers(asked["headers"]),
        body=body.encode("utf-8", "surrogatepass"),
        secrets=[secret for secret in secrets if secret],
        account=account,
    )
