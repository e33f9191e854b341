"""What pages say about the things that messages are prepared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from messaging.models import Incident, MobileApp, ResponseRule, StoredMessage
from messaging.models.composing import Prepared

Kind = StoredMessage.Kind


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of prepared thing: how it is named in an address and on a page."""

    word: str
    one: str
    several: str
    model: type[Prepared]
    stored: str = ""

    def rows(self, **within: Any) -> Any:
        """The rows of the kind within an account or a workspace."""
        more = {"kind": self.stored} if self.stored else {}
        return self.model.objects.filter(**within, **more)


SORTS = (
    Sort("template", "Message template", "Message templates", StoredMessage, Kind.TEMPLATE),
    Sort("scenario", "Scenario", "Scenarios", StoredMessage, Kind.SCENARIO),
    Sort("rule", "Response rule", "Response rules", ResponseRule),
    Sort("incident", "Incident", "Incidents", Incident),
    Sort("app", "App", "Apps", MobileApp),
)
BY_WORD: Mapping[str, Sort] = {sort.word: sort for sort in SORTS}
_MATCHES = {"startswith": "starts with", "contains": "contains", "exactmatch": "is"}  # an answer


def facts(row: Prepared) -> Iterator[tuple[str, str]]:
    """Yield what there is to say of the row, by what it is called; its secrets are left out."""
    if row.description:
        yield "Description", row.description
    if isinstance(row, StoredMessage):
        yield from _said(row.content)
        if row.rule:
            yield "Answers are sorted by", row.rule.name
    elif isinstance(row, ResponseRule):
        for pattern in row.patterns:
            match = str(pattern.get("match", ""))
            yield str(pattern.get("name", "")), f"{_MATCHES.get(match, match)} “{pattern.get('prompt', '')}”"
    elif isinstance(row, Incident):
        yield "Status", row.status or "–"
        for form in row.forms:
            for field in form.get("fields", ()):
                yield str(field.get("name", "")), str(field.get("value", ""))
    elif isinstance(row, MobileApp):
        yield "Bundle", row.bundle_id


def _said(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _said(value, f"{prefix}{name} ")
        elif value not in ("", None, []):
            yield f"{prefix}{name}".capitalize(), value if isinstance(value, str) else str(value)
