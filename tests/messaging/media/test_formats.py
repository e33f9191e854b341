"""A file is what its first bytes say; what is declared must agree with them."""

import pytest

from accounts.models import Account
from messaging import media
from messaging.errors import Refusal, Refused
from messaging.models import Media
from tests.messaging.media import files

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("data", "declared", "filename", "kind", "mime"),
    [
        (files.PNG, "", "", "image", "image/png"),
        (files.PNG, "image/png", "", "image", "image/png"),
        (files.PNG, "IMAGE/PNG; charset=binary", "", "image", "image/png"),
        (files.PNG, "application/octet-stream", "", "image", "image/png"),
        (files.JPEG, "", "", "image", "image/jpeg"),
        (files.JPEG, "image/jpg", "", "image", "image/jpg"),
        (files.WEBP, "", "", "sticker", "image/webp"),
        (files.MP4, "", "", "video", "video/mp4"),
        (files.MP4, "audio/mp4", "", "audio", "audio/mp4"),
        (files.THREE_GP, "", "", "video", "video/3gpp"),
        (files.M4A, "", "", "audio", "audio/mp4"),
        (files.M4A, "audio/x-m4a", "", "audio", "audio/x-m4a"),
        (files.OGG, "", "", "audio", "audio/ogg"),
        (files.OGG, "", "note.opus", "audio", "audio/opus"),
        (files.MP3, "", "", "audio", "audio/mpeg"),
        (files.MP3_BARE, "audio/mp3", "", "audio", "audio/mp3"),
        (files.AAC, "audio/aac", "", "audio", "audio/aac"),
        (files.AMR, "", "", "audio", "audio/amr"),
        (files.PDF, "", "", "document", "application/pdf"),
        (files.DOC, "", "", "document", "application/msword"),
        (files.DOC, "", "list.XLS", "document", "application/vnd.ms-excel"),
        (files.DOCX, "", "", "document", WORD),
        (files.XLSX, SHEET, "", "document", SHEET),
        (files.OFFICE, "", "plan.xlsx", "document", SHEET),
        (files.TEXT, "", "", "document", "text/plain"),
        (files.TEXT, "text/plain", "page.html", "document", "text/plain"),
    ],
)
def test_a_file_is_known_by_its_content(
    acme: Account, data: bytes, declared: str, filename: str, kind: str, mime: str
) -> None:
    stored = media.store(acme, data, mime=declared, filename=filename)
    assert (stored.kind, stored.mime) == (kind, mime)


@pytest.mark.parametrize("declared", ["", "image/png", "text/plain", "application/pdf", "text/html", "image/gif", "x"])
@pytest.mark.parametrize(
    "data",
    [files.HTML, files.SVG, files.XML, files.EXE, files.ZIP, files.GIF, files.QUICKTIME, files.HEIC, b"\0" * 100],
    ids=["html", "svg", "xml", "exe", "zip", "gif", "quicktime", "heic", "zeros"],
)
def test_a_file_that_no_message_carries_is_refused_whatever_it_says_it_is(
    acme: Account, data: bytes, declared: str
) -> None:
    with pytest.raises(Refused) as refused:
        media.store(acme, data, mime=declared, filename="a.png")
    assert refused.value.refusal is Refusal.MEDIA_FORMAT
    assert not Media.objects.exists()


@pytest.mark.parametrize(
    ("data", "declared"),
    [(files.PNG, "image/jpeg"), (files.JPEG, "image/png"), (files.PDF, "text/plain"), (files.TEXT, "application/pdf")],
)
def test_a_file_that_is_another_than_declared_is_refused(acme: Account, data: bytes, declared: str) -> None:
    with pytest.raises(Refused) as refused:
        media.store(acme, data, mime=declared)
    assert refused.value.refusal is Refusal.MEDIA_FORMAT
