"""Documents and consoles: `/docs/<mount>/openapi.json` and `/docs/<mount>/`, for whoever asks."""

from __future__ import annotations

import json
from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from drf_spectacular.views import SpectacularSwaggerSplitView

from messaging import dialect
from messaging.dialect import Dialect
from messaging.documents.generator import document

# The console's bundle writes styles and small pictures into the page.
_relaxed = csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:"]})


def _mounted_at(mount: str) -> Dialect:
    found = next((style for style in dialect.found().values() if style.mount == mount), None)
    if found is None:
        raise Http404
    return found


def openapi(request: HttpRequest, mount: str) -> HttpResponse:
    """Answer with the dialect's document."""
    return HttpResponse(json.dumps(document(_mounted_at(mount))), content_type="application/json")


def console_of(url: object, title: str) -> Any:
    """Return the view of a console that shows the document at that address: with files of our own only."""
    return _relaxed(SpectacularSwaggerSplitView.as_view(url=url, title=title))


def console(request: HttpRequest, mount: str) -> HttpResponseBase:
    style = _mounted_at(mount)
    title = f"{style.label} at {settings.GATEWAY_NAME}"
    response: HttpResponseBase = console_of(reverse("document", args=[mount]), title)(request)
    return response


urlpatterns = [
    path("<slug:mount>/openapi.json", openapi, name="document"),
    path("<slug:mount>/", console, name="console"),
]
