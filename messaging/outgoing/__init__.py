"""The one way out over HTTP: webhooks, vendors and media links that people name all go through here.

`check_url` looks at an address as it is written, `request` and `download` also at what its name resolves to. What is
asked goes to a public host, within a time and a size, with its certificate verified, and past no proxy.
`GATEWAY_WEBHOOK_ALLOW` lists what may be reached besides.
"""

from messaging.outgoing.asking import Answer, download, request
from messaging.outgoing.errors import Failed, Failure, Forbidden
from messaging.outgoing.targets import check_url, is_listable, redact

__all__ = ["Answer", "Failed", "Failure", "Forbidden", "check_url", "download", "is_listable", "redact", "request"]
