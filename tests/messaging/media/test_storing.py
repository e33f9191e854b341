"""Files are kept for their account, for 30 days, under names that nobody guesses."""

import re
import stat
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from messaging import media
from messaging.content import LIMITS
from messaging.errors import Refusal, Refused
from messaging.models import Media
from tests.messaging.media.files import PDF, PNG


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A folder of this test's own."""
    media_storage = {"BACKEND": "messaging.media.storage.Folder", "OPTIONS": {"location": tmp_path / "media"}}
    settings.STORAGES = {**settings.STORAGES, "media": media_storage}
    return tmp_path / "media"


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def refusal(account: Account, data: Any, **more: Any) -> Refusal:
    with pytest.raises(Refused) as refused:
        media.store(account, data, **more)
    return refused.value.refusal


def test_a_file_is_given_back_as_it_came(acme: Account) -> None:
    stored = media.store(acme, PNG, filename="dot.png")

    found = media.find(acme, stored.pk)
    assert (found.size, found.sha256, found.filename) == (len(PNG), sha256(PNG).hexdigest(), "dot.png")
    assert (found.state, found.source) == ("stored", "upload")
    assert timedelta(days=29, hours=23) < found.expires_at - timezone.now() <= timedelta(days=30)
    assert media.open(found).read() == PNG


def test_a_large_file_is_read_from_a_file(acme: Account) -> None:
    data = PDF + bytes(3_000_000)
    assert media.open(media.store(acme, BytesIO(data))).read() == data


def test_its_name_in_the_storage_tells_nothing(acme: Account, folder: Path) -> None:
    names = [media.store(acme, PNG, filename="secret.png").name for _ in range(2)]

    assert all(re.fullmatch(r"\d{4}/\d\d/\d\d/[0-9a-f]{40}", name) for name in names)
    assert names[0] != names[1]
    assert {str(path.relative_to(folder)) for path in kept(folder)} == set(names)


def test_nobody_else_on_the_machine_may_read_it(acme: Account, folder: Path) -> None:
    stored = media.store(acme, PNG)

    assert stat.S_IMODE((folder / stored.name).stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / stored.name).parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("given", "filename"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.png", "a.png"),
        ("a\r\nSet-Cookie: b.png", "aSet-Cookie: b.png"),
        ("..", ""),
        ("x" * 300 + ".png", "x" * 236 + ".png"),
    ],
)
def test_a_filename_is_a_name_alone(acme: Account, given: str, filename: str) -> None:
    assert media.store(acme, PNG, filename=given).filename == filename


def test_an_empty_file_is_refused(acme: Account) -> None:
    assert refusal(acme, b"") is Refusal.REQUIRED


@pytest.mark.parametrize(("data", "kind"), [(PNG, "image"), (PDF, "document")])
def test_a_file_may_have_its_kinds_size_and_no_more(acme: Account, data: bytes, kind: str, folder: Path) -> None:
    most = LIMITS[f"{kind}.file"]
    full = data + bytes(most - len(data))

    assert media.store(acme, full).size == most
    assert refusal(acme, full + b"\0") is Refusal.MEDIA_TOO_LARGE
    assert len(kept(folder)) == Media.objects.count() == 1


def test_an_account_has_only_so_much_room(acme: Account, other: Account, settings: Settings) -> None:
    settings.GATEWAY_MEDIA_MEGABYTES = 1
    media.store(acme, PNG + bytes(700_000))

    assert refusal(acme, PNG + bytes(700_000)) is Refusal.MEDIA_TOO_LARGE
    media.store(other, PNG + bytes(700_000))


def test_another_accounts_file_is_not_found(acme: Account, other: Account) -> None:
    stored = media.store(acme, PNG)
    for id in (stored.pk, stored.pk + 1, 0, None):
        with pytest.raises(Refused) as refused:
            media.find(other, id)
        assert refused.value.refusal is Refusal.NOT_FOUND


def test_a_file_is_gone_after_thirty_days(acme: Account, folder: Path) -> None:
    stored, later = media.store(acme, PNG), timezone.now() + timedelta(days=30, minutes=1)
    assert media.prune_media() == 0

    with time_machine.travel(later):
        fresh = media.store(acme, PDF)
        with pytest.raises(Refused):
            media.find(acme, stored.pk)
        assert media.prune_media() == 1
        assert media.prune_media() == 0
    assert [str(path.relative_to(folder)) for path in kept(folder)] == [fresh.name]
    assert list(Media.objects.all()) == [fresh]


def test_pruning_goes_on_where_a_file_is_gone_already(acme: Account, folder: Path) -> None:
    stored = media.store(acme, PNG)
    (folder / stored.name).unlink()
    with pytest.raises(Refused):
        media.open(stored)

    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert media.prune_media() == 1


def test_what_a_writer_that_died_left_is_not_found_and_goes(
    acme: Account, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is there before the file, so that whatever a writer leaves can be found."""

    class Died(BaseException):
        pass

    save = type(storages["media"]).save

    def die(self: Any, name: str, content: Any, **more: Any) -> str:
        save(self, name, content, **more)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(type(storages["media"]), "save", die)
        with pytest.raises(Died):
            media.store(acme, PNG)
    half = Media.objects.get()
    assert len(kept(folder)) == 1
    with pytest.raises(Refused):
        media.find(acme, half.pk)

    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert media.prune_media() == 1
    assert kept(folder) == []
