"""Paths of the dashboard's pages, whole: `gateway.urls` includes them at the root."""

from django.urls import URLPattern, URLResolver, include, path

from messaging.dashboard import account, audit, devices, docs, messages, overview, send_test

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("messages/", messages.messages, name="messages"),
    path("messages/new/", send_test.send_test, name="send-test"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/search/", messages.search, name="search-messages"),
    path("messages/<int:pk>/live/", messages.live, name="message-live"),
    path("messages/<int:pk>/cancel/", messages.cancel, name="cancel-message"),
    path("devices/", devices.devices, name="devices"),
    path("devices/<int:pk>/rename/", devices.rename, name="rename-device"),
    path("devices/<int:pk>/unlink/", devices.unlink, name="unlink-device"),
    path("settings/account/", account.account, name="settings-account"),
    path("settings/audit/", audit.log, name="settings-audit"),
    path("settings/audit/export/", audit.export, name="export-audit"),
    path("api-docs/", docs.index, name="docs"),
    path("api-docs/<slug:slug>/", docs.style, name="style-docs"),
    path("", include("messaging.dashboard.alerts.urls")),
    path("", include("messaging.dashboard.tokens.urls")),
    path("", include("messaging.dashboard.broadcasts.urls")),
    path("", include("messaging.dashboard.contacts.urls")),
    path("", include("messaging.dashboard.templates.urls")),
    path("", include("messaging.dashboard.usage.urls")),
    path("", include("messaging.dashboard.webhooks.urls")),
    path("", include("messaging.dashboard.workspaces.urls")),
]
