"""`GET /`: the company, with links to all there is; the vendor's way to try a connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import render_id
from messaging.dialects.whispir.views import View
from tokens.scopes import Scope


def type_of(*kinds: str) -> str:
    """Return the `type` of a link that is posted to: the media types, XML first."""
    return ",".join(f"application/vnd.whispir.{kind}-v1+{language}" for kind in kinds for language in ("xml", "json"))


class Root(View):
    kind = "company"
    names = Names("company")
    needs: ClassVar = {"GET": Scope.MESSAGES_LIST}

    def get(self, request: Request) -> HttpResponse:
        account = self.caller.account
        return self.respond({"id": render_id(account.pk), "name": account.name, "link": list(self._links())})

    def _links(self) -> Iterator[dict[str, str]]:
        yield self.link("self", "GET", self.root_url(""))
        yield self.link("retrieveWorkspaces", "GET", self.root_url("workspaces"))
        yield self.link("createWorkspaces", "POST", self.root_url("workspaces"), type=type_of("workspace"))
        yield from message_links(self, self.root_url("messages"))


def message_links(view: View, uri: str) -> Iterator[dict[str, str]]:
    yield view.link("retrieveMessage", "GET", uri)
    yield view.link("createMessage", "POST", uri, type=type_of("message"))
