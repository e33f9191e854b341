"""A request's fields, whichever of the three forms its body has."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from messaging.edge import decode
from messaging.errors import Refusal, Refused

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def read(request: HttpRequest, raw: bytes) -> Mapping[str, Any]:
    """Return the fields of a JSON object or a form; a file in a form becomes a `data:` URL.

    Raises Refused: BAD_BODY, INVALID for JSON that is no object, TOO_LARGE.
    """
    if request.content_type not in (FORM, MULTIPART):
        return decode(raw, dict[str, Any])
    try:
        return dict(_fields(request, raw))
    except RequestDataTooBig as error:
        raise Refused(Refusal.TOO_LARGE, str(error)) from None
    except (MultiPartParserError, SuspiciousOperation, BadRequest, ValueError, LookupError) as error:
        raise Refused(Refusal.BAD_BODY, f"The form cannot be read: {type(error).__name__}.") from None


def _fields(request: HttpRequest, raw: bytes) -> Iterator[tuple[str, Any]]:
    """Yield each field; `name[]` is a list, and of a field given twice the last counts."""
    form: MultiValueDict[str, Any] = MultiValueDict()
    if request.content_type == FORM:
        form.update(QueryDict(raw, encoding="utf-8"))
    else:
        for part in MultiPartParser(request.META, BytesIO(raw), request.upload_handlers, "utf-8").parse():
            form.update(part)
    for name, values in form.lists():
        plain = [_data_url(value) if isinstance(value, UploadedFile) else value for value in values]
        yield (name[:-2], plain) if name.endswith("[]") else (name, plain[-1])


def _data_url(file: UploadedFile[bytes]) -> str:
    mime = file.content_type or "application/octet-stream"
    return f"data:{mime};base64,{b64encode(file.read()).decode()}"
