"""The lock files: complete, hashed, and naming no place to fetch from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
PINNED = re.compile(r"([a-z0-9][a-z0-9-]*)(?:\[[a-z,-]+\])?==([0-9][0-9a-z.+!]*)(?: ; [a-z_<>=!'\"0-9.() A-Z]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def pins(lock: str) -> set[str]:
    return {line for line in (ROOT / lock).read_text().splitlines() if not line.startswith(" ")}


def names(lock: str) -> set[str]:
    return {match[1] for line in pins(lock) if (match := PINNED.fullmatch(line))}


def wanted(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", text)[0].lower().replace("_", "-") for text in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_pins_and_hashes_and_nothing_else(lock: str) -> None:
    """So no URL, no host, no path and no index option."""
    lines = (ROOT / lock).read_text().splitlines()
    assert [line for line in lines if not PINNED.fullmatch(line) and not HASH.fullmatch(line)] == []


def test_both_locks_agree() -> None:
    """On the versions; what is needed on some systems to run may be needed on all to develop."""
    run, develop = ({line.split()[0] for line in pins(lock)} for lock in LOCKS)
    assert run <= develop


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runs = wanted(project["project"]["dependencies"])
    develops = wanted(project["dependency-groups"]["dev"])
    assert runs <= names("requirements.lock")
    assert develops <= names("requirements-dev.lock")
