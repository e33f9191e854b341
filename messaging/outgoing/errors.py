"""Why a request was not made, or had no answer. Every reason is a sentence that a caller may see."""

from enum import StrEnum


class Forbidden(Exception):
    """Raised before anything is sent. `complaint` goes on after the name of the field: “must name a public host”."""

    def __init__(self, complaint: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint

    @property
    def reason(self) -> str:
        return f"The address {self.complaint}."


class Failure(StrEnum):
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"  # no HTTP, or HTTP that breaks off
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"  # more of them than allowed, or one that cannot be followed


class Failed(Exception):
    """Raised when there is no whole answer."""

    def __init__(self, reason: str, kind: Failure) -> None:
        super().__init__(reason)
        self.reason, self.kind = reason, kind
