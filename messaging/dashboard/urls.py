"""Paths of the dashboard's pages, whole: `gateway.urls` includes them at the root."""

from django.urls import URLPattern, URLResolver, include, path

from messaging.dashboard import devices, messages, overview

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("messages/", messages.messages, name="messages"),
    path("devices/", devices.devices, name="devices"),
    path("", include("messaging.dashboard.tokens.urls")),
]
