"""Pictures, sound and files: by link, by the id of a stored one, or inside the request as base64."""

import binascii
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from messaging.content.fields import Limits, Read, as_object, invalid, line, link, record, required, text
from messaging.errors import Refusal, Refused

ATTACHMENT = "attachment"  # a file of any sort, which e-mail carries
_OFFICE = "application/vnd.openxmlformats-officedocument"

FORMATS: Mapping[str, tuple[str, ...]] = {
    "image": ("image/jpeg", "image/jpg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": (
        *("audio/aac", "audio/amr", "audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"),
        *("audio/ogg", "audio/opus"),
    ),
    "document": (
        *("application/pdf", "text/plain", "application/msword"),
        *("application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        *(f"{_OFFICE}.{sort}" for sort in ("wordprocessingml.document", "spreadsheetml.sheet")),
        f"{_OFFICE}.presentationml.presentation",
    ),
    "sticker": ("image/webp",),
}
_OTHERS: Mapping[str, Mapping[str, Read]] = {
    "image": {"caption": text("caption")},
    "video": {"caption": text("caption")},
    "audio": {},
    "document": {"caption": text("caption"), "filename": text("filename")},
    "sticker": {},
}
_LONGEST_HEADER = 256  # of a data: URL, so that a comma is not looked for through megabytes


def read_media(value: object, field: str = "media") -> dict[str, str]:
    """Return `{"link": …}` for an address, `{"data": …}` for base64, with `mime` where it is declared.

    This only tells them apart; `check` on the message that they go into looks at the rest.
    """
    if value is None or value == "":
        raise required(field)
    if not isinstance(value, str):
        raise invalid(field, "be an address or base64 text")
    is_data = value[:5].lower() == "data:" or ":" not in value[:16]  # base64 has no colon, addresses do
    return _split(value, field) if is_data else {"link": value}


def _split(value: str, path: str) -> dict[str, str]:
    """Take a data: URL apart; other text is base64 as it stands."""
    if value[:5].lower() != "data:":
        return {"data": value}
    header, comma, _ = value[5 : 5 + _LONGEST_HEADER].partition(",")
    if not comma or not header.lower().endswith(";base64"):
        raise invalid(path, "be base64, as such or as data:<type>;base64,…")
    mime = header.partition(";")[0].strip()
    return {"data": value[5 + len(header) + 1 :]} | ({"mime": mime} if mime else {})


def media(kind: str) -> Read:
    """Make the reader of a media object with exactly one of `id`, `link` and `data`."""
    may = {"mime": _mime(kind), **_OTHERS[kind]}
    ways = {"id": text("id"), "link": link, "data": _data(f"{kind}.data")}
    readers = {way: record({way: read}, may) for way, read in ways.items()}

    def read(value: object, path: str, limits: Limits) -> dict[str, str]:
        given = as_object(value, path)
        present = [way for way in ways if given.get(way) not in (None, "")]
        if not present:
            raise required(f"{path}.link")
        if len(present) > 1:
            raise invalid(path, "have only one of id, link and data")
        data = given.get("data")
        if isinstance(data, str):
            given = {**given, **_split(data, f"{path}.data")}
        found: dict[str, str] = readers[present[0]](given, path, limits)
        return found

    return read


def _mime(kind: str) -> Read:
    def read(value: object, path: str, limits: Limits) -> str:
        declared: str = line(value, path, limits)
        mime = declared.partition(";")[0].strip().lower()
        if mime not in FORMATS[kind]:
            raise Refused(
                Refusal.MEDIA_FORMAT,
                f"{path} must be one of {', '.join(FORMATS[kind])}.",
                field=path,
                params={"formats": list(FORMATS[kind])},
            )
        return mime

    return read


def attachment(value: object, path: str, limits: Limits) -> dict[str, str]:
    """Read a file of an e-mail: a stored one, or base64; with the name that its reader sees."""
    given = as_object(value, path)
    way = "id" if given.get("id") not in (None, "") else "data"
    found: dict[str, str] = record({way: _ATTACHED[way]}, {"filename": text("filename")})(given, path, limits)
    return found


def _data(limit: str) -> Read:
    def read(value: object, path: str, limits: Limits) -> str:
        if not isinstance(value, str):
            raise invalid(path, "be base64 text")
        data = "".join(value.split())
        most = limits[limit]
        if len(data) // 4 * 3 - 2 > most or _decoded_size(data, path) > most:
            detail = f"{path} must have at most {most} bytes once decoded."
            raise Refused(Refusal.MEDIA_TOO_LARGE, detail, field=path, params={"limit": most})
        return data

    return read


def _decoded_size(data: str, path: str) -> int:
    if len(data) % 4:  # Python 3.11 lets padding pass where none belongs
        raise invalid(path, "be base64 text")
    try:
        size = len(binascii.a2b_base64(data, strict_mode=True))
    except ValueError:  # binascii.Error is one; letters outside ASCII give a plain one
        raise invalid(path, "be base64 text") from None
    if not size:
        raise required(path)
    return size


_ATTACHED: Mapping[str, Read] = {"id": text("id"), "data": _data("attachment.data")}


def files_in(kind: str, content: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each media object of checked content with its path and its own kind, in whatever part it stands."""
    if kind in FORMATS:
        yield kind, kind, content  # type: ignore[misc]  # as `check` made it
    for place, holder in enumerate(content.get("attachments", ()) if kind == "email" else ()):
        yield f"email.attachments.{place}", ATTACHMENT, holder
    for path, part in _parts(kind, content):
        sort = str(part.get("type"))
        if sort in FORMATS and isinstance(part.get(sort), dict):
            yield f"{path}.{sort}", sort, part[sort]


def _parts(kind: str, content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if kind == "interactive" and "header" in content:
        yield "interactive.header", content["header"]
    elif kind == "template":
        for place, component in enumerate(content.get("components", ())):
            for number, parameter in enumerate(component.get("parameters", ())):
                yield f"template.components.{place}.parameters.{number}", parameter


def with_media_ids(kind: str, content: Mapping[str, Any], render: Callable[[int], str]) -> dict[str, Any]:
    """Return stored content with the ids of its files as an API writes them; others stay as they are."""
    if not any("id" in holder for _, _, holder in files_in(kind, content)):
        return dict(content)
    copy = deepcopy(dict(content))
    for _, _, holder in files_in(kind, copy):
        if str(holder.get("id", "")).isdecimal():
            holder["id"] = render(int(holder["id"]))
    return copy
