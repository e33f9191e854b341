"""JavaScript as its users run it: the vendors' own packages, in Node."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

HERE = Path(__file__).parent
_MODULES = HERE / "node_modules"  # not in the repository: `npm ci` fills it from the lock file


def run_node(script: str, **env: str) -> str:
    """Run one of the scripts in this folder and return what it printed; the test fails if it fails.

    The packages are installed first. Without Node the test is skipped.
    """
    _install()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "NODE_"))}
    done = subprocess.run(
        ["node", script], cwd=HERE, env=kept | env, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, f"{script} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def read_package(path: str) -> str:
    """Return the text of a file in one of the packages. Without Node the test is skipped."""
    _install()
    return (_MODULES / path).read_text()


@contextmanager
def serving_node(script: str, **env: str) -> Iterator[str]:
    """Run one of the scripts in this folder for as long as the block lasts, and give the first line it printed."""
    _install()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GATEWAY_", "NODE_"))}
    with subprocess.Popen(["node", script], cwd=HERE, env=kept | env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@cache
def _install() -> None:
    """Install what the lock file names, unless that was done before; skips the test where it cannot be done."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("there is no Node here: the JavaScript clients are NOT tested")
    wanted = sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = _MODULES / ".installed"
    with (HERE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes start at once
        if stamp.exists() and stamp.read_text() == wanted:
            return
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=90, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot install: the JavaScript clients are NOT tested: {done.stderr[-300:]}")
        stamp.write_text(wanted)
