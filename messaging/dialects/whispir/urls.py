"""Whispir's paths. What belongs to a workspace has the same path below `/workspaces/{wid}`."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern

from messaging.dialects.whispir import messages, responses, root, status, workspaces
from messaging.dialects.whispir.views import Unknown
from messaging.paths import at


def _in_workspaces(path: str, view: type[Any]) -> Iterator[URLPattern]:
    yield at(path, view.as_view())
    yield at("/workspaces/{wid}" + path, view.as_view())


urlpatterns = [
    at("/", root.Root.as_view(), slash=False),
    at("/workspaces", workspaces.Workspaces.as_view()),
    at("/workspaces/{wid}", workspaces.OneWorkspace.as_view()),
    *_in_workspaces("/messages", messages.Messages),
    *_in_workspaces("/messages/{id}", messages.OneMessage),
    *_in_workspaces("/messages/{id}/messagestatus", status.Status),
    *_in_workspaces("/messages/{id}/messageresponses", responses.Responses),
]
not_found = Unknown.as_view()
