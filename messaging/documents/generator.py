"""One dialect's OpenAPI document, by drf-spectacular: its routes, and what its `schema.py` says of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.plumbing import normalize_result_object, sanitize_result_object

from messaging import dialect
from messaging.dialect import Dialect
from messaging.documents import security
from messaging.documents.described import description_of, filled, mounted, samples
from messaging.documents.inspector import Inspector


@cache
def template(name: str) -> Mapping[str, Any]:
    """Return the dialect's document with placeholders in its examples; it never changes while a process lives."""
    found: Mapping[str, Any] = Generator(dialect.found()[name]).get_schema(public=True)
    return found


def document(style: Dialect, by: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the dialect's document; `by` gives the samples in its examples."""
    found: dict[str, Any] = filled(template(style.name), by or samples(style))
    return found


class _Routes(EndpointEnumerator):
    patterns: Any  # the dialect

    def get_api_endpoints(self, patterns: Any = None, prefix: str = "") -> list[Any]:
        return [(path, path, method, view) for method, path, view in mounted(self.patterns)]


class Generator(SchemaGenerator):
    endpoint_inspector_cls = _Routes

    def __init__(self, style: Dialect) -> None:
        super().__init__(patterns=style)  # type: ignore[no-untyped-call]
        self.style, self.said = style, description_of(style)

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)  # type: ignore[no-untyped-call]
        self._set_schema_to_view(view, Inspector(self.style, self.said))  # type: ignore[no-untyped-call]
        return view

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        result = {
            "openapi": settings.SPECTACULAR_SETTINGS["OAS_VERSION"],
            "info": {
                "title": f"{self.style.label} at {settings.GATEWAY_NAME}",
                "version": "1",
                "description": self.style.description,
            },
            "servers": [{"url": f"/{self.style.mount}"}],
            "security": security.requirements(self.said.security),
            "paths": self.parse(request, public),  # type: ignore[no-untyped-call]
        }
        components = self.registry.build({"securitySchemes": security.definitions(self.said.everywhere())})
        return sanitize_result_object(normalize_result_object({**result, "components": components}))
