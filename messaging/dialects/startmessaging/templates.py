"""`/v1/templates`: create, list, read and delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct
from rest_framework.request import Request

from messaging import ids, templating
from messaging.dialect import Problem
from messaging.dialects.startmessaging.errors import WORDS, Word, worded
from messaging.dialects.startmessaging.serializers import timestamp
from messaging.dialects.startmessaging.views import View
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.models import Template, TemplateQuerySet
from tokens.scopes import Scope

_PREFIX = "tmpl_"
_WORDS = {
    **WORDS,
    Refusal.EXISTS: Word(409, "DUPLICATE_TEMPLATE"),
    Refusal.TOO_LONG: Word(400, "INVALID_REQUEST"),  # elsewhere it is a message that is too long
}


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Word a refusal as it is said of templates."""
    return worded(problem, _WORDS)


class NewTemplate(Struct):
    """A template that is to be approved."""

    name: Annotated[str, Meta(description="Lower-case letters, digits and underscores.", examples=["order_update"])]
    language: Annotated[str, Meta(description="Such as en or en_US.", examples=["en"])]
    category: str
    components: list[Any]


def render_id(id: int) -> str:
    return _PREFIX + ids.to_base62(id)


def shown(template: Template) -> dict[str, Any]:
    return {
        "template_id": render_id(template.pk),
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.status,
        "reason": template.reason or None,
        "components": template.components,
        "timestamp": timestamp(template.created_at),
    }


class TemplateView(View):
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.TEMPLATES_LIST,
        "POST": Scope.TEMPLATES_WRITE,
        "DELETE": Scope.TEMPLATES_DELETE,
    }
    answer = staticmethod(answer)

    def mine(self) -> TemplateQuerySet:
        """Return the account's templates, in the language that the query names, if it names one."""
        found = Template.objects.for_account(self.caller.account)
        language = self.request.query_params.get("language")
        return found.filter(language=language) if language else found


class Templates(TemplateView):
    def get(self, request: Request) -> HttpResponse:
        self.given = request.query_params.dict()
        found = self.mine()
        if (status := self.given.get("status")) is not None:
            if status not in Template.Status.values:
                words = ", ".join(Template.Status.values)
                raise Refused(Refusal.INVALID, f"status must be one of {words}.", field="status")
            found = found.filter(status=status)
        return json_response({"data": [shown(template) for template in found]})

    def post(self, request: Request) -> HttpResponse:
        if request._request.content_type != "application/json":
            raise Refused(Refusal.WRONG_TYPE, "The Content-Type must be application/json.", field="Content-Type")
        asked = self.read(NewTemplate)
        self.given = {"name": asked.name, "language": asked.language, "category": asked.category}
        template = templating.create_template(
            self.caller.account,
            name=asked.name,
            language=asked.language,
            category=asked.category,
            components=asked.components,
            by=self.caller.actor(),
        )
        made = {"template_id": render_id(template.pk), "name": template.name, "status": template.status}
        return json_response(made, status=201)


class OneTemplate(TemplateView):
    """A template by its name. In several languages it is read in the one last made, and deleted in all."""

    def named(self, name: str) -> list[Template]:
        found = list(self.mine().filter(name=name).select_related("account"))
        if not found:
            raise Refused(Refusal.TEMPLATE_UNKNOWN, "There is no such template.", field="name")
        return found

    def get(self, request: Request, name: str) -> HttpResponse:
        return json_response(shown(self.named(name)[0]))

    def delete(self, request: Request, name: str) -> HttpResponse:
        for template in self.named(name):
            templating.delete_template(template, by=self.caller.actor())
        return HttpResponse(status=204, content_type="application/json")
