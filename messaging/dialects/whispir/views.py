"""What all of Whispir's calls have in common: signing in, the two languages, workspaces, links and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import http_date
from rest_framework.request import Request

from messaging.dialect import Problem
from messaging.dialects.whispir import authentication, errors
from messaging.dialects.whispir.language import Form, Names, form_of_answer, form_of_body, read, write
from messaging.dialects.whispir.language.writing import NOTHING
from messaging.dialects.whispir.serializers import read_id
from messaging.edge import Edge, NotFound
from messaging.errors import Refusal, Refused
from messaging.models import Workspace
from tokens.authentication import Caller
from tokens.errors import Denial, Denied

Item = Mapping[str, Any]
USUAL_PAGE = MOST_PAGE = 20
_COMPANY = "undefined"  # what a vendor's client calls a workspace that it was not given
MOST_ROWS = 1_000_000
_ALL = 10_000  # rows where all are asked for: as many recipients as a message has


class View(Edge):
    """Base of the calls. `kind` is the resource's word in media types, `names` its words in XML."""

    dialect = authentication.NAME
    kind: ClassVar[str] = "message"
    names: ClassVar[Names] = Names("message", "messages", "messages")

    form: Form
    workspace: Workspace | None = None
    payload: Mapping[str, Any] = {}

    def identify(self, request: HttpRequest) -> Caller:
        return authentication.identify(request)

    def refuse(self, problem: Problem) -> HttpResponse:
        response = errors.answer(problem, self.request)
        if response.status_code == 405:
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def finish(self, response: HttpResponseBase) -> None:
        response["Cache-Control"] = "max-age=0"
        response["Expires"] = http_date()
        response["Access-Control-Allow-Origin"] = "*"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        http = request._request
        self.form = form_of_answer(http.headers.get("Accept", ""), http.headers.get("Content-Type", ""), self.kind)
        if self.raw_body and http.method in ("POST", "PUT"):
            self.payload = read(self.raw_body, is_xml=form_of_body(http.headers.get("Content-Type", "")).is_xml)
        if "wid" in kwargs:
            self.workspace = self._workspace(kwargs["wid"])

    def _workspace(self, written: str) -> Workspace | None:
        """Return the workspace of the path, None for the company's own; raises Refused and Denied."""
        if written == _COMPANY:
            return None
        found = Workspace.objects.filter(pk=read_id(written) or 0).first()
        if found is None:
            raise Refused(Refusal.NOT_FOUND, "There is no such workspace.")
        if found.account_id != self.caller.account.pk:
            raise Denied(Denial.ROLE, "This workspace is another account's.")
        return found

    # Where things are
    def url(self, *path: str, **query: Any) -> str:
        """Return the address of a path, below the request's workspace if it has one; the query's None are left out."""
        within = ("workspaces", self.kwargs["wid"]) if self.is_in_workspace else ()
        return self.root_url(*within, *path, **query)

    def root_url(self, /, *path: str, **query: Any) -> str:
        """Return the address of a path of this API."""
        asked = {name: value for name, value in query.items() if value is not None}
        http = self.request._request
        if authentication.is_key_in_query(http):
            asked["apikey"] = http.GET["apikey"]
        whole = "/".join((self._base(), *path))
        return f"{whole}?{urlencode(asked)}" if asked else whole

    @property
    def is_in_workspace(self) -> bool:
        return "wid" in self.kwargs

    def _base(self) -> str:
        http = self.request._request
        bound = settings.GATEWAY_DIALECT_HOSTS.get(self.dialect)
        if bound and http.META.get("HTTP_HOST") == bound:
            return f"{settings.GATEWAY_URL.partition('://')[0]}://{bound}"
        return f"{settings.GATEWAY_URL}/{self.dialect}"

    def link(self, rel: str, method: str, uri: str, **more: str) -> dict[str, str]:
        return {"uri": uri, "rel": rel, "method": method, **more}

    # Answering
    def respond(self, payload: Item, status: int = 200, *, names: Names | None = None) -> HttpResponse:
        """Answer with a value in the negotiated form."""
        body = write(payload, names or self.names, is_xml=self.form.is_xml)
        return HttpResponse(body, status=status, content_type=self.form.media_type)

    def created(self, payload: Item, location: str) -> HttpResponse:
        response = self.respond(payload, status=201)
        response["Location"] = location
        return response

    def nothing(self) -> HttpResponse:
        """Answer 204, as to a change or a removal."""
        return HttpResponse(status=204, content_type=self.form.media_type)

    # What the query asks for
    def asked(self, name: str) -> str:
        """Return what the query says by this name, in any case; empty where it says nothing."""
        given = self.request._request.GET
        return next((given[each].strip() for each in given if each.lower() == name.lower()), "")

    def page(self) -> tuple[int, int]:
        """Return the first row and the number of rows that are asked for; `limit=0` asks for all."""
        limit, offset = self._number("limit", USUAL_PAGE), self._number("offset", 0)
        return offset, _ALL if limit == 0 else min(limit, MOST_PAGE)

    def _number(self, name: str, usual: int) -> int:
        text = self.asked(name)
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= MOST_ROWS):
            raise Refused(Refusal.INVALID, f"{name} must be a whole number up to {MOST_ROWS:,}.", field=name)
        return int(text)

    def listing(self, items: Sequence[Item], total: int, *, offset: int = 0, limit: int | None = None) -> HttpResponse:
        """Answer with a page of a list; without a limit these are all there are."""
        if not items:
            return self.respond({"status": NOTHING, "link": []})
        links = []
        if limit is not None:
            if offset + len(items) < total:
                links.append(self._turn("next", offset + limit, limit))
            if offset > 0:
                links.append(self._turn("previous", max(0, offset - limit), limit))
        status = f"{offset + 1} to {offset + len(items)} of {total}    "
        return self.respond({"status": status, self.names.list_key: list(items), "link": links})

    def _turn(self, rel: str, offset: int, limit: int) -> dict[str, str]:
        http = self.request._request
        kept = {n: v for n, v in http.GET.items() if n.lower() not in ("offset", "limit", "apikey")}
        path = http.path_info.removeprefix(f"/{self.dialect}").strip("/")
        return self.link(rel, "GET", self.root_url(path, **kept, offset=offset, limit=limit))


class Unknown(View, NotFound):
    """A path that this API does not have."""
