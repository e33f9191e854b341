"""What the operations about templates, response rules, events and apps take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir import apps
from messaging.dialects.whispir.composing import MOST_LABEL, MOST_TEXT
from messaging.dialects.whispir.events import MOST_VALUE
from messaging.dialects.whispir.fields import MASK
from messaging.dialects.whispir.responserules import MATCHES
from messaging.dialects.whispir.schema_words import Hex, Link, LongText, Nothing, Required, Text, kept
from messaging.dialects.whispir.templates import MIME_TYPES, TYPES
from messaging.documents import one_of
from messaging.errors import Refusal


class TemplateEmail(Struct):
    """What goes by e-mail."""

    type: Annotated[str, one_of(MIME_TYPES)] | None = None
    body: str | int | float | None = None
    footer: str | int | float | None = None


class TemplateWeb(Struct):
    """What goes onto a web page."""

    type: str | int | float | None = None
    body: str | int | float | None = None


class TemplateVoice(Struct):
    """What is said."""

    header: str | int | float | None = None
    body: str | int | float | None = None
    type: str | int | float | None = None


class NewTemplate(Struct, rename="camel"):
    """Content to make messages from. One of body, email, voice and web is needed."""

    message_template_name: Required
    subject: Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)] | int | float
    body: Annotated[str, Meta(max_length=MOST_TEXT)] | int | float | None = None
    message_template_description: LongText | None = None
    response_template_id: Annotated[str, Meta(max_length=64)] | int | float | None = None
    email: TemplateEmail | Nothing | None = None
    voice: TemplateVoice | Nothing | None = None
    web: TemplateWeb | Nothing | None = None
    type: Literal[TYPES] | None = None  # type: ignore[valid-type]  # the words of the table
    label: Annotated[str, Meta(max_length=MOST_LABEL)] | int | float | None = None
    features: Any = None
    social: Any = None


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
    email: TemplateEmail
    web: TemplateWeb
    voice: TemplateVoice
    response_template_id: str
    link: list[Link]


class Templates(Struct):
    """A page of templates."""

    status: str
    link: list[Link]
    messagetemplates: list[BriefTemplate] | None = None


class Pattern(Struct, rename="camel"):
    """Answers that belong together: the first pattern that fits names them."""

    name: Required
    text_prompt: Required
    pattern: Annotated[str, one_of(MATCHES)]
    voice_prompt: Annotated[str, Meta(pattern="^[0-9*#]?$")] | Annotated[int, Meta(ge=0, le=9)] | None = None
    spoken_voice_prompt: Text | None = None
    colour: Annotated[str, Meta(pattern="^(#[0-9A-Fa-f]{6})?$")] | None = None


class Patterns(Struct, rename="camel"):
    """The patterns of a rule."""

    response_template_pattern: Annotated[list[Pattern], Meta(min_length=1, max_length=100)] | Pattern


class NewResponseRule(Struct, rename="camel"):
    """How to sort answers."""

    name: Required
    response_template_patterns: Patterns
    description: LongText | None = None


class BriefResponseRule(Struct):
    """A response rule as lists show it."""

    id: Hex
    name: str
    description: str
    link: list[Link]


class ResponseRule(Struct, rename="camel"):
    """A response rule."""

    id: Hex
    name: str
    description: str
    response_template_patterns: Patterns
    link: list[Link]


class ResponseRules(Struct, rename="camel"):
    """Response rules, all of them where no limit is asked for."""

    status: str
    link: list[Link]
    response_rules: list[BriefResponseRule] | None = None


class EventField(Struct):
    """A value for `@@name@@`."""

    name: Required
    value: Annotated[str, Meta(max_length=MOST_VALUE)] | int | float | None = None


class EventForm(Struct, rename="camel"):
    """Values that belong together."""

    form_name: Text | None = None
    event_field_list: Annotated[list[EventField], Meta(max_length=200)] | EventField | Nothing | None = None


class NewEvent(Struct, rename="camel"):
    """Something that goes on."""

    event_label: Required
    status: Annotated[str, Meta(max_length=64)] | int | float | None = None
    event_form_list: Annotated[list[EventForm], Meta(max_length=20)] | EventForm | Nothing | None = None


class Event(Struct, rename="camel"):
    """An event, with a link to the messages about it."""

    id: Hex
    event_label: str
    status: str
    event_form_list: list[EventForm]
    link: list[Link]


class EventPage(Struct):
    """A page of events."""

    status: str
    link: list[Link]
    events: list[Event] | None = None


Registration = Annotated[str, one_of([*apps.REGISTRATIONS, ""])]


class AppOptions(Struct, rename="camel"):
    """How an app is used."""

    api_key: Text | None = None
    client_secret: Annotated[str, Meta(max_length=64)] | int | float | None = None
    device_limit: Text | None = None
    workspaces: Text | None = None
    contact_description_field: Text | None = None


class Gcm(Struct, rename="camel"):
    """Google's part of an app."""

    gcm_project_id: Text | None = None
    gcm_project_number: Text | None = None
    gcm_sender_number: Text | None = None
    gcm_api_key: Annotated[str | int | float | None, Meta(description=f"Answered as {MASK}.")] = None


class Certificate(Struct, rename="camel"):
    """Apple's part of an app; it is not shown again."""

    certificate: str | int | float | None = None
    private_key: str | int | float | None = None


class NewApp(Struct, rename="camel"):
    """A mobile app to register."""

    name: Annotated[str, Meta(min_length=1, max_length=apps.MOST_NAME)] | int | float
    bundle_id: Required
    description: LongText | None = None
    options: AppOptions | Nothing | None = None
    gcm: Gcm | Nothing | None = None
    apns: Certificate | Nothing | None = None
    apns_sandbox: Certificate | Nothing | None = None
    registration_types: list[Registration] | Registration | None = None
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
_STORED = "An app is kept and nothing else: nothing is sent to it."

OPERATIONS = {
    **kept(
        "templates", "template", called="template", several="templates", listing=Templates, item=Template,
        new=NewTemplate, example=_TEMPLATE, refuses=[Refusal.EXISTS],
        filters={"messageTemplateName": "What the name contains."},
    ),
    **kept(
        "responserules", "responserule", called="response rule", several="response rules", listing=ResponseRules,
        item=ResponseRule, new=NewResponseRule, example=_RULE,
        refuses=[Refusal.EXISTS], filters={"name": "What the name contains."},
    ),
    **kept(
        "events", "event", called="event", several="events", listing=EventPage, item=Event, new=NewEvent,
        example=_EVENT, methods="LCRU",
        filters={"eventType": "The name of a form.", "eventLabel": "What the label contains."},
    ),
    **kept(
        "apps", "app", called="app", several="apps", listing=Apps, item=App, new=NewApp, example=_APP,
        filters={"name": "What the name contains."}, differs=_STORED,
    ),
}  # fmt: skip
