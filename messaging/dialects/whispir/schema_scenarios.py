"""What the operations about scenarios take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from messaging.dialects.whispir.accepting import ACCEPTED
from messaging.dialects.whispir.composing import MOST_TEXT, MOST_TO
from messaging.dialects.whispir.schema_send import Empty, Label
from messaging.dialects.whispir.schema_words import IN, ONE, Hex, Link, kept, types
from messaging.documents import Answer, Operation, header, one_of

Name = Annotated[str, Meta(min_length=1, max_length=255)] | int | float


class ScenarioMessage(Struct, rename="camel"):
    """The message that is sent. It may have all that a message has, but its times and files."""

    to: Annotated[str, Meta(min_length=1, max_length=MOST_TO)] | int | float
    subject: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)] | int | float
    body: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)] | int | float
    label: Label | None = None


class NewScenario(Struct, rename="camel"):
    """A message to be sent as it is, later and any number of times."""

    title: Name
    description: Annotated[str, Meta(min_length=1, max_length=2000)] | int | float
    message: ScenarioMessage
    allowed_users: Annotated[str, one_of(["EVERYONE", "SELECTEDUSERS", ""])] | Empty | None = None
    allowed_user_ids: Any = None  # read where users are selected alone


class BriefScenario(Struct, rename="camel"):
    """A scenario as lists show it."""

    id: Hex
    title: str
    name: str
    description: str
    created_time: int
    link: list[Link]


class ShownMessage(Struct, rename="camel"):
    """The message of a scenario."""

    from_: str = field(name="from")
    created_time: int
    subject: str | None = None
    to: str | None = None
    body: str | None = None
    label: str | None = None


class Scenario(Struct, rename="camel"):
    """A scenario."""

    id: Hex
    title: str
    name: str
    description: str
    created_time: int
    allowed_users: Literal["EVERYONE", "SELECTEDUSERS"]
    allowed_user_ids: str
    message: ShownMessage
    link: list[Link]


class Scenarios(Struct):
    """Scenarios, all of them where no limit is asked for."""

    status: str
    link: list[Link]
    scenarios: list[BriefScenario] | None = None


_EXAMPLE = {
    "title": "Evacuation",
    "description": "Everybody leaves the building",
    "message": {"to": "$TO", "subject": "Evacuation", "body": "Please leave the building."},
    "allowedUsers": "EVERYONE",
}


def _run(prefix: str, path: dict[str, str], where: str) -> tuple[str, Operation]:
    return (
        f"POST {prefix}/scenarios/{{id}}",
        Operation(
            summary=f"Send a scenario's message{where}",
            tag="scenarios",
            description="To whom it means now. It takes no body.",
            parameters=[header("Idempotency-Key", str, "A repeat within 24 hours sends nothing.")],
            path=path | ONE,
            answers={202: Answer({"type": "string", "const": ACCEPTED}, media_type=types("scenario"), is_plain=True)},
        ),
    )


OPERATIONS = {
    **kept(
        "scenarios",
        "scenario",
        called="scenario",
        several="scenarios",
        listing=Scenarios,
        item=Scenario,
        new=NewScenario,
        example=_EXAMPLE,
        filters={"title": "Only those that have this in their title."},
    ),
    **dict([_run("", {}, ""), _run("/workspaces/{wid}", IN, " in a workspace")]),
}
