"""What the pages about contacts and segments share."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from accounts.permissions import MemberRequest
from messaging.ids import LARGEST
from messaging.models import Contact, ContactQuerySet, Segment

TABS = (("contacts", "Contacts"), ("segments", "Segments"))


def mine(request: MemberRequest) -> ContactQuerySet:
    return Contact.objects.for_account(request.membership.account)


def find_contact(request: MemberRequest, pk: int) -> Contact:
    """Return a contact of the member's account; raises Http404 for any other."""
    theirs = mine(request).with_opt_outs().select_related("account", "workspace")
    return get_object_or_404(theirs, pk=min(pk, LARGEST))


def find_segment(request: MemberRequest, pk: int) -> Segment:
    """Return a segment of the member's account; raises Http404 for any other."""
    theirs = Segment.objects.for_account(request.membership.account).select_related("account", "workspace")
    return get_object_or_404(theirs, pk=min(pk, LARGEST))
