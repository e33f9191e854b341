"""What there is to say about one operation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from msgspec import UNSET, Meta, UnsetType

from messaging.dialect import Problem
from messaging.documents.security import Security
from messaging.errors import Refusal
from tokens.errors import Denial

Shape = Any  # a type that msgspec knows (a Struct, list[Struct], Literal, …), a DRF serializer, or a JSON schema
JSON = "application/json"
FORMS = (JSON, "application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back. In examples `$TO`, `$DEVICE` and `$ID` stand for what they do in `messaging.dialect.Example`."""

    shape: Shape = None  # None: no body
    example: Any | UnsetType = UNSET
    description: str = ""
    media_type: str | Sequence[str] = JSON
    is_plain: bool = False  # a bare text, whatever its media type says


@dataclass(frozen=True, slots=True)
class Voice:
    """Another way to say no than the rest of the dialect's: its name, the refusals' shape, and what words one."""

    name: str
    error: Shape
    answer: Callable[[Problem, HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. How it may be refused is added: see `refusals.of`."""

    summary: str  # unique in its document
    description: str = ""
    tag: str = ""  # the group it is listed in; without one, the path's first word that is no version
    takes: Shape = None  # the body's shape; or a mapping from media types to shapes
    examples: Mapping[str, Any] = field(default_factory=dict)  # of bodies, by what they are, the plainest first
    needs_body: bool = True
    answers: Mapping[int, Answer | Shape] = field(default_factory=lambda: {200: Answer({})})
    parameters: Sequence[OpenApiParameter] = ()  # `query(…)` and `header(…)`
    path: Mapping[str, Any] = field(default_factory=dict)  # an example of each parameter in the path
    refuses: Collection[Refusal | Denial] = ()  # beside those that come from its shape
    voice: Voice | None = None
    security: Security | None = None  # None: the document's; (): none is needed
    differs: str = ""  # in what we do not do as the vendor

    def bodies(self) -> Mapping[str, Shape]:
        """Return the body's shape in each media type; nothing if it takes none."""
        if self.takes is None:
            return {}
        if isinstance(self.takes, Mapping) and all("/" in name for name in self.takes):
            return self.takes
        return {JSON: self.takes}


def query(
    name: str, shape: Shape = str, description: str = "", *, example: Any = UNSET, required: bool = False
) -> OpenApiParameter:
    """Describe a parameter of the query string."""
    return _parameter(name, shape, description, OpenApiParameter.QUERY, example=example, required=required)


def header(
    name: str, shape: Shape = str, description: str = "", *, example: Any = UNSET, required: bool = False
) -> OpenApiParameter:
    """Describe a header of the request; the credential's is known from SECURITY."""
    return _parameter(name, shape, description, OpenApiParameter.HEADER, example=example, required=required)


def one_of(words: Iterable[str]) -> Meta:
    """Say which words a text may be: `Annotated[str, one_of(STATES.values())]`."""
    return Meta(extra_json_schema={"enum": list(dict.fromkeys(words))})


def _parameter(
    name: str, shape: Shape, description: str, place: Any, *, example: Any, required: bool
) -> OpenApiParameter:
    examples = [] if example is UNSET else [OpenApiExample("example", value=example)]
    schema = shape if isinstance(shape, dict) else msgspec.json.schema(shape)
    return OpenApiParameter(name, schema, location=place, description=description, required=required, examples=examples)
