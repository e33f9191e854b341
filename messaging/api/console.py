"""The console where people try our own API."""

from django.conf import settings
from django.urls import reverse_lazy

from messaging.documents.serving import console_of

console = console_of(reverse_lazy("api-document"), f"{settings.GATEWAY_NAME} API")
