"""What the log says of requests that name a host which is not ours."""

import logging


class OneLine(logging.Filter):
    """Turns Django's error, with its traceback and the header as it came, into one line: anybody may cause it."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        host = request.META.get("HTTP_HOST", "") if request else ""
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = "a request named the host %s, which is neither GATEWAY_URL's nor one of GATEWAY_ALLOWED_HOSTS"
        record.args = (ascii(host[:100]),)
        record.exc_info = record.exc_text = None
        return True
