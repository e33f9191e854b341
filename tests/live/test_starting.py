"""The first minute: an empty folder, bootstrap, and what may be in the way of a start."""

import json
import re
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import LiteralString

import httpx
import pytest

from tests.live.databases import new_database
from tests.live.gateways import OWNER, PASSWORD, Gateway, environment, free_port, manage
from tests.live.test_accepting import hidden

pytestmark = pytest.mark.live
ROWS: list[LiteralString] = [
    "SELECT * FROM accounts_user",
    "SELECT * FROM accounts_account",
    "SELECT * FROM accounts_membership",
    "SELECT * FROM accounts_auditentry",
    "SELECT * FROM tokens_token",
    "SELECT * FROM tokens_apilogin",
    "SELECT * FROM tokens_privatetoken",
    "SELECT * FROM messaging_device",
]
ADDRESSES: LiteralString = "SELECT email, verified FROM account_emailaddress"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway just started on an empty folder and an empty database."""
    folder = tmp_path_factory.mktemp("empty")
    gateway = Gateway(folder, new_database(folder))
    gateway.start()
    yield gateway
    gateway.end()


def require_one_sentence(words: list[str], said: str, **env: str) -> None:
    """The command ends with code 2 and one sentence that says why."""
    done = manage(*words, **(env and environment(**env)))
    assert done.returncode == 2, done.stderr
    assert not done.stdout or words[0] == "up"
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert said in lines[0]


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        words = ["up", "--data", str(tmp_path), "--port", port]
        require_one_sentence(words, f"Port {port} on 127.0.0.1 cannot be used: Address already in use.")


@pytest.mark.parametrize("folder", ["file/data", "/proc/data"])
@pytest.mark.parametrize("command", ["up", "bootstrap"])
def test_a_folder_that_cannot_be_written_is_said(command: str, folder: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    email = ["--email", OWNER] if command == "bootstrap" else []
    words = [command, "--data", str(tmp_path / folder), *email]
    require_one_sentence(words, f"The data folder {tmp_path / folder} cannot be written: ")


def test_a_host_without_an_address_is_said(tmp_path: Path) -> None:
    words = ["up", "--data", str(tmp_path), "--host", "nowhere.invalid"]
    require_one_sentence(words, "There is no address for the host nowhere.invalid.")


@pytest.mark.parametrize("command", ["up", "bootstrap"])
def test_a_database_that_cannot_be_used_is_said(command: str, tmp_path: Path) -> None:
    email = ["--email", OWNER] if command == "bootstrap" else []
    words = [command, "--data", str(tmp_path), *email, *(["--port", str(free_port())] if command == "up" else [])]
    (tmp_path / "gateway.sqlite3").write_text("This is a letter, not a database." * 100)
    url = f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
    require_one_sentence(words, "The database cannot be used: file is not a database.", DATABASE_URL=url)


def test_a_second_gateway_on_the_folder_is_refused(empty: Gateway) -> None:
    words = ["up", "--data", str(empty.folder), "--port", str(free_port())]
    require_one_sentence(words, f"Another gateway is running on the data folder {empty.folder}.")


def test_bootstrap_wants_an_address(tmp_path: Path) -> None:
    words = ["bootstrap", "--data", str(tmp_path), "--email", "alice", "--json"]
    require_one_sentence(words, "“alice” is not an e-mail address.")


def test_bootstrap_prints_one_object(original: Gateway) -> None:
    made = original.made
    assert list(made) == ["account", "email", "password", "tokens", "api_login", "private_token", "devices"]
    assert (made["account"], made["email"], made["password"]) == ("Main", OWNER, PASSWORD)
    prefixes = {type: secret[:8] for type, secret in made["tokens"].items()}
    assert prefixes == {"production": "gw_live_", "sandbox": "gw_test_", "read_only": "gw_read_"}
    assert all(made["api_login"].values())
    assert made["private_token"]
    assert made["devices"] == {"sandbox": "123456789"}


def test_bootstraps_credentials_are_the_owners(original: Gateway) -> None:
    owners = original.database.ask("SELECT id FROM accounts_user")
    assert original.database.ask("SELECT created_by_id FROM tokens_apilogin") == owners
    assert original.database.ask("SELECT created_by_id FROM tokens_token") == owners * 3


def test_a_second_bootstrap_changes_nothing_and_shows_no_secret(original: Gateway) -> None:
    before = [original.database.ask(sql) for sql in ROWS]
    done = original.bootstrap()
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert again == original.made | {
        "password": None,
        "tokens": dict.fromkeys(original.made["tokens"]),
        "api_login": original.made["api_login"] | {"password": None},
        "private_token": None,
    }
    assert [original.database.ask(sql) for sql in ROWS] == before


def test_the_secret_key_is_its_owners_alone(original: Gateway) -> None:
    file = original.folder / "secret_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(file.read_text()) >= 50


def test_the_first_run_link_makes_the_owner_once(empty: Gateway) -> None:
    links = re.findall(r"First run: create the owner at (\S+)", empty.said())
    assert len(links) == 1
    assert links[0].startswith(f"http://localhost:{empty.port}/")
    with httpx.Client(follow_redirects=True, timeout=30) as client:
        form = hidden(client.get(links[0])) | {"email": OWNER, "password": PASSWORD, "account": "acme"}
        arrived = client.post(links[0], data=form)
        assert (arrived.status_code, arrived.url.path) == (200, "/"), arrived.text
    assert [(email, bool(is_verified)) for email, is_verified in empty.database.ask(ADDRESSES)] == [(OWNER, True)]
    assert httpx.get(links[0]).status_code == 410
    assert links[0].rpartition("first/")[2] not in empty.said().replace(links[0], "", 1)


def test_the_audit_log_is_checked_in_the_folder_that_is_named(tmp_path: Path) -> None:
    nowhere = manage("audit", "verify", "--data", str(tmp_path / "nowhere"))
    assert nowhere.returncode == 1
    assert "Traceback" not in nowhere.stderr
    assert "GATEWAY_DATA_DIR" in nowhere.stderr
    made = manage("bootstrap", "--data", str(tmp_path), "--email", OWNER, "--password", PASSWORD)
    assert made.returncode == 0, made.stderr
    checked = manage("audit", "verify", "--data", str(tmp_path))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "entries hold" in checked.stdout
