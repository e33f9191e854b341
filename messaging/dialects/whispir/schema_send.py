"""What a message may hold when it is sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from messaging.dialects.whispir.asked import MOST_LABEL, MOST_PARAMETER
from messaging.dialects.whispir.contents import MOST_EMAIL, MOST_SPOKEN, MOST_TEXT
from messaging.dialects.whispir.recipients import MOST_TO
from messaging.dialects.whispir.schema_words import Whole
from messaging.documents import one_of

_TO = "Numbers, e-mail addresses, MRIs of contacts, users and lists; between semicolons or commas."


class Empty(Struct, forbid_unknown_fields=True):
    """Nothing, as an empty element of XML is read."""


# Numbers are taken as their digits, and each may be left empty.
Text = Annotated[str, Meta(max_length=255)] | int | float | Empty
Line = Annotated[str, Meta(max_length=MOST_TEXT)] | int | float | Empty
Spoken = Annotated[str, Meta(max_length=MOST_SPOKEN)] | int | float | Empty
Written = Annotated[str, Meta(max_length=MOST_EMAIL)] | int | float | Empty
Label = Annotated[str, Meta(max_length=MOST_LABEL)] | int | float | Empty
TemplateName = Annotated[str, Meta(max_length=512)] | int | float | Empty
EventId = Annotated[str, Meta(max_length=48)] | int | float | Empty
Parameter = Annotated[str, Meta(max_length=MOST_PARAMETER)] | int | float | Empty | None
Date = Annotated[str, Meta(max_length=255, examples=["31/12/2026 08:30"])] | int | float | Empty
To = Annotated[str, Meta(max_length=MOST_TO, description=_TO)] | int | float | Empty
Required = Annotated[str, Meta(min_length=1)] | int | float
# In place of an object that is not there.
Absent = Annotated[str, Meta(pattern=r"^\s*$")] | Annotated[list[Any], Meta(max_length=0)] | None
Flag = bool | Annotated[str, Meta(pattern="^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])?$")] | Empty | None


class Attribute(Struct):
    """A value for `@@name@@`."""

    name: str
    value: str | int | float = ""


class Attributes(Struct):
    """Values that fill the subject and the body."""

    attribute: list[Attribute] | Attribute | Literal[""] | None = None


class Attachment(Struct, rename="camel"):
    """A file of an e-mail."""

    attachment_name: Annotated[str, Meta(min_length=1, max_length=240)] | int | float
    deref_uri: Required
    attachment_desc: Any = None


class Attachments(Struct):
    """The files of an e-mail: in base64, 10 MB all together."""

    attachment: list[Attachment] | Attachment | Literal[""] | None = None


class Email(Struct):
    """What goes by e-mail. It needs a body; without anything there is no e-mail."""

    body: Written | None = None
    footer: Written | None = None
    type: Annotated[str, Meta(examples=["text/html"])] | Empty | None = None
    resources: Attachments | Absent = None


class Voice(Struct):
    """What is read out. Nothing here calls: its recipients fail, with this reason."""

    body: Spoken | None = None
    header: Spoken | None = None
    type: Line | None = None


class Web(Struct):
    """What goes onto a page. Nothing here publishes: it fails, with this reason."""

    body: Spoken | None = None
    type: Text | None = None


class WhatsApp(Struct):
    """A template that Meta approved, and the texts for its gaps."""

    name: TemplateName | None = None
    language: str | int | float | dict[str, Any] | None = None
    type: Annotated[str, Meta(examples=["template"])] | Empty | None = None
    parameters: Any = None


class BulkOptions(Struct, rename="camel"):
    """Whether rows of contacts have their names and values; up to 5,000 rows they have."""

    resolve_recipients: Flag = None


class File(Struct, rename="camel"):
    """A file whose rows are the recipients, and the columns with their addresses."""

    resource_id: Text | None = None
    sms_mapping_field: Text | None = None
    email_mapping_field: Text | None = None
    voice_mapping_field: Text | None = None
    options: BulkOptions | Absent = None


class Send(Struct, rename="camel"):
    """A message to send. `to` is needed without a `resource`, and a subject without a template."""

    to: To | None = None
    subject: Line | None = None
    body: Line | None = None
    email: Email | Absent = None
    voice: Voice | Absent = None
    web: Web | Absent = None
    whatsapp: WhatsApp | Absent = None
    message_template_id: Text | None = None
    message_template_name: Text | None = None
    event_id: EventId | None = None
    resource: File | Absent = None
    type: Annotated[str, one_of(["default", "defaultNoReply", "noDlr", ""])] | Empty | None = None
    label: Label | None = None
    messageattributes: Attributes | Literal[""] | None = None
    callback_id: Text | None = None
    callback_parameters: dict[str, Parameter] | Absent = None
    features: dict[str, Any] | Absent = None
    message_type: Text | None = None
    schedule_type: Annotated[str, one_of(["ONCE", "REPEAT", ""])] | Empty | None = None
    schedule_date: Date | None = None
    repetition_count: Whole | None = None
    repeat_days: Whole | None = None
    repeat_hrs: Whole | None = None
    repeat_min: Whole | None = None
