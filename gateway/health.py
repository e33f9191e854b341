"""`/health`: whether this gateway can take messages. 200 or 503, for load balancers and people."""

from django.db import DatabaseError, connections
from django.http import HttpRequest, JsonResponse

from gateway.sqlite.base import DatabaseWrapper

# All transactions are kept under 10 ms; a migration of a large table may take longer.
STUCK_AFTER_SECONDS = 60


def health(request: HttpRequest) -> JsonResponse:
    """Answer `{"status": "ok"}`, or 503 with what is wrong."""
    reason = what_is_wrong()
    if reason:
        return JsonResponse({"status": "fail", "reason": reason}, status=503)
    return JsonResponse({"status": "ok"})


def what_is_wrong() -> str:
    connection = connections["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    if isinstance(connection, DatabaseWrapper):
        writer = connection.write_lock_holder()
        if writer and writer.seconds > STUCK_AFTER_SECONDS:
            return f"process {writer.pid} has been writing for {writer.seconds:.0f} s and lets nobody else"
    return ""
