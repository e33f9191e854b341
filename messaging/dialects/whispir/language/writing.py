"""An answer in either language, from the same plain values.

Times are `datetime`s: milliseconds since 1970 in JSON, ISO 8601 in XML. `link` is a list of links, which XML writes as
empty elements with attributes. What XML writes in another shape than JSON is an `Element`, made by who knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

API, DAP = "http://schemas.api.whispir.com", "http://schemas.api.whispir.com/dap"
_LINK = ("method", "rel", "uri", "host", "port", "type")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_NOT_XML = {n: "�" for n in range(32) if n not in (9, 10, 13)} | {0xFFFE: "�", 0xFFFF: "�"}


@dataclass(frozen=True, slots=True)
class Element:
    """An XML element as it is to be written: attributes, and text or children."""

    name: str
    children: Sequence[Element] = ()
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """What a resource is called in XML: one of them, and the element around several."""

    item: str
    wrapper: str = ""
    list_key: str = ""  # in JSON


def write(payload: Mapping[str, Any], names: Names, *, is_xml: bool) -> bytes:
    """Return the answer's body: an object, or a list's answer if the payload has the names' `list_key`."""
    if not is_xml:
        return msgspec.json.encode(_for_json(payload))
    if (names.list_key and isinstance(payload.get(names.list_key), list)) or payload.get("status") == NOTHING:
        return _document(_list(payload, names))
    return _document(_object(payload, names.item))


NOTHING = "No records found"


def _for_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp() * 1000)
    if isinstance(value, Mapping):
        return {name: _for_json(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_for_json(item) for item in value]
    return value


def _document(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + "".join(_written(root)).encode()


def _object(payload: Mapping[str, Any], name: str) -> Element:
    """The object's own element in the API's namespace, its links in the other."""
    children = list(elements(payload, link="ns3:link"))
    return Element(f"ns2:{name}", children, attributes={"xmlns:ns2": API, "xmlns:ns3": DAP})


def _list(payload: Mapping[str, Any], names: Names) -> Element:
    children = [Element("status", text=str(payload["status"]))] if "status" in payload else []
    if names.list_key in payload:
        items = [_item(item, f"ns2:{names.item}") for item in payload[names.list_key]]
        children.append(Element(f"ns2:{names.wrapper}", items))
    children += [_link(link, "ns2:link") for link in payload["link"]]
    return Element("ns2:return", children, attributes={"xmlns:ns2": DAP, "xmlns:ns3": API})


def _item(item: Mapping[str, Any] | Element, name: str) -> Element:
    return item if isinstance(item, Element) else Element(name, list(elements(item, link="ns2:link")))


def elements(payload: Mapping[str, Any], *, link: str) -> Iterator[Element]:
    """Yield an object's fields as elements; one that is None is left out, a list's entries repeat their name."""
    for name, value in payload.items():
        if name == "link" and _are_links(value):
            yield from (_link(item, link) for item in value)
        else:
            yield from _field(name, value, link=link)


def _are_links(value: Any) -> bool:
    """True for our own links; a caller's field may be called so too."""
    return isinstance(value, list) and all(isinstance(item, Mapping) and "uri" in item for item in value)


def _field(name: str, value: Any, *, link: str) -> Iterator[Element]:
    if value is None:
        return
    if not _NAME.fullmatch(name):  # a caller's own word, which may be anything
        inner = list(_field("value", value, link=link))
        yield Element("entry", [Element("key", text=name), *inner])
        return
    if isinstance(value, Element):
        yield value
    elif isinstance(value, Mapping):
        yield Element(name, list(elements(value, link=link)))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _field(name, item, link=link)
    else:
        yield Element(name, text=_text(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)


def _link(link: Mapping[str, Any], name: str) -> Element:
    return Element(name, attributes={key: str(link[key]) for key in _LINK if key in link})


def _written(element: Element) -> Iterator[str]:
    attributes = "".join(f" {name}={quoteattr(_clean(value))}" for name, value in element.attributes.items())
    if not element.children and not element.text:
        yield f"<{element.name}{attributes}/>"
        return
    yield f"<{element.name}{attributes}>{escape(_clean(element.text))}"
    for child in element.children:
        yield from _written(child)
    yield f"</{element.name}>"


def _clean(text: str) -> str:
    """Return the text without what XML 1.0 cannot hold."""
    return text.translate(_NOT_XML)
