"""msgspec's types in documents: a Struct is a component of its own name, wherever drf-spectacular meets it."""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

_REFERENCE = "#/components/schemas/{name}"


def described(shape: Any, registry: ComponentRegistry) -> dict[str, Any]:
    """Return the JSON schema of a type that msgspec knows; the Structs in it become components.

    Raises ValueError where two unlike ones have one name.
    """
    (schema,), components = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    for name, component in components.items():
        _register(name, component, registry)
    return schema


def _register(name: str, schema: dict[str, Any], registry: ComponentRegistry) -> None:
    component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, object=msgspec.Struct)
    registry.register_on_missing(component)
    if registry[component].schema != schema:
        raise ValueError(f"Two shapes are called {name}.")


class StructSchema(OpenApiSerializerExtension):
    target_class = msgspec.Struct
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str:
        return str(self.target.__name__)

    def get_identity(self, auto_schema: AutoSchema, direction: Any) -> Any:
        return msgspec.Struct

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        _, components = msgspec.json.schema_components([self.target], ref_template=_REFERENCE)
        mine = components.pop(self.target.__name__)
        for name, component in components.items():
            _register(name, component, auto_schema.registry)
        return dict(mine)
