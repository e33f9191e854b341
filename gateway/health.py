"""`/health`: whether this gateway can take messages. 200 or 503, for load balancers and people."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def health(request: HttpRequest) -> JsonResponse:
    """Answer `{"status": "ok"}`, or 503 with what is wrong."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "fail", "reason": "the database does not answer"}, status=503)
    return JsonResponse({"status": "ok"})
