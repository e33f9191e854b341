"""One contact: adding it, changing it, what segments it is in, and forgetting it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as notices
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import MemberRequest, member_required, must_be_allowed
from accounts.roles import Can
from messaging import contacts
from messaging.dashboard.contacts.forms import ContactForm, NewContactForm, filled, segments_of
from messaging.dashboard.contacts.pages import find_contact
from messaging.errors import Refused
from messaging.models import Contact, OptOut


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_CONTACTS)
def new(request: MemberRequest) -> HttpResponse:
    account = request.membership.account
    initial = {"segment": request.GET.get("segment", "")}
    form = NewContactForm(request.POST or None, account=account, initial=initial)
    if form.is_valid():
        try:
            contact = contacts.create_contact(account, **form.given())
        except Refused as refused:
            form.show(refused)
        else:
            if segment := form.cleaned_data["segment"]:
                contacts.add_members(segment, [contact.pk])
            notices.success(request, f"{_name(contact)} is a contact now.")
            return redirect("contact", pk=contact.pk)
    return render(request, "messaging/contacts/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.SEE)
def contact(request: MemberRequest, pk: int) -> HttpResponse:
    """Show the contact, and on POST change it."""
    found = find_contact(request, pk)
    form = ContactForm(initial=filled(found))
    if request.method == "POST":
        must_be_allowed(request.membership, Can.MANAGE_CONTACTS)
        form = ContactForm(request.POST)
        if form.is_valid():
            try:
                contacts.change_contact(found, **form.given())
            except Refused as refused:
                form.show(refused)
            else:
                notices.success(request, "The contact is changed.")
                return redirect("contact", pk=pk)
        found.refresh_from_db()
    context = {
        "contact": found,
        "form": form,
        "segments": found.memberships.select_related("segment").order_by("segment__name"),
        "others": _segments_for(found).exclude(memberships__contact=found)[:200],
        "opt_out": OptOut.objects.filter(account=found.account, address=found.address).first(),
        "may_manage": request.membership.may(Can.MANAGE_CONTACTS),
    }
    return render(request, "messaging/contacts/contact.html", context, status=422 if form.errors else 200)


@require_POST
@member_required(Can.MANAGE_CONTACTS)
def regroup(request: MemberRequest, pk: int) -> HttpResponse:
    """Add the contact to the segment that `join` names, or take it out of the one that `leave` names."""
    found = find_contact(request, pk)
    asked, change = request.POST.get("join"), contacts.add_members
    if not asked:
        asked, change = request.POST.get("leave", ""), contacts.remove_members
    segment = _segments_for(found).filter(pk=int(asked)).first() if _is_id(asked) else None
    if segment:
        change(segment, [found.pk])
    return redirect("contact", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(Can.MANAGE_CONTACTS)
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Ask, and on POST forget the contact."""
    found = find_contact(request, pk)
    if request.method == "POST":
        contacts.delete_contact(found)
        notices.success(request, f"{_name(found)} is no contact any more.")
        return redirect("contacts")
    return render(request, "messaging/contacts/delete.html", {"contact": found})


def _segments_for(contact: Contact) -> Any:
    return segments_of(contact.account).filter(workspace=contact.workspace_id)


def _name(contact: Contact) -> str:
    return contact.name or contact.address or contact.email


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
