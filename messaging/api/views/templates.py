"""Message templates, over the same verbs as the dashboard's."""

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import templating
from messaging.api import examples
from messaging.api.serializers import templates as out
from messaging.api.views.base import View, find, show
from messaging.models import Template
from tokens.errors import Denial, Denied
from tokens.scopes import Scope


class Base(View):
    needs: ClassVar[dict[str, Scope]] = {
        "GET": Scope.TEMPLATES_LIST,
        "POST": Scope.TEMPLATES_WRITE,
        "DELETE": Scope.TEMPLATES_DELETE,
    }

    def mine(self) -> QuerySet[Template]:
        return Template.objects.for_account(self.caller.account)


class Templates(Base):
    @extend_schema(
        operation_id="list_templates",
        summary="List templates",
        parameters=[out.TemplateFilter],
        responses=out.TemplatePage,
    )
    def get(self, request: Request) -> HttpResponse:
        asked = self.query(out.TemplateFilter)
        filters = {name: asked[name] for name in ("status", "name", "language") if name in asked}
        return self.page(self.mine().filter(**filters), out.TemplateOut, asked)

    @extend_schema(
        operation_id="create_template",
        summary="Create a template",
        description="It is pending until it is approved: within seconds, or by people where the gateway asks for "
        "that. One that exists is not changed: create another, or delete it first.",
        request=out.TemplateIn,
        responses={201: out.TemplateOut},
        examples=examples.CREATE_TEMPLATE,
    )
    def post(self, request: Request) -> HttpResponse:
        asked = self.asked(out.TemplateIn)
        template = templating.create_template(self.caller.account, **asked, by=self.caller.actor())
        response = show(out.TemplateOut, template, status=201)
        response.headers["Location"] = f"/api/v1/templates/{template.pk}"
        return response


class OneTemplate(Base):
    @extend_schema(operation_id="read_template", summary="Read a template", responses=out.TemplateOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.TemplateOut, find(self.mine(), id))

    @extend_schema(
        operation_id="delete_template",
        summary="Delete a template",
        description="Messages made from it stay.",
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:
        templating.delete_template(find(self.mine(), id), by=self.caller.actor())
        return HttpResponse(status=204)


class Deciding(Base):
    def found(self, id: str) -> Template:
        """Return the template; raises Denied for a sandbox token, which decides on nothing that is real."""
        if self.caller.is_sandbox:
            raise Denied(Denial.SCOPE, "A sandbox token neither pauses nor resumes templates.")
        return find(self.mine(), id)


class Pause(Deciding):
    @extend_schema(
        operation_id="pause_template",
        summary="Refuse messages made from a template for now",
        request=out.PauseIn,
        responses=out.TemplateOut,
        examples=examples.PAUSE_TEMPLATE,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        template = self.found(id)
        reason = self.asked(out.PauseIn)["reason"] if self.raw_body else ""
        return show(out.TemplateOut, templating.pause_template(template, reason=reason, by=self.caller.actor()))


class Resume(Deciding):
    @extend_schema(
        operation_id="resume_template",
        summary="Take messages made from a paused template again",
        request=None,
        responses=out.TemplateOut,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        return show(out.TemplateOut, templating.resume_template(self.found(id), by=self.caller.actor()))
