"""What a file is, by its first bytes: what is declared must agree with them, for a name proves nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePath

from messaging.content import ATTACHMENT, FORMATS
from messaging.errors import Refusal, Refused

HEAD = 4096  # bytes that are looked at
_WORD, _SHEET, _SLIDES = (
    f"application/vnd.openxmlformats-officedocument.{sort}"
    for sort in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_BY_NAME = {
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".docx": _WORD,
    ".xlsx": _SHEET,
    ".pptx": _SLIDES,
    ".3gp": "video/3gpp",
    ".m4a": "audio/mp4",
    ".opus": "audio/opus",
}
_MARKUP = re.compile(rb"\s*<(!doctype|html|head|body|script|svg|iframe|\?xml)", re.IGNORECASE)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _is_video(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] not in (b"qt  ", b"heic", b"heix", b"mif1", b"avif")


def _is_zip_of(folder: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(b"PK\x03\x04") and folder in head


def _is_text(head: bytes) -> bool:
    if _CONTROLS.search(head) or _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return False
    try:
        head[:-4].decode()  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


# Each test with the types whose files begin so, the likeliest first.
_SIGNS: Sequence[tuple[Callable[[bytes], bool], tuple[str, ...]]] = (
    (_starts(b"\xff\xd8\xff"), ("image/jpeg", "image/jpg")),
    (_starts(b"\x89PNG\r\n\x1a\n"), ("image/png",)),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", ("image/webp",)),
    (lambda head: head[4:10] == b"ftyp3g", ("video/3gpp",)),
    (lambda head: head[4:11] == b"ftypM4A", ("audio/mp4", "audio/m4a", "audio/x-m4a")),
    (_is_video, ("video/mp4", "video/3gpp", "audio/mp4", "audio/m4a", "audio/x-m4a")),
    (_starts(b"OggS"), ("audio/ogg", "audio/opus")),
    (_starts(b"\xff\xf1", b"\xff\xf9"), ("audio/aac",)),
    (_starts(b"ID3"), ("audio/mpeg", "audio/mp3", "audio/aac")),
    (_starts(b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"), ("audio/mpeg", "audio/mp3")),
    (_starts(b"#!AMR"), ("audio/amr",)),
    (lambda head: b"%PDF-" in head[:1024], ("application/pdf",)),
    (
        _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
    ),
    (_is_zip_of(b"word/"), (_WORD,)),
    (_is_zip_of(b"xl/"), (_SHEET,)),
    (_is_zip_of(b"ppt/"), (_SLIDES,)),
    (_is_zip_of(b"[Content_Types].xml"), (_WORD, _SHEET, _SLIDES)),
    (_is_text, ("text/plain",)),
)


def sniff(head: bytes) -> list[str]:
    """Return the types that a file with these first bytes may be, the likeliest first."""
    found = (mime for test, mimes in _SIGNS if test(head) for mime in mimes)
    return list(dict.fromkeys(found))


def kind_of(mime: str) -> str:
    """Return the kind of message that takes files of this type, "" for none."""
    return next((kind for kind, mimes in FORMATS.items() if mime in mimes), "")


def plain(mime: str) -> str:
    """Return a type without its parameters; "" for what only says that somebody does not know."""
    found = mime.partition(";")[0].strip().lower()
    return "" if found in ("application/octet-stream", "binary/octet-stream") else found


def mime_of(head: bytes, *, kind: str = "", declared: str = "", hint: str = "", filename: str = "") -> str:
    """Return the type of a file; raises Refused(MEDIA_FORMAT) where messages of this kind (of any) cannot carry it.

    A `declared` type must be one that the first bytes allow; a `hint`, such as another server's word, chooses among
    those that they allow. An attachment may be anything.
    """
    if kind == ATTACHMENT:
        return next(iter(sniff(head)), "application/octet-stream")
    allowed = FORMATS[kind] if kind else [mime for mimes in FORMATS.values() for mime in mimes]
    possible = [mime for mime in sniff(head) if mime in allowed]
    if declared and declared not in possible:
        possible = []
    wishes = (declared, hint, _BY_NAME.get(PurePath(filename).suffix.lower(), ""))
    for mime in (*(wish for wish in wishes if wish in possible), *possible):
        return mime
    raise Refused(
        Refusal.MEDIA_FORMAT,
        f"The file must be, by its content too, one of {', '.join(allowed)}.",
        field="file",
        params={"formats": list(allowed)},
    )
