"""What Whispir's operations take and answer. Shapes are those of JSON; XML has the same names."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir import (
    schema_access,
    schema_account,
    schema_callbacks,
    schema_messages,
    schema_people,
    schema_prepared,
    schema_resources,
    schema_scenarios,
)
from messaging.dialects.whispir.schema_words import IN, Error, Hex, Link, Required, Text, answer, takes
from messaging.documents import BASIC, BEARER, Answer, Operation, key_header

_KEY = key_header("x-api-key")
SECURITY = ((_KEY, BASIC), (_KEY, BEARER))
HEADERS = {"Cache-Control": "max-age=0", "Access-Control-Allow-Origin": "*"}


class NewWorkspace(Struct, rename="camel"):
    """A part of the account."""

    project_name: Required
    status: Literal["A", "D"]
    project_number: Annotated[str, Meta(max_length=64)] | int | float | None = None
    billingcostcentre: Text | None = None


class Workspace(Struct, rename="camel"):
    """A part of the account, with links to what is in it."""

    id: Hex
    project_name: str
    status: Literal["A", "D"]
    link: list[Link]
    project_number: str | None = None
    billingcostcentre: str | None = None


class Workspaces(Struct):
    """All workspaces of the account."""

    status: str
    link: list[Link]
    workspaces: list[Workspace] | None = None


class Company(Struct):
    """The account, with links to all there is."""

    id: Hex
    name: str
    link: list[Link]


ERROR = Error
ALSO = {"application/vnd.whispir.message-v1+xml": "application/vnd.whispir.message-v1+json"}

OPERATIONS = {
    "GET /": Operation(
        summary="Try the connection",
        tag="company",
        answers={200: answer(Company, "company")},
        differs="There are no workflows to lead to.",
    ),
    "GET /workspaces": Operation(summary="List workspaces", answers={200: answer(Workspaces, "workspace")}),
    "POST /workspaces": Operation(
        summary="Create a workspace",
        takes=takes(NewWorkspace, "workspace"),
        examples={"A workspace": {"projectName": "Operations", "status": "A"}},
        answers={201: answer(Workspace, "workspace")},
    ),
    "GET /workspaces/{wid}": Operation(
        summary="Read a workspace", path=IN, answers={200: answer(Workspace, "workspace")}
    ),
    "PUT /workspaces/{wid}": Operation(
        summary="Change a workspace",
        takes=takes(NewWorkspace, "workspace"),
        examples={"A workspace": {"projectName": "Operations", "status": "D"}},
        path=IN,
        answers={204: Answer(None)},
    ),
    **{
        f"POST {path}": Operation(
            summary=summary,
            tag="not offered",
            takes=takes(dict[str, Any], kind),
            examples={"Anything": {"name": "Anything"}},
            needs_body=False,
            answers={501: answer(Error, "message")},
            differs=differs,
        )
        for path, kind, summary, differs in (
            ("/workflows", "workflow", "Run a workflow", "No workflows are run."),
            ("/infohub/sources", "infohub-source", "Create a source of news", "There is no information hub."),
            ("/infohub/documents", "infohub-source", "Create a piece of news", "There is no information hub."),
        )
    },
    **schema_messages.OPERATIONS,
    **schema_callbacks.OPERATIONS,
    **schema_scenarios.OPERATIONS,
    **schema_prepared.OPERATIONS,
    **schema_account.OPERATIONS,
    **schema_access.OPERATIONS,
    **schema_people.OPERATIONS,
    **schema_resources.OPERATIONS,
}

ABSENT: dict[str, str] = {}
