"""The wrapper, in a project whose locks are empty and whose manage.py only tells how it was called."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

WRAPPER = Path(__file__).parents[2] / "gw"
TELL = """
import json, os, sys
print(json.dumps({"prefix": sys.prefix, "folder": os.getcwd(), "arguments": sys.argv[1:]}))
"""


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        root.mkdir()
        shutil.copy(WRAPPER, root)
        (root / "manage.py").write_text(TELL)
        for lock in ("requirements.lock", "requirements-dev.lock"):
            (root / lock).write_text("# nothing yet\n")

    def start(self, *arguments: str, gw: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(gw or self.root / "gw"), *arguments],
            cwd=self.root.parent,
            env={**os.environ, "GATEHOUSE_PYTHON": sys.executable, "GATEHOUSE_VENV": str(self.venv), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, gw: Path | None = None, **variables: str) -> tuple[int, str, str]:
        process = self.start(*arguments, gw=gw, **variables)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def told(self, *arguments: str, gw: Path | None = None) -> dict[str, Any]:
        code, out, err = self.run(*arguments, gw=gw)
        assert code == 0, err
        told: dict[str, Any] = json.loads(out)
        return told


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Made by two calls at the same time."""
    project = Project(tmp_path_factory.mktemp("with a space") / "project")
    calls = [project.start("first"), project.start("second")]
    answers = [call.communicate(timeout=60) for call in calls]
    assert [json.loads(out)["arguments"] for out, _ in answers] == [["first"], ["second"]]
    assert sum("making" in err for _, err in answers) == 1
    yield project
    shutil.rmtree(project.root)


def test_runs_manage_py_in_its_own_environment(project: Project) -> None:
    told = project.told("send", "two words", "")
    assert told["arguments"] == ["send", "two words", ""]
    assert told["prefix"] == str(project.venv)
    assert told["folder"] == str(project.root.parent)


def test_says_nothing_when_all_is_ready(project: Project) -> None:
    assert project.run("up")[2] == ""


def test_is_found_through_links(project: Project) -> None:
    link, link_to_link = project.root.parent / "link", project.root / "link to link"
    link.symlink_to("project/gw")
    link_to_link.symlink_to("../link")
    assert project.told("up", gw=link_to_link)["prefix"] == str(project.venv)


def test_follows_a_lock_that_changed(project: Project) -> None:
    (project.root / "requirements.lock").write_text("# something else\n")
    project.told("up")
    assert (project.venv / "requirements.lock").read_text() == "# something else\n"


def test_a_lock_that_cannot_be_installed_is_tried_again(project: Project) -> None:
    lock = project.root / "requirements.lock"
    before = lock.read_text()
    lock.write_text("./nowhere\n")
    assert project.run("up")[0] not in (0, 2)
    assert not (project.venv / "requirements.lock").exists()
    lock.write_text(before)
    assert project.told("up")["prefix"] == str(project.venv)
    assert (project.venv / "requirements.lock").read_text() == before


def test_an_environment_left_half_made_is_made_anew(project: Project) -> None:
    (project.venv / "requirements.lock").unlink()
    (project.venv / "left behind").touch()
    assert project.told("up")["prefix"] == str(project.venv)
    assert not (project.venv / "left behind").exists()


def test_says_in_one_sentence_that_there_is_no_python(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    code, out, err = project.run("up", GATEHOUSE_PYTHON="/nowhere/python")
    assert (code, out) == (2, "")
    assert err.startswith("gw: no suitable Python at /nowhere/python: it takes 3.11 or newer")
    assert err.count("\n") == 1


def test_does_not_replace_a_folder_that_is_something_else(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    code, _, err = project.run("up", GATEHOUSE_VENV=str(tmp_path))
    assert code == 2
    assert "name another folder" in err
    assert (project.root / "gw").exists()


def test_runs_the_tests_with_their_own_lock(project: Project) -> None:
    (project.root / "pytest.py").write_text(TELL)
    (project.root / "requirements-dev.lock").write_text("# for tests\n")
    told = project.told("test", "-x")
    assert told["arguments"] == ["-x"]
    assert told["folder"] == str(project.root)
    assert (project.venv / "requirements-dev.lock").read_text() == "# for tests\n"
