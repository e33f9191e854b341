"""The vendor's paths; a slash at the end changes nothing."""

from messaging.dialects.connexease.views import Messages, NotFound, OneMessage
from messaging.paths import at

urlpatterns = [
    at("/v1/wa/message", Messages.as_view()),
    at("/v1/wa/message/{message_id}", OneMessage.as_view()),
]
not_found = NotFound.as_view()
