"""What was used: by day, by token, by device and by API, as JSON or as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple
from itertools import islice
from typing import Any, ClassVar

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request

from messaging import csv_text, edge
from messaging.api.serializers import usage as out
from messaging.api.views.base import View, show
from messaging.errors import Refusal, Refused
from messaging.reporting import COUNTS, By, Key, Report
from tokens.scopes import Scope

_MOST = 10_000  # lines of one JSON answer
_LISTS = {"days": By.DAY, "tokens": By.TOKEN, "devices": By.DEVICE, "dialects": By.DIALECT}
_COLUMNS = {
    By.DAY: ("day",),
    By.TOKEN: ("token_id", "token_name"),
    By.DEVICE: ("device_id", "device_name"),
    By.DIALECT: ("dialect",),
}
_ANSWER = PolymorphicProxySerializer(
    component_name="Usage", serializers=[out.UsageOut, out.GroupedOut], resource_type_field_name=None
)


class Usage(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.REPORTS_READ}

    @extend_schema(
        operation_id="usage",
        summary="Count messages and requests by day, token, device and API",
        description="Without `group` each of the four is summed by itself. With it there is an item for each "
        "combination. Requests are those of tokens: of devices, people and logins they are null. CSV, asked for by "
        "`format=csv` or `Accept: text/csv`, has a line for each item, by day unless `group` says otherwise.",
        parameters=[out.UsageQuery],
        responses={(200, "application/json"): _ANSWER, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        asked = self.query(out.UsageQuery)
        account, first, last, group = self.caller.account, asked["first"], asked["last"], asked["group"]
        if asked["format"] == "csv" or (not asked["format"] and _prefers_csv(self.request.META.get("HTTP_ACCEPT", ""))):
            rows = _table(Report(account, first, last, group or [By.DAY]))
            response = StreamingHttpResponse(csv_text.lines(rows), content_type=csv_text.CSV)
            response["Content-Disposition"] = f'attachment; filename="usage-{first}-{last}.csv"'
            return response
        if group:
            return edge.json_response({"items": _items(Report(account, first, last, group))})
        sums = {name: _items(Report(account, first, last, [by])) for name, by in _LISTS.items()}
        return show(out.UsageOut, sums)


def _prefers_csv(accept: str) -> bool:
    kinds = [kind.partition(";")[0].strip() for kind in accept.split(",")]
    return "text/csv" in kinds and "application/json" not in kinds


def _items(report: Report) -> list[dict[str, Any]]:
    """Return the report's lines; raises Refused where there are too many for one answer."""
    items = [_named(report, key) | asdict(counts) for key, counts in islice(report.lines(), _MOST + 1)]
    if len(items) > _MOST:
        raise Refused(
            Refusal.INVALID, f"This has more than {_MOST:,} lines: ask for fewer days, or for CSV.", field="to"
        )
    return items


def _named(report: Report, key: Key) -> dict[str, Any]:
    """Return a line's key under the names of its fields, in their order."""
    named: dict[str, Any] = {}
    for by, part in zip(report.by, key, strict=True):
        named |= dict(zip(_COLUMNS[by], _shown(report, by, part), strict=True))
    return named


def _shown(report: Report, by: By, part: Any) -> Sequence[Any]:
    if by in (By.DAY, By.DIALECT):
        return (part,)
    names = report.tokens if by is By.TOKEN else report.devices
    return (str(part), names.get(part)) if part else (None, None)


def _table(report: Report) -> Iterator[Sequence[object]]:
    yield [*(column for by in report.by for column in _COLUMNS[by]), *COUNTS]
    for key, counts in report.lines():
        yield [*_named(report, key).values(), *astuple(counts)]
