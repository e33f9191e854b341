"""What most resources have in common: listed with filters, in an order and by pages; made, read, changed, removed.

A resource has a class between `Kept` and these two, which says what its rows are:

    class RuleView(Kept[ResponseRule]): ...
    class Rules(Listed[ResponseRule], RuleView): ...
    class OneRule(Single[ResponseRule], RuleView): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from messaging import wildcards
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import MOST_ROWS, Item, View
from messaging.errors import Refusal, Refused

Row = TypeVar("Row", bound=Model)
_OWN_WORDS = frozenset(("limit", "offset", "sortorder", "sortfields", "apikey"))
_LONGEST_FILTER = 255
_MOST_FILTERS = 50  # and fields to sort by: each may be a question of its own to the database


class Kept(View, Generic[Row]):
    """One kind of thing. `called` is what people call one of them; `searchable` maps filters (lower case) to lookups.

    `sends_all` is true where a list that is asked for without a limit has no pages.
    """

    path: ClassVar[str]
    called: ClassVar[str]
    searchable: ClassVar[Mapping[str, str]] = {}
    order: ClassVar[tuple[str, ...]] = ("-pk",)
    sends_all: ClassVar[bool] = False

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if max(len(request._request.GET), len(self.asked("sortFields").split(","))) > _MOST_FILTERS:
            raise Refused(Refusal.INVALID, f"At most {_MOST_FILTERS} filters and sortFields are taken.")

    def rows(self) -> QuerySet[Row]:
        """The account's rows; where they belong to workspaces, those of the request's, or of none."""
        raise NotImplementedError

    def brief(self, row: Row) -> Item:
        """Return the row as lists show it."""
        raise NotImplementedError

    def whole(self, row: Row) -> Item:
        """Return the row as it is read alone, with all its links."""
        raise NotImplementedError

    def make(self) -> Row:
        """Make a row from the payload; raises Refused."""
        raise NotImplementedError

    def change(self, row: Row) -> None:
        """Change the row as the payload says; raises Refused."""
        raise NotImplementedError

    def remove(self, row: Row) -> None:
        """Forget the row; raises Refused."""
        row.delete()

    def uri(self, row: Row) -> str:
        return self.url(self.path, render_id(row.pk))

    def links(self, row: Row, *, update: str, delete: str) -> list[dict[str, str]]:
        """Return the links of one item, by what the vendor calls those that change it."""
        uri = self.uri(row)
        return [self.link("self", "GET", uri), self.link(update, "PUT", uri), self.link(delete, "DELETE", uri)]

    def one(self, id: str) -> Row:
        """Return the row with this id; raises Refused(NOT_FOUND)."""
        found = self.rows().filter(pk=read_id(id) or 0).first()
        if found is None:
            raise Refused(Refusal.NOT_FOUND, f"There is no such {self.called}.")
        return found

    # Which rows, in which order
    def filtered(self) -> QuerySet[Row]:
        """Return the rows that the query's filters leave: all of them must fit, case aside."""
        found = self.rows()
        asked = self.request._request.GET
        for name in asked:
            lookup, value = self.lookup(name), asked.get(name, "").strip()
            if lookup and value:
                found = found.filter(self._fits(lookup, name, value))
        return found.order_by(*self._order())

    def lookup(self, name: str) -> str | None:
        """Return what a filter's or a sort field's name means to the database; None for one that is not known."""
        word = name.lower()
        return None if word in _OWN_WORDS else self.searchable.get(word)

    @staticmethod
    def _fits(lookup: str, name: str, value: str) -> Q:
        """`value` is contained, or fits as a whole where `*` stands for anything in it."""
        if len(value) > _LONGEST_FILTER or not value.isprintable():
            raise Refused(Refusal.INVALID, f"{name} has at most {_LONGEST_FILTER} characters.", field=name)
        if "*" in value:
            return wildcards.fitting(lookup, value)
        if value.isascii():
            return Q(**{f"{lookup}__icontains": value})
        return wildcards.fitting(lookup, f"*{value}*")  # SQLite itself knows the cases of ASCII alone

    def _order(self) -> list[str]:
        lookups = [self.lookup(name.strip()) for name in self.asked("sortFields").split(",")]
        sign = "-" if self.asked("sortOrder").lower() == "desc" else ""
        return [*(f"{sign}{lookup}" for lookup in lookups if lookup), *self.order]


class Listed(Kept[Row]):
    def get(self, request: Request, **of: Any) -> HttpResponse:
        found = self.filtered()
        total = found.count()
        offset, limit = self.page()
        if self.sends_all and not self.asked("limit"):
            return self.listing([self.brief(row) for row in found[:MOST_ROWS]], total)
        return self.listing(
            [self.brief(row) for row in found[offset : offset + limit]], total, offset=offset, limit=limit
        )

    def post(self, request: Request, **of: Any) -> HttpResponse:
        made = self.make()
        return self.created(self.whole(made), self.uri(made))


class Single(Kept[Row]):
    def get(self, request: Request, id: str, **of: Any) -> HttpResponse:
        return self.respond(self.whole(self.one(id)))

    def put(self, request: Request, id: str, **of: Any) -> HttpResponse:
        self.change(self.one(id))
        return self.nothing()

    def delete(self, request: Request, id: str, **of: Any) -> HttpResponse:
        self.remove(self.one(id))
        return self.nothing()
