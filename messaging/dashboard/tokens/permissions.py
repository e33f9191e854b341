"""The permission table of a token's form: areas, each with a box to read and one to write."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tokens.models import Token
from tokens.scopes import AREAS, Area, Scope


@dataclass(frozen=True, slots=True)
class Box:
    """One tick box of the permission table."""

    area: Area
    level: str  # read or write
    scopes: Sequence[Scope]

    @property
    def value(self) -> str:
        return f"{self.area.slug}-{self.level}"

    @property
    def label(self) -> str:
        return f"{self.area.label}: {self.level}"

    def given(self, token: Token | None) -> list[str]:
        """Return what a tick gives: what the token has of it already, or else all of it."""
        has = [scope for scope in self.scopes if token and scope in token.scopes]
        return [*(has or self.scopes)]


def boxes() -> list[Box]:
    pairs = [(area, level, getattr(area, level)) for area in AREAS for level in ("read", "write")]
    return [Box(area, level, scopes) for area, level, scopes in pairs if scopes]


def rows(ticked: Collection[str]) -> Iterator[dict[str, Any]]:
    """Return the table's rows, each with its area and two boxes, None where there is nothing to tick."""
    known = {box.value: box for box in boxes()}
    for area in AREAS:
        found = [known.get(f"{area.slug}-{level}") for level in ("read", "write")]
        yield {
            "area": area,
            "boxes": [box and {"value": box.value, "label": box.label, "on": box.value in ticked} for box in found],
        }
