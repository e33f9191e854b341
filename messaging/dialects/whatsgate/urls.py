"""WhatsGate's paths; a slash at the end changes nothing."""

from typing import Any

from django.urls import URLPattern, re_path

from messaging.dialects.whatsgate import views
from messaging.dialects.whatsgate.serializers import SORTS

_DEVICE = "(?P<number>[^/]+)"


def _at(path: str, view: Any) -> URLPattern:
    pattern: URLPattern = re_path(rf"^api/{path}/?\Z", view)
    return pattern


urlpatterns = [
    *(_at(f"send/{name}", view.as_view(sort=SORTS[name])) for name, view in views.SENDING.items()),
    _at(f"connect/{_DEVICE}", views.Connect.as_view()),
    _at(f"status/{_DEVICE}", views.Status.as_view()),
    _at("delete", views.Delete.as_view()),
    _at("devices", views.Devices.as_view()),
    _at(f"reports/balance/{_DEVICE}", views.Balance.as_view()),
    _at("reports/failed_numbers", views.FailedNumbers.as_view()),
]
not_found = views.Unknown.as_view()
