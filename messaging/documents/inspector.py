"""One operation of a document: what drf-spectacular asks of a view, answered from the dialect's `schema.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from msgspec import UNSET
from rest_framework.serializers import BaseSerializer

from messaging.dialect import Dialect
from messaging.documents import refusals, security
from messaging.documents.described import Description
from messaging.documents.operations import Answer, Operation, Shape, Voice
from messaging.documents.structs import described

_ANY_TIME = {"description": "Something broke on our side, or too much is waiting. Try again later."}
_NO_GROUP = re.compile(r"v[0-9]+|api|\{.*|")


class Inspector(AutoSchema):
    said: Operation

    def __init__(self, style: Dialect, whole: Description) -> None:
        super().__init__()
        self.style, self.whole = style, whole

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        self.said = self.whole.operations.get(f"{method} {path}") or Operation(summary=f"{method} {path}")
        operation: dict[str, Any] = super().get_operation(path, path_regex, path_prefix, method, registry) or {}
        if "requestBody" in operation:
            operation["requestBody"]["required"] = self.said.needs_body
        if not self._security():
            operation["security"] = []
        if any(isinstance(said, Answer) and said.is_plain for said in self.said.answers.values()):
            operation["x-plain-text"] = True
        if self.said.differs:
            operation["x-differs"] = self.said.differs
        for status, response in self._refusals(has_body="requestBody" in operation):
            operation["responses"].setdefault(status, response)
        for response in operation["responses"].values():
            response.setdefault("headers", {}).update(self._headers())
        operation["responses"]["5XX"] = _ANY_TIME
        return operation

    def get_operation_id(self) -> str:
        return re.sub(r"\W+", "_", self.said.summary.lower()).strip("_")

    def get_summary(self) -> str:
        return self.said.summary

    def get_description(self) -> str:  # type: ignore[override]  # the stubs have another class in mind
        return self.said.description

    def get_tags(self) -> list[str]:
        words = (word for word in self.path.split("/") if not _NO_GROUP.fullmatch(word))
        return [self.said.tag or next(words, self.style.label)]

    def get_auth(self) -> Any:
        return security.requirements(self._security())

    def _security(self) -> security.Security:
        return self.whole.security if self.said.security is None else self.said.security

    # What is asked
    def get_override_parameters(self) -> list[Any]:
        return list(self.said.parameters)

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [self._path_parameter(name) for name in variables]

    def _path_parameter(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        if name in self.said.path:
            found["examples"] = {"example": {"value": self.said.path[name]}}
        return found

    def get_request_serializer(self) -> Any:
        return {media_type: self._shape(shape) for media_type, shape in self.said.bodies().items()}

    def get_examples(self) -> list[OpenApiExample]:
        return [
            OpenApiExample(name, value=value, request_only=True, media_type=media_type)
            for media_type in self.said.bodies()
            for name, value in self.said.examples.items()
        ]

    # What is answered
    def get_response_serializers(self) -> Any:
        return dict(pair for status, said in self.said.answers.items() for pair in self._answer(str(status), said))

    def _answer(self, status: str, said: Answer | Shape) -> Iterator[tuple[Any, Any]]:
        answer = said if isinstance(said, Answer) else Answer(said)
        description = answer.description or HTTPStatus(int(status)).phrase
        examples = [] if answer.example is UNSET else [OpenApiExample("example", value=answer.example)]
        shape = None if answer.shape is None else self._shape(answer.shape)
        media_types = [answer.media_type] if isinstance(answer.media_type, str) else answer.media_type
        key = status if shape is None else (status, *media_types)
        yield key, OpenApiResponse(shape, description=description, examples=examples)

    def _shape(self, shape: Shape) -> Any:
        """Return what drf-spectacular knows: a serializer, or a schema."""
        if isinstance(shape, dict | BaseSerializer) or (isinstance(shape, type) and issubclass(shape, BaseSerializer)):
            return shape or {"description": "Anything."}
        return described(shape, self.registry)

    # How it is refused
    def _refusals(self, *, has_body: bool) -> Iterator[tuple[str, dict[str, Any]]]:
        kinds = refusals.of(
            self.path,
            self.method,
            scope=getattr(self.view, "needs", {}).get(self.method),
            has_body=has_body,
            is_open=not self._security(),
        )
        found: dict[str, dict[str, Any]] = {}
        voice = self.said.voice or Voice("", self.whole.error, self.style.answer)
        for status, media_type, words in refusals.statuses(refusals.worded(voice.answer, {*kinds, *self.said.refuses})):
            response = found.setdefault(status, {"description": HTTPStatus(int(status)).phrase, "content": {}})
            content = {
                "schema": self._shape(voice.error) if media_type.endswith("json") else {"type": "string"},
                "examples": {kind: self._example(kind, voice.name, word.body) for kind, word in words.items()},
            }
            response["content"][media_type] = content
            if other := self.whole.also.get(media_type):
                response["content"][other] = {"schema": self._shape(voice.error)}
        yield from found.items()

    def _example(self, kind: refusals.Kind, voice: str, body: Any) -> dict[str, str]:
        """Return a reference to the refusal's example, which all operations share."""
        example = {"summary": kind.replace("_", " ").capitalize(), "value": body}
        component = ResolvedComponent(voice + kind, ResolvedComponent.EXAMPLE, example, object=type(kind))
        self.registry.register_on_missing(component)
        return dict(component.ref)

    def _headers(self) -> dict[str, Any]:
        """Return references to the headers of every answer, which all operations share."""
        found = {}
        for name, text in self.whole.headers.items():
            header = {"description": text, "schema": {"type": "string"}}
            component = ResolvedComponent(name, ResolvedComponent.HEADER, header, object=str)
            self.registry.register_on_missing(component)
            found[name] = dict(component.ref)
        return found
