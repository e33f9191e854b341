"""Making a template, with a look at what it will be."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audit import person
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import templating
from messaging.dashboard.templates.forms import TemplateForm, filled, preview
from messaging.errors import Refused
from messaging.ids import LARGEST
from messaging.models import Template


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_TEMPLATES)
def new(request: MemberRequest) -> HttpResponse:
    """Make a template; with the button “Preview” the same form comes back beside what it makes."""
    if request.method != "POST":
        initial = _copied(request)
        return _page(request, TemplateForm(initial=initial), initial)
    if "preview" in request.POST:
        asked = request.POST.dict()
        return _page(request, TemplateForm(initial=asked), asked)
    form = TemplateForm(request.POST)
    if form.is_valid():
        named = {name: form.cleaned_data[name] for name in ("name", "language", "category")}
        try:
            made = templating.create_template(
                request.membership.account, **named, components=form.components(), by=person(request)
            )
        except Refused as refused:
            form.show(refused)
        else:
            waits = "" if templating.is_reviewed() else " It is approved within seconds."
            notices.success(request, f"The template {made} is created.{waits}")
            return redirect("template", pk=made.pk)
    return _page(request, form, request.POST.dict(), status=422)


@require_POST
@member_required(Can.MANAGE_TEMPLATES)
def look(request: MemberRequest) -> HttpResponse:
    """Show the message that the form makes, while it is being filled in."""
    return render(request, "messaging/templates/preview.html", {"shown": preview(request.POST.dict())})


def _page(request: MemberRequest, form: TemplateForm, asked: dict[str, Any], *, status: int = 200) -> HttpResponse:
    context = {"form": form, "shown": preview(asked), "is_reviewed": templating.is_reviewed()}
    return render(request, "messaging/templates/new.html", context, status=status)


def _copied(request: MemberRequest) -> dict[str, Any]:
    """Begin with the template that the address names, if it is the account's."""
    text = request.GET.get("copy", "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return {}
    mine = Template.objects.for_account(request.membership.account)
    found = mine.filter(pk=min(int(text), LARGEST)).first()
    return filled(found) if found else {}
