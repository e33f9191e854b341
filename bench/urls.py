"""The gateway's routes and `/api/empty`, which does nothing and passes what every API request passes."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from gateway.urls import urlpatterns as gateway_urlpatterns


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


empty.csrf_exempt = True  # type: ignore[attr-defined]

urlpatterns = [path("api/empty", empty), *gateway_urlpatterns]
