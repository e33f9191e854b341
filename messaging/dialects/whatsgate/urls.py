"""WhatsGate's paths; a slash at the end changes nothing."""

from messaging.dialects.whatsgate import views
from messaging.dialects.whatsgate.mcp.views import Manifest, Mcp
from messaging.dialects.whatsgate.serializers import SORTS
from messaging.paths import alias, at

_SEND = {name: view.as_view(sort=SORTS[name]) for name, view in views.SENDING.items()}

urlpatterns = [
    *(at(f"/api/send/{name}", view) for name, view in _SEND.items() if name != "document"),
    alias("/api/send/document", _SEND["document"]),
    at("/api/messages/{id}", views.OneMessage.as_view()),
    at("/api/connect/{number}", views.Connect.as_view()),
    at("/api/status/{number}", views.Status.as_view()),
    at("/api/delete", views.Delete.as_view()),
    at("/api/devices", views.Devices.as_view()),
    at("/api/reports/balance/{number}", views.Balance.as_view()),
    at("/api/reports/failed_numbers", views.FailedNumbers.as_view()),
    at("/mcp/whatsgate", Mcp.as_view()),
    at("/docs/mcp", Manifest.as_view()),
]
not_found = views.Unknown.as_view()
