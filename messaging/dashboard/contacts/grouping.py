"""Segments: their list, who is in one, and changing that."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.audit import person
from accounts.permissions import MemberRequest, member_required, must_be_allowed
from accounts.roles import Can
from messaging import contacts
from messaging.contacts import Report
from messaging.dashboard.contacts.forms import Numbers, SegmentName
from messaging.dashboard.contacts.pages import find_contact, find_segment
from messaging.dashboard.paging import PAGE, cursors, turn
from messaging.errors import Refused
from messaging.models import Segment

_FIRST_LINE = 2  # after the names of the columns


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEE)
def segments(request: MemberRequest) -> HttpResponse:
    """List the segments, and on POST make one."""
    account = request.membership.account
    form = SegmentName(request.POST or None)
    if request.method == "POST":
        must_be_allowed(request.membership, Can.MANAGE_CONTACTS)
        if form.is_valid():
            try:
                made = contacts.create_segment(account, name=form.cleaned_data["name"], by=person(request))
            except Refused as refused:
                form.show(refused)
            else:
                return redirect("segment", pk=made.pk)
    context = {
        "page": turn(Segment.objects.for_account(account).select_related("workspace"), request.GET),
        "form": form,
        "may_manage": request.membership.may(Can.MANAGE_CONTACTS),
    }
    return render(request, "messaging/contacts/segments.html", context, status=422 if form.errors else 200)


@require_GET
@member_required(Can.SEE)
def segment(request: MemberRequest, pk: int) -> HttpResponse:
    return _segment(request, find_segment(request, pk), Numbers(), SegmentName())


def _segment(request: MemberRequest, found: Segment, numbers: Numbers, name: SegmentName) -> HttpResponse:
    name.initial = {"name": found.name}
    before, after = cursors(request.GET)
    members = contacts.page_of(found, before=before, after=after, limit=PAGE + 1).select_related("workspace")
    context = {
        "segment": found,
        "size": contacts.all_in(found).count() if found.rules else found.size,
        "page": turn(members.with_opt_outs(), request.GET),
        "numbers": numbers,
        "name": name,
        "may_manage": request.membership.may(Can.MANAGE_CONTACTS),
    }
    status = 422 if numbers.errors or name.errors else 200
    return render(request, "messaging/contacts/segment.html", context, status=status)


@require_POST
@member_required(Can.MANAGE_CONTACTS)
def add_numbers(request: MemberRequest, pk: int) -> HttpResponse:
    """Add pasted numbers, those that nobody has as new contacts."""
    found = find_segment(request, pk)
    form = Numbers(request.POST)
    if form.is_valid():
        entries = [entry for entry in re.split(r"[,;\r\n]+", form.cleaned_data["numbers"]) if entry.strip()]
        try:
            report = contacts.import_contacts(
                found.account, _as_file(entries), by=person(request), mode="skip", segment=found
            )
        except Refused as refused:  # it has rules
            form.add_error("numbers", refused.detail)
            return _segment(request, found, form, SegmentName())
        if not report.refused:
            notices.success(request, _said(report))
            return redirect("segment", pk=pk)
        found.refresh_from_db()
        wrong = ", ".join(entries[problem.line - _FIRST_LINE].strip()[:40] for problem in report.problems[:10])
        form.add_error("numbers", f"{_said(report)} No numbers: {wrong}.")
    return _segment(request, found, form, SegmentName())


def _as_file(entries: list[str]) -> BytesIO:
    written = StringIO()
    csv.writer(written).writerows([["phone"], *([entry] for entry in entries)])
    return BytesIO(written.getvalue().encode())


def _said(report: Report) -> str:
    taken = report.created + report.skipped
    return f"{taken} {'number is' if taken == 1 else 'numbers are'} in it now, {report.created} of them new."


@require_POST
@member_required(Can.MANAGE_CONTACTS)
def rename(request: MemberRequest, pk: int) -> HttpResponse:
    found = find_segment(request, pk)
    form = SegmentName(request.POST)
    if form.is_valid():
        try:
            contacts.rename_segment(found, name=form.cleaned_data["name"], by=person(request))
        except Refused as refused:
            found.refresh_from_db()
            form.show(refused)
        else:
            return redirect("segment", pk=pk)
    return _segment(request, found, Numbers(), form)


@require_POST
@member_required(Can.MANAGE_CONTACTS)
def remove(request: MemberRequest, pk: int, contact: int) -> HttpResponse:
    """Take one contact out of the segment."""
    found = find_segment(request, pk)
    contacts.remove_members(found, [find_contact(request, contact).pk])
    return redirect("segment", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_CONTACTS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, and on POST forget the segment."""
    found = find_segment(request, pk)
    if request.method == "POST":
        contacts.delete_segment(found, by=person(request))
        notices.success(request, f"The segment “{found.name}” is deleted. Its contacts stay.")
        return redirect("segments")
    return render(request, "messaging/contacts/delete_segment.html", {"segment": found})
