"""The vendor's paths, below both of its prefixes: in any case, with or without a slash at the end, never a redirect."""

from messaging.dialects.smsgate.views import devices, health, inbox, logs, messages, settings, tokens, webhooks
from messaging.dialects.smsgate.views.base import NotFound
from messaging.paths import Path, View, alias, at

_PREFIX, _ALIAS = "/3rdparty/v1", "/api/3rdparty/v1"
_PROBES = {
    "/health": health.Ready.as_view(),
    "/health/live": health.Live.as_view(),
    "/health/ready": health.Ready.as_view(),
    "/health/startup": health.Ready.as_view(),
}


def _both(path: str, view: View, *others: str) -> list[Path]:
    """Mount a view below both prefixes; `others` are further spellings of its path."""
    further = [_PREFIX + other for other in others] + [_ALIAS + each for each in (path, *others)]
    return [at(_PREFIX + path, view, any_case=True)] + [alias(each, view, any_case=True) for each in further]


urlpatterns = [
    *_both("/messages", messages.Messages.as_view(), "/message"),
    *_both("/messages/{id}", messages.OneMessage.as_view(), "/message/{id}"),
    *_both("/messages/inbox/export", inbox.Export.as_view(), "/inbox/export"),
    *_both("/inbox", inbox.Inbox.as_view()),
    *_both("/inbox/refresh", inbox.Refresh.as_view()),
    *_both("/inbox/{id}/attachments/{part}", inbox.Attachment.as_view()),
    *_both("/devices", devices.Devices.as_view(), "/device"),
    *_both("/devices/{id}", devices.OneDevice.as_view(), "/device/{id}"),
    *_both("/webhooks", webhooks.Webhooks.as_view()),
    *_both("/webhooks/{id}", webhooks.OneWebhook.as_view()),
    *_both("/settings", settings.Settings.as_view()),
    *_both("/logs", logs.Logs.as_view()),
    *_both("/auth/token", tokens.Tokens.as_view()),
    *_both("/auth/token/refresh", tokens.Refresh.as_view()),
    *_both("/auth/token/{jti}", tokens.OneToken.as_view()),
    *(route for path, probe in _PROBES.items() for route in (*_both(path, probe), alias(path, probe))),
]
not_found = NotFound.as_view()
