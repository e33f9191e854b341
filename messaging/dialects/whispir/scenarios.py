"""`/scenarios`: whole messages that are kept, each to be sent as it is by one request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import User
from messaging.dialects.whispir import accepting, asked, fields, mri, recipients
from messaging.dialects.whispir.attachments import File
from messaging.dialects.whispir.kept import Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.prepared import PreparedView
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import StoredMessage
from tokens.errors import Denial, Denied
from tokens.scopes import Scope

EVERYONE, SELECTED = "EVERYONE", "SELECTEDUSERS"
_MESSAGE = (
    "to", "subject", "body", "label", "type", "email", "voice", "web", "social", "rcs", "whatsapp", "features",
    "messageTemplateId", "messageTemplateName", "messageattributes", "eventId", "callbackId", "callbackParameters",
    "resource", "dlr",
)  # fmt: skip
_TEMPLATES = ("messageTemplateId", "messageTemplateName")


class ScenarioView(PreparedView[StoredMessage]):
    kind = "scenario"
    names = Names("scenario", "scenarios", "scenarios")
    model = StoredMessage
    path = "scenarios"
    called = "scenario"
    sends_all = True
    searchable: ClassVar[Mapping[str, str]] = {"title": "name", "name": "name", "description": "description"}

    def rows(self) -> QuerySet[StoredMessage]:
        return super().rows().filter(kind=StoredMessage.Kind.SCENARIO)

    def brief(self, row: StoredMessage) -> Item:
        return {
            "id": render_id(row.pk),
            "title": row.name,
            "name": row.name,
            "description": row.description,
            "createdTime": row.created_at,
            "link": self.links(row, update="updateScenario", delete="deleteScenario"),
        }

    def whole(self, row: StoredMessage) -> Item:
        told = dict(self.brief(row))
        link = told.pop("link")
        return {
            **told,
            "allowedUsers": EVERYONE if row.allowed is None else SELECTED,
            "allowedUserIds": ",".join(render_id(id) for id in row.allowed or ()),
            "message": {**row.content, "from": self._sender(), "createdTime": row.created_at},
            "link": link,
        }

    def _sender(self) -> str:
        return mri.of_login(self.caller.login.username) if self.caller.login else ""

    def read_fields(self, row: StoredMessage | None) -> dict[str, Any]:
        given = self.payload
        title = fields.text(given, "title") or fields.text(given, "name")
        if not title:
            raise Refused(Refusal.REQUIRED, "title is required.", field="title")
        return {
            "kind": StoredMessage.Kind.SCENARIO,
            "name": title,
            "description": fields.text(given, "description", most=2000, required=True),
            "content": self._message(given),
            "allowed": self._allowed(given),
        }

    def _message(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the message, which may also stand beside the scenario's own fields; raises Refused."""
        inner = fields.part(given, "message")
        found = {n: _text(v) for n in _MESSAGE if (v := inner.get(n, given.get(n))) not in (None, "", {}, [])}
        if not fields.part(found, "resource"):
            recipients.read(found.get("to"))
        if not any(name in found for name in _TEMPLATES):
            fields.text(found, "body", most=asked.MOST_BODY, required=True)
        files: list[File] = []
        asked.read(found, self.caller.account, self.workspace, files)
        if files:
            raise Refused(Refusal.INVALID, "A scenario carries no files.", field="message.email.resources")
        return found

    def _allowed(self, given: Mapping[str, Any]) -> list[int] | None:
        """Return the ids of those who may run it, None for everybody; raises Refused."""
        if fields.choice(given, "allowedUsers", (EVERYONE, SELECTED), usual=EVERYONE) == EVERYONE:
            return None
        written = [id.strip() for id in fields.text(given, "allowedUserIds", most=10_000).split(",") if id.strip()]
        mine = User.objects.filter(memberships__account=self.caller.account)
        named = mine.filter(pk__in=[read_id(id) or 0 for id in written])
        known = {render_id(pk): pk for pk in named.values_list("pk", flat=True)}
        for id in written:
            if id not in known:
                raise Refused(Refusal.INVALID, f"There is no user {id[:64]}.", field="allowedUserIds")
        if not written:
            raise Refused(Refusal.REQUIRED, "allowedUserIds is required.", field="allowedUserIds")
        return list(known.values())


def _text(value: Any) -> Any:
    """Return a number as its digits, which is how fields are read that are texts."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class Scenarios(Listed[StoredMessage], ScenarioView):
    """List and create."""

    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.TEMPLATES_LIST, "POST": Scope.TEMPLATES_WRITE}


class OneScenario(Single[StoredMessage], ScenarioView):
    """Read, change, delete, and run."""

    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.TEMPLATES_LIST,
        "POST": Scope.MESSAGES_SEND,
        "PUT": Scope.TEMPLATES_WRITE,
        "DELETE": Scope.TEMPLATES_DELETE,
    }

    def post(self, request: Request, id: str, **of: Any) -> HttpResponse:
        """Send its message, to whom it means now. Whatever comes with the request does not matter."""
        scenario = self.one(id)
        self._must_be_allowed(scenario)
        made, _ = accepting.accept(self, scenario.content, space=f"POST whispir scenarios {scenario.pk}")
        return accepting.answered(self, made)

    def _must_be_allowed(self, scenario: StoredMessage) -> None:
        """Raise Denied unless the login's own person is among those who may run it."""
        person = self.caller.login.created_by_id if self.caller.login else None
        if scenario.allowed is not None and person not in scenario.allowed:
            raise Denied(Denial.ROLE, "Only the people chosen for this scenario may run it.")
