"""`/health`: whether this gateway can take messages. 200 or 503, for load balancers and people."""

from django.http import HttpRequest, JsonResponse

from messaging.health import what_is_wrong


def health(request: HttpRequest) -> JsonResponse:
    """Answer `{"status": "ok"}`, or 503 with what is wrong."""
    reason = what_is_wrong()
    if reason:
        return JsonResponse({"status": "fail", "reason": reason}, status=503)
    return JsonResponse({"status": "ok"})


def live(request: HttpRequest) -> JsonResponse:
    """Answer that this process runs, whatever it cannot reach."""
    return JsonResponse({"status": "ok"})
