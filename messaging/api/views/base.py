"""What all views of our own API have in common."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import BaseSerializer

from messaging import edge, ids
from messaging.api import errors, limits
from messaging.api.authentication import identify
from messaging.api.schema import Schema
from messaging.api.serializers.lists import Paging
from messaging.dialect import OWN_API, Problem
from messaging.errors import Refusal, Refused
from tokens.authentication import Caller

Row = TypeVar("Row", bound=Model)
Body = TypeVar("Body")
JSON = "application/json"


class View(edge.Edge):
    """Base of the API's views: its credential, its refusals, its headers."""

    dialect = OWN_API
    tells_quotas = True
    schema = Schema()
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    def identify(self, request: HttpRequest) -> Caller:
        return identify(request)

    def refuse(self, problem: Problem) -> HttpResponse:
        return errors.answer(problem)

    def finish(self, response: HttpResponseBase) -> None:
        response.headers["Cache-Control"] = "no-store"
        if response.status_code == 405:
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        if caller := getattr(self, "caller", None):
            for name, value in limits.fields(caller, self.remaining, is_refused=response.status_code == 429).items():
                response.headers[name] = value

    # What a view uses
    def read(self, type: type[Body]) -> Body:
        """Return the JSON body as that msgspec type; raises Refused, also where it is not sent as JSON."""
        if self.raw_body and self.request.META.get("CONTENT_TYPE", "").partition(";")[0].strip() != JSON:
            raise Refused(Refusal.WRONG_TYPE)
        return super().read(type)

    def asked(self, serializer: type[BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
        """Return the JSON body as a serializer read it; raises Refused."""
        return self.validated(serializer, self.read(dict[str, Any]), **options)

    @staticmethod
    def validated(serializer: type[BaseSerializer[Any]], data: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Return what a serializer made of the data; raises what `problem_of` turns into Refused."""
        read = serializer(data=data, **options)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def query(self, serializer: type[BaseSerializer[Any]]) -> dict[str, Any]:
        """Return the query string as a serializer read it; raises Refused."""
        read = serializer(data=self.request.query_params.dict(), context={"view": self})
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def page(self, rows: QuerySet[Row], serializer: type[BaseSerializer[Any]], asked: dict[str, Any]) -> HttpResponse:
        """Answer with one page of the rows, newest first, and where the next one begins."""
        if cursor := asked.get("cursor"):
            rows = rows.filter(pk__lt=read_id(cursor))
        found = list(rows.order_by("-pk")[: asked["limit"] + 1])
        shown = found[: asked["limit"]]
        is_more = len(found) > len(shown)
        return edge.json_response(
            {
                "items": serializer(shown, many=True).data,
                "next_cursor": str(shown[-1].pk) if is_more else None,
            }
        )

    def list_all(self, rows: QuerySet[Row], serializer: type[BaseSerializer[Any]]) -> HttpResponse:
        return self.page(rows, serializer, self.query(Paging))


def read_id(text: str) -> int:
    """Return an id from a path or cursor; raises Refused (NOT_FOUND) for what can be none."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 19 or int(text) > ids.LARGEST:
        raise Refused(Refusal.NOT_FOUND)
    return int(text)


def find(rows: QuerySet[Row], id: str) -> Row:
    """Return the row with this id, among those the caller may see; raises Refused (NOT_FOUND)."""
    row = rows.filter(pk=read_id(id)).first()
    if row is None:
        raise Refused(Refusal.NOT_FOUND)
    return row


def show(serializer: type[BaseSerializer[Any]], row: object, status: int = 200, **more: Any) -> HttpResponse:
    """Answer with one row."""
    return edge.json_response({**serializer(row).data, **more}, status=status)


class NotFound(View, edge.NotFound):
    """A path that the API does not have."""
