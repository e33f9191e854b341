"""Static files are collected when they changed, and only then."""

from pathlib import Path

import pytest
from pytest_django import Settings

from gateway import collecting


@pytest.fixture
def page_style(settings: Settings, tmp_path: Path) -> Path:
    """One static file in a folder of its own, and a root to collect it into."""
    source = tmp_path / "source"
    source.mkdir()
    settings.STATIC_ROOT = tmp_path / "root"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (source / "page.css").write_text("a {}")
    return source / "page.css"


def test_a_changed_file_is_collected_and_an_unchanged_one_is_not_again(page_style: Path, settings: Settings) -> None:
    collected = Path(settings.STATIC_ROOT) / "page.css"
    collecting.collect_static()
    assert collected.read_text() == "a {}"
    collected.unlink()
    collecting.collect_static()
    assert not collected.exists()
    page_style.write_text("b { }")
    collecting.collect_static()
    assert collected.read_text() == "b { }"


def test_a_root_that_was_emptied_is_filled_again(page_style: Path, settings: Settings) -> None:
    collecting.collect_static()
    for file in Path(settings.STATIC_ROOT).iterdir():
        file.unlink()
    collecting.collect_static()
    assert (Path(settings.STATIC_ROOT) / "page.css").exists()
