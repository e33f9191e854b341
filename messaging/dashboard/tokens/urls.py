"""Paths of the pages about credentials, whole."""

from django.urls import path

from messaging.dashboard.tokens import changing, creating, detail, ending, listing, logins, security

urlpatterns = [
    path("tokens/", listing.tokens, name="tokens"),
    path("tokens/new/", creating.new, name="token-new"),
    path("tokens/new/summary/", creating.summary, name="token-summary"),
    path("tokens/logins/", logins.logins, name="logins"),
    path("tokens/logins/<int:pk>/renew/", logins.renew, name="login-renew"),
    path("tokens/logins/<int:pk>/revoke/", logins.revoke, name="login-revoke"),
    path("tokens/logins/<int:pk>/shown/", logins.shown, name="login-shown"),
    path("tokens/logins/<int:pk>/access/<slug:jti>/revoke/", logins.revoke_access, name="access-revoke"),
    path("tokens/<int:pk>/", detail.token, name="token"),
    path("tokens/<int:pk>/first/", creating.first_request, name="token-first"),
    path("tokens/<int:pk>/shown/", creating.shown, name="token-shown"),
    path("tokens/<int:pk>/edit/", changing.edit, name="token-edit"),
    path("tokens/<int:pk>/edit/summary/", creating.summary, name="token-edit-summary"),
    path("tokens/<int:pk>/regenerate/", changing.regenerate, name="token-regenerate"),
    path("tokens/<int:pk>/overlap/extend/", changing.extend, name="token-extend-overlap"),
    path("tokens/<int:pk>/overlap/end/", changing.end, name="token-end-overlap"),
    path("tokens/<int:pk>/pause/", changing.pause, name="token-pause"),
    path("tokens/<int:pk>/resume/", changing.resume, name="token-resume"),
    path("tokens/<int:pk>/revoke/", ending.revoke, name="token-revoke"),
    path("tokens/<int:pk>/delete/", ending.delete, name="token-delete"),
    path("settings/api-keys/", listing.api_keys, name="settings-api-keys"),
    path("settings/security/", security.security, name="settings-security"),
]
