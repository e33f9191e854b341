"""What the descriptions of Whispir's operations share: error, links, media types, pages, and what kept things do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir.views import MOST_ROWS
from messaging.documents import Answer, Operation, query

Hex = Annotated[str, Meta(pattern="^[0-9A-F]{16}$")]
Whole = Annotated[str, Meta(pattern="^[0-9]{0,5}$")] | Annotated[int, Meta(ge=0, le=99_999)]

# Where a text is asked for, a number is taken as its digits.
Text = Annotated[str, Meta(max_length=255)] | int | float
Required = Annotated[str, Meta(min_length=1, max_length=255)] | int | float
LongText = Annotated[str, Meta(max_length=2000)] | int | float
Nothing = Literal[""]  # as an empty element of XML is read


class Error(Struct, rename="camel"):
    """Every refusal but those of the key and its limits."""

    error_summary: str
    error_text: str
    error_detail: str
    link: list[Any]


class Link(Struct):
    """Where something is, and how to ask for it."""

    uri: str
    rel: str
    method: str
    type: str | None = None


def types(kind: str) -> tuple[str, str]:
    return f"application/vnd.whispir.{kind}-v1+json", f"application/vnd.whispir.{kind}-v1+xml"


def answer(shape: Any, kind: str, description: str = "") -> Answer:
    return Answer(shape, description=description, media_type=types(kind))


def takes(shape: Any, kind: str) -> dict[str, Any]:
    return {types(kind)[0]: shape}


PAGE = [
    query("limit", Annotated[int, Meta(ge=0, le=MOST_ROWS)], "Rows on a page, at most 20; 0 for all.", example=20),
    query("offset", Annotated[int, Meta(ge=0, le=MOST_ROWS)], "Rows to leave out.", example=0),
]
SORTED = {"sortFields": "Names of fields, between commas.", "sortOrder": "`asc` or `desc`."}
ONE = {"id": "$ID"}
IN = {"wid": "undefined"}


def kept(
    path: str,
    kind: str,
    *,
    called: str,
    several: str,
    listing: Any,
    item: Any,
    new: Any,
    example: Mapping[str, Any],
    methods: str = "LCRUD",
    in_workspaces: bool = True,
    filters: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Operation]:
    """Return what is done with one kind of thing: list, create, read, update, delete, as the letters say.

    `listing`, `item` and `new` are shapes, `filters` the query's by name with what they mean; `more` goes to each.
    """
    found: dict[str, Operation] = {}
    for prefix, within, where in [("", {}, ""), ("/workspaces/{wid}", IN, " in a workspace")][: 1 + in_workspaces]:
        many, single, id = f"{prefix}/{path}", f"{prefix}/{path}/{{id}}", within | ONE
        body = {"takes": takes(new, kind), "examples": {called.capitalize(): example}}
        asked = [*PAGE, *(query(name, str, text) for name, text in (filters or {}).items())]
        known: dict[str, tuple[str, dict[str, Any]]] = {
            "L": (f"GET {many}", {"summary": f"List {several}{where}", "parameters": asked, "path": within,
                                  "answers": {200: answer(listing, kind)}}),
            "C": (f"POST {many}", {"summary": f"Create a {called}{where}", "path": within, **body,
                                   "answers": {201: answer(item, kind)}}),
            "R": (f"GET {single}", {"summary": f"Read a {called}{where}", "path": id,
                                    "answers": {200: answer(item, kind)}}),
            "U": (f"PUT {single}", {"summary": f"Change a {called}{where}", "path": id, **body,
                                    "answers": {204: Answer(None)}}),
            "D": (f"DELETE {single}", {"summary": f"Delete a {called}{where}", "path": id,
                                       "answers": {204: Answer(None)}}),
        }  # fmt: skip
        for letter in methods:
            name, told = known[letter]
            found[name] = Operation(tag=several, **told, **more)
    return found
