"""The vendor's paths."""

from django.urls import path

from messaging.dialects.startmessaging.views import Messages, NotFound, OneMessage

urlpatterns = [
    path("v1/messages", Messages.as_view()),
    path("v1/messages/<str:message_id>", OneMessage.as_view()),
]
not_found = NotFound.as_view()
