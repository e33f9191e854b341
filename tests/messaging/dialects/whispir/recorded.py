"""What the vendor's server answered in 2018, from the tests of its client `whispyr`.

The archive is taken from the package index when it is needed, checked against its digest, and kept nowhere else.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

NAME = "whispyr-0.3.0"
DIGEST = "8cc5ed0fa664a647754ad8a664888a98d7fc1a6e3d687e9387dab880cc9856a6"
_CASSETTES = f"{NAME}/tests/cassettes/"


@dataclass(frozen=True)
class Exchange:
    """One request, and what came back."""

    method: str
    path: str  # with its query
    headers: Mapping[str, str]
    body: str
    status: int
    content_type: str
    location: str  # its path
    answer: str


def cassettes() -> dict[str, list[Exchange]]:
    """Return the exchanges of each of the client's tests; skips the test where the archive cannot be had."""
    return _read(_archive())


@cache
def _archive() -> bytes:
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else ["uvx", "pip"]
    with TemporaryDirectory() as folder:
        asked = [
            "download",
            NAME.replace("-", "=="),
            "--no-deps",
            "--no-binary",
            "whispyr",
            "--dest",
            folder,
            "--quiet",
        ]
        try:
            done = subprocess.run([*pip, *asked], capture_output=True, text=True, timeout=90, check=False)
            found, why = list(Path(folder).glob(f"{NAME}.tar.gz")), done.stderr[-300:]
        except (OSError, subprocess.TimeoutExpired) as error:
            found, why = [], str(error)
        if not found:
            pytest.skip(f"no archive, nothing is compared: {why}")
        raw = found[0].read_bytes()
    assert sha256(raw).hexdigest() == DIGEST, "this is another archive"
    return raw


def _read(raw: bytes) -> dict[str, list[Exchange]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        path.write_bytes(raw)
        with tarfile.open(path) as archive:
            names = [name for name in archive.getnames() if name.startswith(_CASSETTES) and name.endswith(".yaml")]
            texts = {name: _text(archive, name) for name in sorted(names)}
    return {name.removeprefix(_CASSETTES).removesuffix(".yaml"): list(_exchanges(text)) for name, text in texts.items()}


def _text(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file
    return file.read()


def _exchanges(text: bytes) -> Iterator[Exchange]:
    for told in yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["interactions"]:
        asked, answered = told["request"], told["response"]
        split = urlsplit(asked["uri"])
        headers = {name: value[0] for name, value in answered["headers"].items()}
        yield Exchange(
            method=asked["method"],
            path=f"{split.path}?{split.query}" if split.query else split.path,
            headers={n: v[0] for n, v in asked["headers"].items() if n in ("Accept", "Content-Type")},
            body=_plain(asked.get("body")),
            status=answered["status"]["code"],
            content_type=headers.get("Content-Type", ""),
            location=urlsplit(headers.get("Location", "")).path,
            answer=_plain(answered["body"]["string"]),
        )


def _plain(text: Any) -> str:
    return text.decode() if isinstance(text, bytes) else text or ""


def decoded(text: str) -> Any:
    """Return what JSON says, None for what is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
