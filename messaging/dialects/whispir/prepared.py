"""What stored messages, response rules, events and apps have in common as this API's things."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet

from messaging import preparing
from messaging.dialects.whispir.kept import Kept
from messaging.dialects.whispir.links import type_of
from messaging.models.composing import Prepared

Row = TypeVar("Row", bound=Prepared)


class PreparedView(Kept[Row]):
    """Rows of one model, of the request's workspace or of none."""

    model: ClassVar[type[Prepared]]

    def rows(self) -> QuerySet[Row]:
        mine: Any = self.model.objects.for_account(self.caller.account)
        found: QuerySet[Row] = mine.filter(workspace=self.workspace).select_related("workspace")
        return found

    def read_fields(self, row: Row | None) -> dict[str, Any]:
        """Return the model's fields from the payload, for a new row or to change one; raises Refused."""
        raise NotImplementedError

    def make(self) -> Row:
        new: Any = self.model
        made: Row = new(account=self.caller.account, workspace=self.workspace, **self.read_fields(None))
        return preparing.create(made, by=self.caller.actor())

    def change(self, row: Row) -> None:
        preparing.change(row, by=self.caller.actor(), **self.read_fields(row))

    def remove(self, row: Row) -> None:
        preparing.remove(row, by=self.caller.actor())

    def typed_links(self, row: Row, *, update: str, delete: str) -> list[dict[str, str]]:
        """Return the links of one item, with the type of what is put there."""
        links = self.links(row, update=update, delete=delete)
        return [{**link, "type": type_of(self.kind)} if link["method"] == "PUT" else link for link in links]
