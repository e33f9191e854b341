"""WhatsGate: WhatsApp messages from named devices, with an `Access-Token` header."""

LABEL = "WhatsGate"
ROOTS = ("api/", "mcp/")
OUTSIDE = ("docs/mcp",)
