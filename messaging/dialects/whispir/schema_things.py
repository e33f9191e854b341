"""What the operations about templates, rules, events, apps, users, activities and custom lists take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir import activity_words, apps
from messaging.dialects.whispir.composing import MOST_LABEL, MOST_TEXT
from messaging.dialects.whispir.events import MOST_VALUE
from messaging.dialects.whispir.responserules import MATCHES
from messaging.dialects.whispir.schema_words import IN, Hex, Link, answer, kept, takes
from messaging.dialects.whispir.templates import MIME_TYPES, TYPES
from messaging.documents import Answer, Operation, one_of, query
from messaging.errors import Refusal

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Id32 = Annotated[str, Meta(pattern="^[0-9A-F]{32}$")]


class Email(Struct):
    """What goes by e-mail."""

    type: Annotated[str, one_of(MIME_TYPES)] | None = None
    body: str | None = None
    footer: str | None = None


class Web(Struct):
    """What goes onto a web page."""

    type: str | None = None
    body: str | None = None


class Voice(Struct):
    """What is said."""

    header: str | None = None
    body: str | None = None
    type: str | None = None


class NewTemplate(Struct, rename="camel"):
    """Content to make messages from. One of body, email, voice and web is needed."""

    message_template_name: Name
    subject: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]
    body: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT, pattern=r"\S")]
    message_template_description: Annotated[str, Meta(max_length=2000)] | None = None
    response_template_id: Annotated[str, Meta(max_length=64)] | None = None
    email: Email | None = None
    voice: Voice | None = None
    web: Web | None = None
    type: Literal[TYPES] | None = None  # type: ignore[valid-type]  # the words of the table
    label: Annotated[str, Meta(max_length=MOST_LABEL)] | None = None
    features: dict[str, Any] | None = None
    social: dict[str, Any] | None = None


class BriefTemplate(Struct, rename="camel"):
    """A template as lists show it."""

    id: Hex
    message_template_name: str
    message_template_description: str
    link: list[Link]


class Template(Struct, rename="camel"):
    """A template."""

    id: Hex
    message_template_name: str
    message_template_description: str
    subject: str
    body: str
    type: str
    tags: str
    dlr: dict[str, Any]
    email: Email
    web: Web
    voice: Voice
    response_template_id: str
    link: list[Link]


class Templates(Struct):
    """A page of templates."""

    status: str
    link: list[Link]
    messagetemplates: list[BriefTemplate] | None = None


class Pattern(Struct, rename="camel"):
    """Answers that belong together: the first pattern that fits names them."""

    name: Name
    text_prompt: Name
    pattern: Annotated[str, one_of(MATCHES)]
    voice_prompt: Annotated[str, Meta(pattern="^[0-9*#]?$")] | None = None
    spoken_voice_prompt: Annotated[str, Meta(max_length=255)] | None = None
    colour: Annotated[str, Meta(pattern="^(#[0-9A-Fa-f]{6})?$")] | None = None


class Patterns(Struct, rename="camel"):
    """The patterns of a rule."""

    response_template_pattern: Annotated[list[Pattern], Meta(min_length=1, max_length=100)]


class NewRule(Struct, rename="camel"):
    """How to sort answers."""

    name: Name
    response_template_patterns: Patterns
    description: Annotated[str, Meta(max_length=2000)] | None = None


class BriefRule(Struct):
    """A response rule as lists show it."""

    id: Hex
    name: str
    description: str
    link: list[Link]


class Rule(Struct, rename="camel"):
    """A response rule."""

    id: Hex
    name: str
    description: str
    response_template_patterns: Patterns
    link: list[Link]


class Rules(Struct, rename="camel"):
    """Response rules, all of them where no limit is asked for."""

    status: str
    link: list[Link]
    response_rules: list[BriefRule] | None = None


class EventField(Struct):
    """A value for `@@name@@`."""

    name: Name
    value: Annotated[str, Meta(max_length=MOST_VALUE)] | None = None


class EventForm(Struct, rename="camel"):
    """Values that belong together."""

    form_name: Annotated[str, Meta(max_length=255)] | None = None
    event_field_list: Annotated[list[EventField], Meta(max_length=200)] | None = None


class NewEvent(Struct, rename="camel"):
    """Something that goes on."""

    event_label: Name
    status: Annotated[str, Meta(max_length=64)] | None = None
    event_form_list: Annotated[list[EventForm], Meta(max_length=20)] | None = None


class Event(Struct, rename="camel"):
    """An event, with a link to the messages about it."""

    id: Hex
    event_label: str
    status: str
    event_form_list: list[EventForm]
    link: list[Link]


class Events(Struct):
    """A page of events."""

    status: str
    link: list[Link]
    events: list[Event] | None = None


class NewApp(Struct, rename="camel"):
    """A mobile app to register."""

    name: Annotated[str, Meta(min_length=1, max_length=apps.MOST_NAME)]
    bundle_id: Name
    description: Annotated[str, Meta(max_length=2000)] | None = None
    options: dict[str, Annotated[str, Meta(max_length=64)]] | None = None
    gcm: dict[str, Annotated[str, Meta(max_length=255)]] | None = None
    registration_types: list[Literal[apps.REGISTRATIONS]] | None = None  # type: ignore[valid-type]
    default_workspace_enabled: bool | None = None


class App(Struct, rename="camel"):
    """A mobile app."""

    id: Hex
    name: str
    description: str
    bundle_id: str
    options: dict[str, str]
    gcm: dict[str, Any]
    apns: dict[str, str]
    apns_sandbox: dict[str, str]
    registration_types: list[str]
    managed_by_system: bool
    default_workspace_enabled: bool
    link: list[Link]


class Apps(Struct):
    """Apps, all of them where no limit is asked for."""

    status: str
    link: list[Link]
    applications: list[App] | None = None


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
    user: Annotated[str, Meta(max_length=255)] | None = None
    description: Annotated[str, Meta(max_length=1000)] | None = None
    workspace: Annotated[str, Meta(max_length=255)] | None = None


class Detail(Struct):
    """More about an activity."""

    description: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]


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


_TEMPLATE = {"messageTemplateName": "Roster", "subject": "Roster", "body": "Hello @@first_name@@, you are on at 8."}
_RULE = {
    "name": "Can you come?",
    "responseTemplatePatterns": {
        "responseTemplatePattern": [{"name": "Yes", "textPrompt": "YES", "pattern": "startswith", "colour": "#00947d"}]
    },
}
_EVENT = {
    "eventLabel": "Storm at the coast",
    "eventFormList": [{"formName": "Weather", "eventFieldList": [{"name": "severity", "value": "high"}]}],
}
_APP = {"name": "Field work", "bundleId": "com.example.field", "registrationTypes": ["INVITE"]}
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


_ONE_LIST = "There is one list, of what an event's status may be."
_BY_PEOPLE = "People are invited, changed and removed in the dashboard: the answer is 403."
_STORED = "An app is kept and nothing else: nothing is sent to it."


def _of_users() -> dict[str, Operation]:
    shape = {"takes": takes(dict[str, Any], "user"), "needs_body": False, "tag": "users", "differs": _BY_PEOPLE}
    one = {"id": "0" * 15 + "1"}
    told: dict[str, Any] = {"answers": {403: Answer(None)}}
    listed = {"tag": "users", "parameters": [query("firstName"), query("status")]}
    return {
        "GET /users": Operation(summary="List users", answers={200: answer(Users, "user")}, **listed),
        "GET /workspaces/{wid}/users": Operation(
            summary="List users in a workspace", path=IN, answers={200: answer(Users, "user")}, **listed
        ),
        "GET /users/{id}": Operation(summary="Read a user", path=one, tag="users", answers={200: answer(User, "user")}),
        "POST /users": Operation(summary="Create a user", **shape, **told),
        "POST /workspaces/{wid}/users": Operation(summary="Create a user in a workspace", path=IN, **shape, **told),
        "PUT /users/{id}": Operation(summary="Change a user", path=one, **shape, **told),
        "DELETE /users/{id}": Operation(summary="Delete a user", path=one, tag="users", differs=_BY_PEOPLE, **told),
        "DELETE /users": Operation(summary="Delete all users", tag="users", differs=_BY_PEOPLE, **told),
    }


OPERATIONS = {
    **kept(
        "templates", "template", called="template", several="templates", listing=Templates, item=Template,
        new=NewTemplate, example=_TEMPLATE, refuses=[Refusal.EXISTS],
        filters={"messageTemplateName": "What the name contains."},
    ),
    **kept(
        "responserules", "responserule", called="response rule", several="response rules", listing=Rules, item=Rule,
        new=NewRule, example=_RULE, refuses=[Refusal.EXISTS], filters={"name": "What the name contains."},
    ),
    **kept(
        "events", "event", called="event", several="events", listing=Events, item=Event, new=NewEvent, example=_EVENT,
        methods="LCRU", filters={"eventType": "The name of a form.", "eventLabel": "What the label contains."},
    ),
    **kept(
        "apps", "app", called="app", several="apps", listing=Apps, item=App, new=NewApp, example=_APP,
        filters={"name": "What the name contains."}, differs=_STORED,
    ),
    **_of_users(),
    **_described("", {}, ""),
    **_described("/workspaces/{wid}", IN, " in a workspace"),
}  # fmt: skip
