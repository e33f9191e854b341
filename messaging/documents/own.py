"""The document of our own API, which drf-spectacular makes from the gateway's routes, as its settings say."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer


@cache
def own_document() -> Mapping[str, Any]:
    """Return the document; it never changes while a process lives."""
    found = SchemaGenerator().get_schema(request=None, public=True)
    document: Mapping[str, Any] = json.loads(OpenApiJsonRenderer().render(found))
    return document
