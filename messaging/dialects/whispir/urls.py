"""Whispir's paths. What belongs to a workspace has the same path below `/workspaces/{wid}`."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern

from messaging.dialects.whispir import (
    activities,
    apps,
    callbacks,
    calls,
    contacts,
    customlists,
    distributionlists,
    events,
    imports,
    keys,
    messages,
    otp,
    resources,
    responserules,
    responses,
    root,
    scenarios,
    signing,
    status,
    templates,
    unoffered,
    users,
    workspaces,
)
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
    *_in_workspaces("/templates", templates.Templates),
    *_in_workspaces("/templates/{id}", templates.OneTemplate),
    *_in_workspaces("/contacts", contacts.Contacts),
    *_in_workspaces("/contacts/{id}", contacts.OneContact),
    *_in_workspaces("/contacts/{id}/devices", contacts.Devices),
    *_in_workspaces("/contacts/{id}/devices/{device}", contacts.OneDevice),
    *_in_workspaces("/distributionlists", distributionlists.DistributionLists),
    *_in_workspaces("/distributionlists/{id}", distributionlists.OneDistributionList),
    *_in_workspaces("/resources", resources.Resources),
    *_in_workspaces("/resources/{id}", resources.OneResource),
    *_in_workspaces("/imports", imports.Imports),
    *_in_workspaces("/imports/{id}", imports.OneImport),
    *_in_workspaces("/responserules", responserules.Rules),
    *_in_workspaces("/responserules/{id}", responserules.OneRule),
    *_in_workspaces("/scenarios", scenarios.Scenarios),
    *_in_workspaces("/scenarios/{id}", scenarios.OneScenario),
    *_in_workspaces("/events", events.Events),
    *_in_workspaces("/events/{id}", events.OneEvent),
    *_in_workspaces("/activities", activities.Activities),
    *_in_workspaces("/activities/{id}", activities.OneActivity),
    *_in_workspaces("/apps", apps.Apps),
    *_in_workspaces("/apps/{id}", apps.OneApp),
    *_in_workspaces("/customlists", customlists.Lists),
    *_in_workspaces("/customlists/{id}", customlists.OneList),
    at("/users", users.Users.as_view()),
    at("/users/{id}", users.OneUser.as_view()),
    at("/workspaces/{wid}/users", users.UsersOfWorkspace.as_view()),
    at("/callbacks", callbacks.Callbacks.as_view()),
    at("/callbacks/{id}", callbacks.OneCallback.as_view()),
    at("/callbacks/{id}/calls", calls.Calls.as_view()),
    at("/keys", keys.Keys.as_view()),
    at("/keys/{id}", keys.OneKey.as_view()),
    at("/auth", signing.Auth.as_view()),
    at("/auth/verify", signing.Verify.as_view()),
    at("/workflows", unoffered.Workflows.as_view()),
    at("/infohub/sources", unoffered.Infohub.as_view()),
    at("/infohub/documents", unoffered.Infohub.as_view()),
    at("/otp/send-code", otp.Send.as_view()),
    at("/otp/{id}/verify-code", otp.Verify.as_view()),
]
not_found = Unknown.as_view()
