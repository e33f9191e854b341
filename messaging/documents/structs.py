"""msgspec's types in documents: each Struct is a component of its own name."""

from typing import Any

import msgspec
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
