"""Our answers beside those that the vendor's server gave: the same statuses, fields, types and links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Account
from messaging.models import Workspace
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import BASE, Answer, Api
from tests.messaging.dialects.whispir.recorded import Exchange, cassettes, decoded

pytestmark = pytest.mark.recorded
WORKSPACE = "B6302F7C7B9A8982"  # in which the client's tests were recorded
_MESSAGES = re.compile(r"^(.*?/messages)(?:/([0-9A-F]{16}))?(?:[/?]|$)")
_ID = re.compile(r"\b[0-9A-F]{16}\b")
# Where we are not as that server was, and why.
KNOWN = {
    r"errorDetail is new": "its later documents have it",
    r"/messages.*\.(id|to) is new": "its later documents have them",
    r"/contacts.*\.id is new": "lists had it, single contacts had not",
    r"/contacts/ID: \.link has .*(update|delete)Contact": "the answer to POST had them, that to GET had not",
    r"/contacts/ID: \.type is new": "it was lost by a change",
    r"/apps/ID: \.(registrationTypes|options\.workspaces) is new": "they were lost by a change that did not name them",
    r"/apps.*\.link has .*self": "the answer to POST had it, that to GET had not",
    r"/apps\?limit.*\.link has .*next": "a page had more rows than were asked for",
    r"/responserules: \.link lacks .*next": "all rows came at once, and yet a second page was named",
    r"/workspaces.*\.link (has|lacks) .*retrieveTemplates?'": "POST said one and GET the other: we say both",
}


class Server:
    """Our API in place of the vendor's: what it calls otherwise is told apart by what was said before."""

    def __init__(self, api: Api, workspace: Workspace, send: Callable[[str], str]) -> None:
        self.api, self.send, self.ids = api, send, {WORKSPACE: f"{workspace.pk:016X}"}

    def ours(self, text: str) -> str:
        return _ID.sub(lambda found: self.ids.get(found[0], found[0]), text)

    def ask(self, asked: Exchange) -> Answer:
        """Ask what was asked then; what the recording reads and did not make is made before."""
        if asked.method == "GET" and (read := _MESSAGES.search(asked.path)) and read[2] not in self.ids:
            self.ids[read[2]] = self.send(self.ours(read[1]))
        answer = self.api(
            asked.method,
            self.ours(asked.path),
            self.ours(asked.body).encode() if asked.body else None,
            accept=asked.headers.get("Accept", ""),
            content_type=asked.headers.get("Content-Type", ""),
        )
        if asked.location and answer.headers.get("Location"):
            self.ids[asked.location.rpartition("/")[2]] = answer.headers["Location"].rpartition("/")[2]
        return answer


def differences(theirs: Any, ours: Any, at: str = "") -> Iterator[str]:
    """Yield where ours has not the shape of theirs."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in theirs.keys() - ours.keys():
            yield f"{at}.{name} is missing"
        for name in ours.keys() - theirs.keys():
            yield f"{at}.{name} is new"
        for name in theirs.keys() & ours.keys():
            yield from (_links if name == "link" else differences)(theirs[name], ours[name], f"{at}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list):
        if theirs and ours:
            yield from differences(_shared(theirs), _shared(ours), f"{at}[]")
    elif type(theirs) is not type(ours):
        yield f"{at} is {type(ours).__name__}, was {type(theirs).__name__}"


def _shared(items: list[Any]) -> Any:
    """Return the first of the items with the fields that all of them have."""
    if not all(isinstance(item, dict) for item in items):
        return items[0]
    names = set.intersection(*(set(item) for item in items))
    return {name: value for name, value in items[0].items() if name in names}


def _links(theirs: Any, ours: Any, at: str) -> Iterator[str]:
    def told(links: Any) -> set[tuple[str, str, str]]:
        return {(link["rel"], link["method"], ",".join(sorted(link.get("type", "").split(",")))) for link in links}

    yield from (f"{at} lacks {link}" for link in told(theirs) - told(ours))
    yield from (f"{at} has {link}" for link in told(ours) - told(theirs))


def complaints(server: Server, asked: Exchange) -> Iterator[str]:
    answer = server.ask(asked)
    name = f"{asked.method} {asked.path}"
    if answer.status != asked.status:
        yield f"{name}: {answer.status}, was {asked.status}: {answer.raw[:200]!r}"
        return
    if asked.status != 204 and answer.headers["Content-Type"] != asked.content_type:
        yield f"{name}: {answer.headers['Content-Type']}, was {asked.content_type}"
    if asked.location and answer.headers["Location"] != BASE + server.ours(asked.location):
        yield f"{name}: leads to {answer.headers['Location']}"
    theirs = decoded(asked.answer)
    if theirs is None:
        if answer.raw.decode() != asked.answer:
            yield f"{name}: {answer.raw[:80]!r}, was {asked.answer[:80]!r}"
        return
    yield from (f"{name}: {what}" for what in differences(theirs, json.loads(answer.raw)))


@pytest.fixture
def send(api: Api, deliver: Deliver) -> Callable[[str], str]:
    """Send a message as those were that the recordings read, and return its id."""

    def one(path: str) -> str:
        body = {"to": "success@example.org,other@example.org", "subject": "test", "body": "test message"}
        sent = api("POST", path, body)
        assert sent.status == 202, sent.raw
        deliver()
        return str(sent.headers["Location"].rpartition("/")[2])

    return one


def test_every_recorded_exchange_goes_as_it_did(api: Api, acme: Account, send: Callable[[str], str]) -> None:
    found = cassettes()
    assert len(found) == 40
    wrong, used = [], set()
    for name, exchanges in found.items():
        server = Server(api, Workspace.objects.create(account=acme, name=name), send)
        for asked in exchanges:
            for complaint in complaints(server, asked):
                plain = _ID.sub("ID", complaint)
                why = next((pattern for pattern in KNOWN if re.search(pattern, plain)), None)
                used.add(why)
                wrong += [] if why else [plain]
    assert wrong == []
    assert KNOWN.keys() == used
