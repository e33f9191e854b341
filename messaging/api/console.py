"""The console where people try the API: served from here, with scripts of its own files only."""

from csp.decorators import csp_update
from django.urls import reverse_lazy
from drf_spectacular.views import SpectacularSwaggerSplitView

# Its bundle writes styles and small pictures into the page.
console = csp_update({"style-src": ["'unsafe-inline'"], "img-src": ["data:"]})(
    SpectacularSwaggerSplitView.as_view(url=reverse_lazy("api-document"))
)
