"""What the operations about users, activities and custom lists take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir import activity_words
from messaging.dialects.whispir.schema_words import IN, Hex, Link, Text, answer, takes
from messaging.documents import Operation, query
from messaging.errors import Refusal
from tokens.errors import Denial

Id32 = Annotated[str, Meta(pattern="^[0-9A-F]{32}$")]


class User(Struct, rename="camel"):
    """A person of the account."""

    id: Hex
    first_name: str
    last_name: str
    company_name: str
    work_email_address1: str
    work_mobile_phone1: str
    link: list[Link]
    user_name: str | None = None
    timezone: str | None = None
    work_country: str | None = None
    status: str | None = None


class Users(Struct):
    """A page of people."""

    status: str
    link: list[Link]
    users: list[User] | None = None


class NewActivity(Struct):
    """What somebody did."""

    action: Literal[activity_words.ACTIONS]  # type: ignore[valid-type]
    module: Literal[activity_words.MODULES]  # type: ignore[valid-type]
    status: Literal[activity_words.STATUSES]  # type: ignore[valid-type]
    user: Text | None = None
    description: Annotated[str, Meta(max_length=1000)] | int | float | None = None
    workspace: Text | None = None


class Detail(Struct):
    """More about an activity."""

    description: Annotated[str, Meta(min_length=1, max_length=1000)] | int | float


class Activity(Struct, rename="camel"):
    """An entry of the account's log."""

    id: Id32
    user: str
    fullname: str
    time: str
    action: str
    module: str
    status: str
    description: str
    workspace_name: str
    link: list[Link]


class Activities(Struct):
    """A page of the account's log, the newest first."""

    status: str
    link: list[Link]
    activities: list[Activity]


class Choice(Struct):
    """A word to choose."""

    name: str
    value: str


class CustomList(Struct, rename="camel"):
    """Words to choose from."""

    id: Hex
    name: str
    type: str
    created_date: str
    sort_type: str
    linked: str
    link: list[Link]
    customlabellists: list[Choice] | None = None


class CustomLists(Struct):
    """All custom lists."""

    status: str
    link: list[Link]
    customlabels: list[CustomList] | None = None


_ONE_LIST = "There is one list, of what an event's status may be."
_BY_PEOPLE = "People are invited, changed and removed in the dashboard: the answer is 403."
_ACTIVITY = {"action": "Login", "module": "System", "status": "Successful", "description": "From the intranet"}
_ONE_ACTIVITY = {"id": "0" * 31 + "1"}
_LOG_FILTERS = ("action", "module", "user", "workspace", "status", "description", "startTime", "endTime")


def _described(prefix: str, path: dict[str, str], where: str) -> dict[str, Operation]:
    """Return what is only read, in the account as a whole or in a workspace."""
    one = path | _ONE_ACTIVITY
    return {
        f"GET {prefix}/activities": Operation(
            summary=f"List activities{where}",
            path=path,
            tag="activities",
            parameters=[query(name) for name in _LOG_FILTERS],
            answers={200: answer(Activities, "activity")},
            refuses=[Refusal.NOT_FOUND],
        ),
        f"POST {prefix}/activities": Operation(
            summary=f"Create an activity{where}",
            path=path,
            tag="activities",
            takes=takes(NewActivity, "activity"),
            examples={"A sign-in": _ACTIVITY},
            answers={201: answer(Activity, "activity")},
        ),
        f"GET {prefix}/activities/{{id}}": Operation(
            summary=f"Read an activity{where}", path=one, tag="activities", answers={200: answer(Activity, "activity")}
        ),
        f"POST {prefix}/activities/{{id}}": Operation(
            summary=f"Add to an activity{where}",
            path=one,
            tag="activities",
            takes=takes(Detail, "activity"),
            examples={"A detail": {"description": "It was a drill."}},
            answers={201: answer(Activity, "activity")},
        ),
        f"GET {prefix}/customlists": Operation(
            summary=f"List custom lists{where}",
            path=path,
            tag="custom lists",
            parameters=[query("name"), query("type")],
            answers={200: answer(CustomLists, "customlist")},
            refuses=[Refusal.NOT_FOUND],
            differs=_ONE_LIST,
        ),
        f"GET {prefix}/customlists/{{id}}": Operation(
            summary=f"Read a custom list{where}",
            path=path | {"id": "0" * 15 + "1"},
            tag="custom lists",
            answers={200: answer(CustomList, "customlist")},
            differs=_ONE_LIST,
        ),
    }


def _of_users() -> dict[str, Operation]:
    shape: dict[str, Any] = {"tag": "users", "differs": _BY_PEOPLE}
    one = {"id": "0" * 15 + "1"}
    told: dict[str, Any] = {"answers": {}, "refuses": [Denial.ROLE]}
    listed: dict[str, Any] = {"tag": "users", "parameters": [query("firstName"), query("status")]}
    return {
        "GET /users": Operation(summary="List users", answers={200: answer(Users, "user")}, **listed),
        "GET /workspaces/{wid}/users": Operation(
            summary="List users in a workspace", path=IN, answers={200: answer(Users, "user")}, **listed
        ),
        "GET /users/{id}": Operation(summary="Read a user", path=one, tag="users", answers={200: answer(User, "user")}),
        "POST /users": Operation(summary="Create a user", **shape, **told),
        "POST /workspaces/{wid}/users": Operation(summary="Create a user in a workspace", path=IN, **shape, **told),
        "PUT /users/{id}": Operation(summary="Change a user", path=one, **shape, **told),
        "DELETE /users/{id}": Operation(summary="Delete a user", path=one, **shape, **told),
        "DELETE /users": Operation(summary="Delete all users", **shape, **told),
    }


OPERATIONS = {
    **_of_users(),
    **_described("", {}, ""),
    **_described("/workspaces/{wid}", IN, " in a workspace"),
}
