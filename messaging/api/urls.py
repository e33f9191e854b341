"""The paths below `/api/v1/`."""

from django.urls import path, re_path

from messaging.api import schema
from messaging.api.views import access, account, contacts, credentials, media, messages, segments, templates
from messaging.api.views.base import NotFound

urlpatterns = [
    path("openapi.json", schema.openapi, name="api-document"),
    path("me", account.Me.as_view()),
    path("messages", messages.Messages.as_view()),
    path("messages/bulk", messages.Bulk.as_view()),
    path("messages/<str:id>", messages.OneMessage.as_view()),
    path("messages/<str:id>/cancel", messages.Cancel.as_view()),
    path("messages/<str:id>/timeline", messages.Timeline.as_view()),
    path("devices", account.Devices.as_view()),
    path("devices/<str:id>", account.OneDevice.as_view()),
    path("usage", account.Usage.as_view()),
    path("tokens", credentials.Tokens.as_view()),
    path("tokens/<str:id>", credentials.OneToken.as_view()),
    path("tokens/<str:id>/regenerate", credentials.Regenerate.as_view()),
    path("tokens/<str:id>/pause", credentials.Pause.as_view()),
    path("tokens/<str:id>/resume", credentials.Resume.as_view()),
    path("tokens/<str:id>/revoke", credentials.Revoke.as_view()),
    path("logins", credentials.Logins.as_view()),
    path("logins/<str:id>/renew", credentials.RenewLogin.as_view()),
    path("logins/<str:id>/revoke", credentials.RevokeLogin.as_view()),
    path("logins/<str:id>/tokens", access.AccessTokens.as_view()),
    path("logins/<str:id>/tokens/<slug:jti>/revoke", access.RevokeAccess.as_view()),
    path("media", media.Media.as_view()),
    path("media/<str:id>", media.OneMedia.as_view()),
    path("media/<str:id>/content", media.Content.as_view()),
    path("templates", templates.Templates.as_view()),
    path("templates/<str:id>", templates.OneTemplate.as_view()),
    path("templates/<str:id>/pause", templates.Pause.as_view()),
    path("templates/<str:id>/resume", templates.Resume.as_view()),
    path("contacts", contacts.Contacts.as_view()),
    path("contacts/import", contacts.Importing.as_view()),
    path("contacts/<str:id>", contacts.OneContact.as_view()),
    path("segments", segments.Segments.as_view()),
    path("segments/<str:id>", segments.OneSegment.as_view()),
    path("segments/<str:id>/members", segments.Members.as_view()),
    path("segments/<str:id>/members/remove", segments.RemoveMembers.as_view()),
    re_path("", NotFound.as_view()),
]
