"""Contacts, and files of them, over the same verbs as the dashboard's."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import contacts, edge, numbers, turns
from messaging.api import examples
from messaging.api.serializers import contacts as out
from messaging.api.views.base import View, find, show
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST
from messaging.models import Contact, ContactQuerySet, Segment
from tokens.scopes import Scope

CSV = "text/csv"
LARGEST_FILE = 32 * edge.MIB


class Base(View):
    needs: ClassVar[dict[str, Scope]] = {
        "GET": Scope.CONTACTS_LIST,
        "POST": Scope.CONTACTS_WRITE,
        "PATCH": Scope.CONTACTS_WRITE,
        "DELETE": Scope.CONTACTS_DELETE,
    }

    def mine(self) -> ContactQuerySet:
        return Contact.objects.for_account(self.caller.account).with_opt_outs()


class Contacts(Base):
    @extend_schema(
        operation_id="list_contacts", summary="List contacts", parameters=[out.ContactFilter], responses=out.ContactPage
    )
    def get(self, request: Request) -> HttpResponse:
        asked = self.query(out.ContactFilter)
        rows = self.mine()
        if "search" in asked:
            rows = rows.matching(asked["search"])
        if "address" in asked:
            rows = rows.reached_at(numbers=[self._number(asked["address"])])
        if "email" in asked:
            rows = rows.reached_at(emails=[asked["email"]])
        return self.page(rows, out.ContactOut, asked)

    @extend_schema(
        operation_id="create_contact",
        summary="Create a contact",
        description="It has a number, an e-mail address or both; each number belongs to one contact.",
        request=out.ContactIn,
        responses={201: out.ContactOut},
        examples=examples.CREATE_CONTACT,
    )
    def post(self, request: Request) -> HttpResponse:
        contact = contacts.create_contact(self.caller.account, **self.asked(out.ContactIn))
        response = show(out.ContactOut, self.mine().get(pk=contact.pk), status=201)
        response.headers["Location"] = f"/api/v1/contacts/{contact.pk}"
        return response

    def _number(self, text: str) -> str:
        with suppress(Refused):
            return numbers.msisdn(text, region=self.caller.account.default_region)
        return text


class OneContact(Base):
    @extend_schema(operation_id="read_contact", summary="Read a contact", responses=out.ContactOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.ContactOut, find(self.mine(), id))

    @extend_schema(
        operation_id="change_contact",
        summary="Change a contact",
        request=out.ContactChange,
        responses=out.ContactOut,
        examples=examples.CHANGE_CONTACT,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        contact = find(self.mine(), id)
        contacts.change_contact(contact, **self.asked(out.ContactChange, partial=True))
        return show(out.ContactOut, find(self.mine(), id))

    @extend_schema(
        operation_id="delete_contact",
        summary="Delete a contact",
        description="It leaves its segments too. Messages, and a STOP, stay.",
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:
        contacts.delete_contact(find(self.mine(), id))
        return HttpResponse(status=204)


class Importing(Base):
    largest_body = LARGEST_FILE

    @extend_schema(
        operation_id="import_contacts",
        summary="Import contacts from a CSV file",
        description="The first line names the columns: a number (`phone`) or an `email` at least, `first_name` and "
        "`last_name`, and any others, which become the contact's own fields. Commas, semicolons or tabs, in UTF-8. "
        "A line is about a contact that is there already if its number is known or, without one, its e-mail "
        "address; empty cells change nothing.",
        parameters=[out.Import],
        request={CSV: OpenApiTypes.BINARY},
        responses=out.ReportOut,
        examples=examples.IMPORT_CONTACTS,
    )
    def post(self, request: Request) -> HttpResponse:
        if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip() != CSV:
            raise Refused(Refusal.WRONG_TYPE, f"Send the file as it is, with Content-Type: {CSV}.")
        asked, account = self.query(out.Import), self.caller.account
        segment = self._segment(asked["segment"]) if "segment" in asked else None
        with turns.imports.take(account.pk):
            report = contacts.import_contacts(
                account, BytesIO(self.raw_body), by=self.caller.actor(), mode=asked["mode"], segment=segment
            )
        return show(out.ReportOut, report)

    def _segment(self, id: str) -> Segment:
        segment = Segment.objects.for_account(self.caller.account).filter(pk=min(int(id), LARGEST)).first()
        if segment is None:
            raise Refused(Refusal.INVALID, "There is no such segment.", field="segment")
        return segment
