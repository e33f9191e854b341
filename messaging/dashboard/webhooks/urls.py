"""Paths of the pages about webhooks, whole."""

from django.urls import path

from messaging.dashboard.webhooks import calls, detail, editing, listing, replaying, secrets, verifying

urlpatterns = [
    path("webhooks/", listing.webhooks, name="webhooks"),
    path("webhooks/new/", editing.new, name="webhook-new"),
    path("webhooks/texts/", listing.texts, name="webhook-texts"),
    path("webhooks/verify/", verifying.verify, name="webhook-verify"),
    path("webhooks/signing/<slug:name>/secret/", secrets.signing, name="webhook-signing"),
    path("webhooks/signing/<slug:name>/rotate/", secrets.rotate_signing, name="webhook-signing-rotate"),
    path("webhooks/<int:pk>/", detail.webhook, name="webhook"),
    path("webhooks/<int:pk>/edit/", editing.edit, name="webhook-edit"),
    path("webhooks/<int:pk>/pause/", editing.pause, name="webhook-pause"),
    path("webhooks/<int:pk>/resume/", editing.resume, name="webhook-resume"),
    path("webhooks/<int:pk>/delete/", editing.delete, name="webhook-delete"),
    path("webhooks/<int:pk>/example/", detail.example, name="webhook-example"),
    path("webhooks/<int:pk>/secret/", secrets.reveal, name="webhook-secret"),
    path("webhooks/<int:pk>/rotate/", secrets.rotate, name="webhook-rotate"),
    path("webhooks/<int:pk>/replay/", replaying.replay_range, name="webhook-replay"),
    path("webhooks/<int:pk>/drop/", replaying.drop, name="webhook-drop"),
    path("webhooks/<int:pk>/calls/<int:call>/", calls.call, name="webhook-call"),
    path("webhooks/<int:pk>/calls/<int:call>/replay/", replaying.replay, name="webhook-call-replay"),
]
