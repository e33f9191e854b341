"""The vendor's paths."""

from messaging.dialects.startmessaging.views import Messages, NotFound, OneMessage
from messaging.paths import at

urlpatterns = [
    at("/v1/messages", Messages.as_view(), slash=False),
    at("/v1/messages/{message_id}", OneMessage.as_view(), slash=False),
]
not_found = NotFound.as_view()
