"""Why the core says no. Each dialect has its own word for each of these; `tokens.errors` has the credentials' part."""

from enum import StrEnum
from typing import Any


class Refusal(StrEnum):
    # the request as such
    BAD_BODY = "bad_body"  # not JSON, not UTF-8, nested too deep
    WRONG_TYPE = "wrong_type"  # a Content-Type that this route does not take
    TOO_LARGE = "too_large"
    NOT_FOUND = "not_found"
    METHOD = "method"
    INTERNAL = "internal"
    NOT_OFFERED = "not_offered"  # known, but not available here
    BUSY = "busy"  # too much is waiting already
    # a field
    REQUIRED = "required"
    INVALID = "invalid"
    TOO_LONG = "too_long"
    # what was asked for
    KIND = "kind"  # a message kind that does not exist here
    RECIPIENT = "recipient"  # not a number that can be written to
    OPTED_OUT = "opted_out"  # the person said STOP
    DEVICE_UNKNOWN = "device_unknown"
    DEVICE_NOT_CONNECTED = "device_not_connected"
    MEDIA_TOO_LARGE = "media_too_large"
    MEDIA_FORMAT = "media_format"
    IN_THE_PAST = "in_the_past"
    WEBHOOK_URL = "webhook_url"
    WEBHOOK_SILENT = "webhook_silent"  # the address did not answer the challenge
    TEMPLATE_UNKNOWN = "template_unknown"
    TEMPLATE_UNUSABLE = "template_unusable"  # paused, rejected, or not yet approved
    OUTSIDE_WINDOW = "outside_window"  # a free text, and the person has not written for 24 hours
    BALANCE = "balance"  # the account's wallet is empty
    # conflicts
    KEY_REUSED = "key_reused"  # this idempotency key came with another body
    KEY_IN_USE = "key_in_use"  # the first request with this idempotency key is still under way
    DUPLICATE_ID = "duplicate_id"  # this client id is taken
    EXISTS = "exists"  # another one has this name
    NOT_PENDING = "not_pending"  # too late to cancel
    DEVICE_CONNECTED = "device_connected"


class Refused(Exception):
    """Raised for no. `detail` is a plain sentence; `field` names the input (dotted path); `params` has numbers
    that a dialect may put into its words (such as `limit`)."""

    def __init__(
        self,
        refusal: Refusal,
        detail: str = "",
        *,
        field: str | None = None,
        params: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or refusal)
        self.refusal, self.detail, self.field, self.params = refusal, detail, field, params or {}

    @property
    def is_passing(self) -> bool:
        """True where waiting may help."""
        return self.refusal in (Refusal.BALANCE, Refusal.BUSY)
