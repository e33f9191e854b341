"""Contacts from a CSV file, with a report of what became of its lines."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.audit import person
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from messaging import contacts
from messaging.contacts import Report
from messaging.dashboard.contacts.forms import ImportForm
from messaging.errors import Refused
from messaging.models import Segment


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_CONTACTS)
def import_file(request: MemberRequest) -> HttpResponse:
    initial = {"segment": request.GET.get("segment", ""), "mode": "update"}
    form = ImportForm(account=request.membership.account, initial=initial)
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, account=request.membership.account)
        if form.is_valid():
            try:
                segment = _segment(request, form)
                context = {"report": _read(request, form, segment), "segment": segment}
                return render(request, "messaging/contacts/imported.html", context)
            except Refused as refused:
                form.show(refused)
    return render(request, "messaging/contacts/import.html", {"form": form}, status=422 if form.errors else 200)


def _segment(request: MemberRequest, form: ImportForm) -> Segment | None:
    """Return the segment that was chosen or named, made if there was none of that name."""
    account, name = request.membership.account, form.cleaned_data["name"]
    if not name:
        chosen: Segment | None = form.cleaned_data["segment"]
        return chosen
    known = Segment.objects.for_account(account).filter(name=name, workspace=None).first()
    return known or contacts.create_segment(account, name=name, by=person(request))


def _read(request: MemberRequest, form: ImportForm, segment: Segment | None) -> Report:
    mode, upload = form.cleaned_data["mode"], form.cleaned_data["file"]
    return contacts.import_contacts(
        request.membership.account, upload.file, by=person(request), mode=mode, segment=segment
    )
