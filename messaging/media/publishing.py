"""Public resources, given to whoever has their address, as files that no browser opens in our name."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from messaging.errors import Refusal, Refused
from messaging.media.resources import find_public
from messaging.media.serving import served


@require_safe
def public(request: HttpRequest, key: str, filename: str) -> HttpResponseBase:
    """Answer with the file, 429 while too many are taken slowly; raises Http404 where there is none, or where the
    gateway has none that are public.
    """
    found = find_public(key, filename) if settings.GATEWAY_PUBLIC_RESOURCES and "\0" not in key + filename else None
    if found is None:
        raise Http404
    try:
        return served(found)
    except Refused as refused:
        if refused.refusal is not Refusal.BUSY:
            raise Http404 from None
        headers = {"Retry-After": "5"}  # with a 503 the address, which is a secret, would be in the log
        return HttpResponse(refused.detail, status=429, content_type="text/plain", headers=headers)
