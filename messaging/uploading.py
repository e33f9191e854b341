"""Forms with a file in them: a large file goes to the disk as it arrives, and is never held in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from messaging import media
from messaging.content import LIMITS
from messaging.edge import MIB, Edge, is_chunked, length_of, too_large
from messaging.errors import Refusal, Refused
from messaging.media import formats
from messaging.models import Media

MULTIPART = "multipart/form-data"
LARGEST_FILE = max(size for name, size in LIMITS.items() if name.endswith(".file"))


@dataclass(frozen=True, slots=True)
class Form:
    fields: Mapping[str, str]
    file: UploadedFile[bytes]


class _Bounded:
    """A body that is read no further than its route allows."""

    def __init__(self, source: Any, most: int) -> None:
        self.source, self.most, self.room = source, most, most

    def read(self, size: int | None = None, /) -> bytes:
        found: bytes = self.source.read(size)
        self.room -= len(found)
        if self.room < 0:
            raise too_large(self.most)
        return found


def read_form(http: HttpRequest, most: int) -> Form:
    """Return a multipart form's fields and its part called `file`.

    Raises Refused: WRONG_TYPE, TOO_LARGE over `most` bytes, BAD_BODY, REQUIRED without a file.
    """
    if http.content_type != MULTIPART:
        raise Refused(Refusal.WRONG_TYPE, f"The Content-Type must be {MULTIPART}.", field="Content-Type")
    if (length := length_of(http)) > most:
        raise too_large(most)
    source = http.META["wsgi.input"] if is_chunked(http) else http
    # Without a length the parser would take the body for empty.
    meta = {**http.META, "CONTENT_LENGTH": length or most} if is_chunked(http) else http.META
    try:
        parser = MultiPartParser(meta, cast(Any, _Bounded(source, most)), http.upload_handlers, "utf-8")
        fields, files = parser.parse()
    except RequestDataTooBig as error:
        raise Refused(Refusal.TOO_LARGE, str(error)) from None
    except (MultiPartParserError, SuspiciousOperation, BadRequest, ValueError, LookupError) as error:
        raise Refused(Refusal.BAD_BODY, f"The form cannot be read: {type(error).__name__}.") from None
    file = files.get("file")
    if not isinstance(file, UploadedFile):
        raise Refused(Refusal.REQUIRED, "The form must have a part called file, with a file name.", field="file")
    return Form({name: str(value) for name, value in fields.items()}, file)


class Upload(Edge):
    """A view whose POST stores the file of a form as media; put it before the API's own base."""

    largest_body = LARGEST_FILE + MIB
    form: Form | None = None

    def take_body(self, http: HttpRequest) -> None:
        self.raw_body = b""
        if http.method == "POST":
            self.form = read_form(http, self.largest_body)
        else:
            super().take_body(http)

    def store(self) -> Media:
        """Keep the form's file, of the type that the form, or else its part, declares; raises Refused."""
        if self.form is None:
            raise RuntimeError("only a POST has a form")
        file = self.form.file
        part = formats.plain(file.content_type or "")  # which programs often guess
        mime = self.form.fields.get("type") or (part if formats.kind_of(part) else "")
        return media.store(self.caller.account, file, mime=mime, filename=file.name or "")

    def finalize_response(  # type: ignore[override]  # as Edge's own
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if self.form:
            self.form.file.close()
        return super().finalize_response(request, response, *args, **kwargs)
