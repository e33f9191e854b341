"""Segments and who is in them, over the same verbs as the dashboard's."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import contacts
from messaging.api import examples
from messaging.api.serializers import contacts as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import View, find, read_id, show
from messaging.models import Segment
from tokens.scopes import Scope


class Base(View):
    needs: ClassVar[dict[str, Scope]] = {
        "GET": Scope.CONTACTS_LIST,
        "POST": Scope.CONTACTS_WRITE,
        "PATCH": Scope.CONTACTS_WRITE,
        "DELETE": Scope.CONTACTS_DELETE,
    }

    def mine(self) -> QuerySet[Segment]:
        return Segment.objects.for_account(self.caller.account).select_related("account")

    def chosen(self) -> list[int]:
        return [read_id(contact) for contact in self.asked(out.MembersIn)["contacts"]]


class Segments(Base):
    @extend_schema(
        operation_id="list_segments", summary="List segments", parameters=[Paging], responses=out.SegmentPage
    )
    def get(self, request: Request) -> HttpResponse:
        return self.list_all(self.mine(), out.SegmentOut)

    @extend_schema(
        operation_id="create_segment",
        summary="Create a segment",
        request=out.SegmentIn,
        responses={201: out.SegmentOut},
        examples=examples.NAME_SEGMENT,
    )
    def post(self, request: Request) -> HttpResponse:
        name = self.asked(out.SegmentIn)["name"]
        segment = contacts.create_segment(self.caller.account, name=name, by=self.caller.actor())
        response = show(out.SegmentOut, segment, status=201)
        response.headers["Location"] = f"/api/v1/segments/{segment.pk}"
        return response


class OneSegment(Base):
    @extend_schema(operation_id="read_segment", summary="Read a segment", responses=out.SegmentOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(out.SegmentOut, find(self.mine(), id))

    @extend_schema(
        operation_id="rename_segment",
        summary="Rename a segment",
        request=out.SegmentIn,
        responses=out.SegmentOut,
        examples=examples.NAME_SEGMENT,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        segment = find(self.mine(), id)
        name = self.asked(out.SegmentIn)["name"]
        return show(out.SegmentOut, contacts.rename_segment(segment, name=name, by=self.caller.actor()))

    @extend_schema(
        operation_id="delete_segment",
        summary="Delete a segment",
        description="Its contacts stay.",
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:
        contacts.delete_segment(find(self.mine(), id), by=self.caller.actor())
        return HttpResponse(status=204)


class Members(Base):
    @extend_schema(
        operation_id="list_members",
        summary="List the contacts of a segment",
        parameters=[Paging],
        responses=out.ContactPage,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        segment, asked = find(self.mine(), id), self.query(Paging)
        before = read_id(asked["cursor"]) if "cursor" in asked else None
        members = contacts.page_of(segment, before=before, limit=asked["limit"] + 1)
        return self.page(members.with_opt_outs(), out.ContactOut, asked)

    @extend_schema(
        operation_id="add_members",
        summary="Add contacts to a segment",
        request=out.MembersIn,
        responses=out.MembersOut,
        examples=examples.MEMBERS,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        segment = find(self.mine(), id)
        return show(out.MembersOut, _changed(segment, contacts.add_members(segment, self.chosen())))


class RemoveMembers(Base):
    @extend_schema(
        operation_id="remove_members",
        summary="Take contacts out of a segment",
        request=out.MembersIn,
        responses=out.MembersOut,
        examples=examples.MEMBERS,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        segment = find(self.mine(), id)
        return show(out.MembersOut, _changed(segment, contacts.remove_members(segment, self.chosen())))


def _changed(segment: Segment, number: int) -> dict[str, int]:
    segment.refresh_from_db(fields=["size"])
    return {"changed": number, "size": segment.size}
