"""Where everything answers: our own API, the dialects, the dashboard, sign-in and the admin."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from gateway.health import health, live
from messaging import dialect
from messaging.api.console import console
from messaging.media.publishing import public
from messaging.media.resources import PUBLIC_PATH

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health),
    path("health/live", live),
    path("health/ready", health),
    path("health/startup", health),
    path("api/v1/", include("messaging.api.urls")),
    path("docs/api/", console),
    path("docs/", include("messaging.documents.serving")),
    *dialect.urlpatterns(),
    path(f"{PUBLIC_PATH}/<str:key>/<str:filename>", public),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("messaging.dashboard.urls")),
]
