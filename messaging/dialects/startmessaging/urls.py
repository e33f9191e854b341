"""The vendor's paths."""

from messaging.dialects.startmessaging import broadcasts, media, otp, sms, templates, webhooks
from messaging.dialects.startmessaging.views import Messages, NotFound, OneMessage
from messaging.paths import at

urlpatterns = [
    at("/v1/messages", Messages.as_view(), slash=False),
    at("/v1/messages/{message_id}", OneMessage.as_view(), slash=False),
    at("/v1/broadcasts", broadcasts.Broadcasts.as_view(), slash=False),
    at("/v1/broadcasts/{broadcast_id}", broadcasts.OneBroadcast.as_view(), slash=False),
    at("/v1/broadcasts/{broadcast_id}/analytics", broadcasts.Analytics.as_view(), slash=False),
    at("/v1/media", media.Media.as_view(), slash=False),
    at("/v1/media/{media_id}", media.OneMedia.as_view(), slash=False),
    at("/v1/auth/send-otp", otp.Send.as_view(), slash=False),
    at("/v1/auth/verify-otp", otp.Verify.as_view(), slash=False),
    at("/v1/templates", templates.Templates.as_view(), slash=False),
    at("/v1/templates/{name}", templates.OneTemplate.as_view(), slash=False),
    at("/v1/webhooks", webhooks.TheWebhook.as_view(), slash=False),
    # The older SMS API, below the vendor's folder and on its own host.
    at("/otp/send", sms.Send.as_view(), slash=False),
    at("/otp/verify", sms.Verify.as_view(), slash=False),
    at("/messages/{message_id}", sms.OneMessage.as_view(), slash=False),
]
not_found = NotFound.as_view()
