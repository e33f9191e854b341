"""A body, in either language, as plain values: objects, lists and texts by their local names."""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

import msgspec

from messaging import json_text
from messaging.errors import Refusal, Refused

_DEEPEST = 50
_MOST_ELEMENTS = 100_000
_ABOUT_XML = ("xmlns", "xsi:", "xml:")  # attributes that say nothing of the message, as serializers add them
_UNFIT = re.compile("[\0\ud800-\udfff]")
Payload = dict[str, Any]


def read(raw: bytes, *, is_xml: bool) -> Payload:
    """Return the body's object; raises Refused(BAD_BODY) for what is none.

    In XML the root's own name does not matter, prefixes are dropped whether they are bound or not (the vendor's own
    samples have unbound ones), and a DTD is refused with all that it could define. Elements of one name become a list,
    `<entry><key/><value/></entry>` an object, `<attribute name="a">v</attribute>` `{"name": "a", "value": "v"}`.
    """
    value = _from_xml(raw) if is_xml else _from_json(raw)
    if isinstance(value, str) and not value.strip() and is_xml:
        return {}
    if not isinstance(value, dict):
        raise Refused(Refusal.BAD_BODY, "The body must hold an object.")
    _check(value)
    return value


def listed(value: Any) -> list[Any]:
    """Return a list as it is, nothing as an empty one, and any other value as the only one: XML has no lists of one."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def _from_json(raw: bytes) -> Any:
    try:
        return json_text.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(Refusal.BAD_BODY, "The body is not valid JSON.") from None


def _check(value: Any) -> None:
    """Raise Refused for text that no database stores, and for what is deeper than XML may be."""
    waiting = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > _DEEPEST:
            raise Refused(Refusal.BAD_BODY, "The body has too much in one another.")
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]
        elif isinstance(item, str) and _UNFIT.search(item):
            raise Refused(Refusal.BAD_BODY, "A text in the body holds a character that cannot be stored.")


class _Node:
    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.children: list[_Node] = []
        self.text: list[str] = []


class _Reader:
    """Builds the tree; not by namespaces, with which the vendor's own samples could not be read."""

    def __init__(self) -> None:
        self.open: list[_Node] = []
        self.root: _Node | None = None
        self.count = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.SkippedEntityHandler = self._refuse
        self.parser = parser

    def read(self, raw: bytes) -> _Node:
        try:
            self.parser.Parse(raw, True)
        except (expat.ExpatError, UnicodeError, ValueError, LookupError):
            raise Refused(Refusal.BAD_BODY, "The body is not well-formed XML.") from None
        if self.root is None:
            raise Refused(Refusal.BAD_BODY, "The body is empty.")
        return self.root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1 + len(attributes)
        if len(self.open) >= _DEEPEST or self.count > _MOST_ELEMENTS:
            raise Refused(Refusal.BAD_BODY, "The XML has too many elements in one another.")
        named = {_local(n): v for n, v in attributes.items() if not n.startswith(_ABOUT_XML)}
        node = _Node(_local(name), named)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def _end(self, name: str) -> None:
        self.open.pop()

    def _text(self, text: str) -> None:
        self.open[-1].text.append(text)

    def _refuse(self, *_: object) -> int:
        raise Refused(Refusal.BAD_BODY, "XML with a document type or entities of its own is not read.")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _from_xml(raw: bytes) -> Any:
    return _plain(_Reader().read(raw))


def _plain(node: _Node) -> Any:
    if not node.children:
        text = "".join(node.text)
        return {**node.attributes, "value": text} if node.attributes else text
    if all(child.name == "entry" for child in node.children):
        pairs = [_plain(child) for child in node.children]
        if all(isinstance(pair, dict) and isinstance(pair.get("key"), str) for pair in pairs):
            return {pair["key"]: pair.get("value", "") for pair in pairs}
    found: Payload = dict(node.attributes)
    for child in node.children:
        value = _plain(child)
        if child.name not in found:
            found[child.name] = value
        elif isinstance(found[child.name], list):
            found[child.name].append(value)
        else:
            found[child.name] = [found[child.name], value]
    return found
