"""How our own API is described: OpenAPI 3.1, of its own paths alone, with every refusal in it."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from messaging.documents.own import own_document
from tokens.scopes import Scope

PREFIX = "/api/v1/"
Endpoint = tuple[str, str, str, Callable[..., Any]]

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[ -~]+$"},
    OpenApiParameter.HEADER,
    description="A text of your own, such as a UUID, that makes a repeated request safe.",
)
_AN_ID = "1152921504606846976"  # nothing's: whoever copies an example as it is changes nothing
_REFUSALS = {
    "400": "The body is not JSON, or an address must not be called.",
    "401": "There is no token, or it is not accepted.",
    "402": "The account's wallet is empty.",
    "403": "The token may not do this.",
    "404": "There is no such thing in this account.",
    "409": "This cannot be done now.",
    "413": "The body is too large.",
    "415": "The body is not sent as JSON.",
    "422": "A field is missing or wrong.",
    "429": "Too many requests this second, or messages today.",
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "examples": ["required"]},
                "message": {"type": "string", "examples": ["The field to is required."]},
                "field": {"type": "string", "description": "The path of the field it is about.", "examples": ["to"]},
                "retry_after": {"type": "integer", "description": "Seconds after which to try again."},
            },
        }
    },
}


def _header(description: str, type: str = "integer") -> dict[str, Any]:
    return {"description": description, "schema": {"type": type}}


_LIMITS = {
    "RateLimit-Policy": _header(
        'What the plan allows: requests a second, messages a day and a month, such as `"second";q=10;w=1`.', "string"
    ),
    "RateLimit": _header('What is left of each, and seconds until it begins again: `"second";r=9;t=1`.', "string"),
    "RateLimit-Limit": _header("Requests a second."),
    "RateLimit-Remaining": _header("Requests left in this second."),
    "RateLimit-Reset": _header("Seconds until the count begins again."),
}
_HEADERS = {
    "401": {"WWW-Authenticate": _header("Bearer", "string")},
    "429": {**_LIMITS, "Retry-After": _header("Seconds after which to try again.")},
}


def reference(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


class Schema(AutoSchema):
    """Describes an operation together with how it may be refused."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).partition("/")[0]]

    def get_description(self) -> str:  # type: ignore[override]  # the stubs have another class in mind
        return ""  # a view's docstring is for those who read the code

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        place = {"in": "path", "required": True, "schema": {"type": "string"}}
        return [{"name": name, **place, "examples": {"An id": {"value": _AN_ID}}} for name in variables]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        for response in operation["responses"].values():
            response.setdefault("headers", {}).update(_LIMITS)
        for status in self._refusals(has_body="requestBody" in operation):
            operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
        if "requestBody" in operation and self.view.__class__.__name__ != "Regenerate":
            operation["requestBody"]["required"] = True
        return operation

    def _refusals(self, *, has_body: bool) -> list[str]:
        found = {"401", "403", "422", "429"}
        if "{" in self.path or self.method == "GET":
            found.add("404")
        if self.method != "GET":
            found.add("409")
        if has_body or self.method != "GET":
            found |= {"413", "415"}
        if has_body:
            found.add("400")
        if getattr(self.view, "needs", {}).get(self.method) in (Scope.MESSAGES_SEND, Scope.BROADCASTS_WRITE):
            found.add("402")
        return sorted(found)


def only_ours(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Leave out what is not ours: each dialect is described elsewhere."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(PREFIX)]


def complete(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add what operations refer to: the sending routes' bodies and the refusals."""
    from messaging.api import bodies

    _, structs = msgspec.json.schema_components(
        [bodies.Message, bodies.Messages], ref_template="#/components/schemas/{name}"
    )
    components = result["components"]
    components["schemas"] |= {**structs, "Problem": _PROBLEM}
    for name in _asked(result["paths"]):
        components["schemas"][name]["additionalProperties"] = False
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        status: {"description": text, "headers": _HEADERS.get(status, {}), "content": content}
        for status, text in _REFUSALS.items()
    }
    return result


def _asked(paths: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that requests have: they take no field that is not named there."""
    operations = [operation for path in paths.values() for operation in path.values()]
    bodies = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    contents = [body["content"]["application/json"] for body in bodies if "application/json" in body["content"]]
    return {content["schema"]["$ref"].rpartition("/")[2] for content in contents if "$ref" in content["schema"]}


@cache
def document() -> bytes:
    """Return the document as JSON; it never changes while a process lives."""
    return json.dumps(own_document()).encode()


def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the document; who may read it is not asked."""
    return HttpResponse(document(), content_type="application/json")
