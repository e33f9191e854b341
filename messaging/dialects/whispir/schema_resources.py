"""What the operations about resources and imports take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from messaging.dialects.whispir import imports
from messaging.dialects.whispir.schema_words import IN, SORTED, Hex, Link, Required, Text, kept, takes, types
from messaging.documents import Answer, Operation
from messaging.errors import Refusal


class NewResource(Struct, rename="camel"):
    """A file in base64, of at most 10 MB. A private one is CSV, JSON or XML with rows."""

    name: Required
    scope: Required
    mime_type: Required
    deref_uri: Annotated[str, Meta(min_length=1)]


class Resource(Struct, rename="camel"):
    """What a file is, never what is in it."""

    id: Hex
    name: str
    scope: str
    mime_type: str
    link: list[Link]
    url: str | None = None


class Resources(Struct):
    """A page of resources, the one that was changed last first."""

    status: str
    link: list[Link]
    resources: list[Resource] | None = None


class ImportOptions(Struct, rename="camel"):
    """Which column is what, and what becomes of contacts that are there already: replace, duplicate or ignore."""

    field_mapping: dict[str, Text | None]
    import_mode: Any = None


class NewImport(Struct, rename="camel"):
    """A resource to read contacts from. The mode may stand beside the options too."""

    resource_id: Required
    import_type: Required
    import_options: ImportOptions
    import_mode: Any = None


_RESOURCE = {
    "name": "people.csv",
    "scope": "private",
    "mimeType": "text/csv",
    "derefUri": "bmFtZSxtb2JpbGUKQW5hLDYxNAo=",
}
_COLUMNS = {
    "firstName": "First",
    "lastName": "Last",
    "workMobilePhone1": "Mobile",
    "workCountry": "Country",
    "timezone": "Zone",
}
_IMPORT = {
    "resourceId": "$ID",
    "importType": "contact",
    "importOptions": {"fieldMapping": _COLUMNS, "importMode": "replace"},
}


def _import(path: str, where: str, within: dict[str, str]) -> dict[str, Operation]:
    return {
        f"POST {path}": Operation(
            summary=f"Import contacts{where}",
            tag="imports",
            description="Runs in the background; what became of the rows stands in the audit log.",
            path=within,
            takes=takes(NewImport, imports.Imports.kind),
            examples={"Contacts": _IMPORT},
            answers={202: Answer(str, is_plain=True, media_type=types(imports.Imports.kind))},
            refuses=(Refusal.MEDIA_FORMAT,),
        )
    }


OPERATIONS: dict[str, Operation] = {
    **kept(
        "resources",
        "resource",
        called="resource",
        several="resources",
        listing=Resources,
        item=Resource,
        new=NewResource,
        example=_RESOURCE,
        filters={"name": "Part of the name.", "scope": "`private` or `public`.", **SORTED},
    ),
    **_import("/imports", "", {}),
    **_import("/workspaces/{wid}/imports", " in a workspace", IN),
}
