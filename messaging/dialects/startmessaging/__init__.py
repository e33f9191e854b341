"""StartMessaging's WhatsApp API: Bearer keys, Meta's message bodies, errors under `error`."""

LABEL = "StartMessaging"
ROOTS = ("v1/",)
