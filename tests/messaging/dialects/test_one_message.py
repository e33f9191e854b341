"""One message, every door: what was sent in one API is read in all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Account
from messaging.content import check, files_in, summary
from messaging.dialect import Example
from messaging.errors import Refusal, Refused
from messaging.models import Message
from messaging.states import State
from messaging.transports import sandbox
from tests.messaging.conftest import Deliver
from tests.messaging.contents import GOOD, LINK, kind_of
from tests.messaging.dialects.subject import Bench, Subject, at, subjects
from tokens.errors import Denial, Denied

SUBJECTS = list(subjects())
senders = pytest.mark.parametrize("sender", SUBJECTS, ids=lambda subject: subject.name)


@pytest.fixture
def benches(acme: Account, other: Account, settings: Settings) -> dict[str, Bench]:
    """Acme's bench at each door."""
    return {subject.name: Bench(subject, acme, other, settings) for subject in SUBJECTS}


def examples(subject: Subject) -> Iterator[Example]:
    """Yield the door's own example, and how it sends each kind that it can, with files behind links."""
    yield subject.send
    for good in GOOD:
        kind = kind_of(good)
        body = deepcopy(good[kind])
        if isinstance(body, dict):
            for _, _, file in files_in(kind, body):
                for holding in ("id", "data", "mime", "link"):
                    file.pop(holding, None)
                file["link"] = LINK
        if example := subject.send_kind(kind, body):
            yield example


def send(bench: Bench, example: Example) -> Message:
    """Send it, and return what is stored."""
    response = bench.ask(example)
    assert 200 <= response.status_code < 300, (example, response.content)
    return Message.objects.latest("pk")


def read(bench: Bench, message: Message, what: Example, **credential: Any) -> tuple[int, str]:
    path = what.path.replace("$ID", bench.subject.render_id(message.pk))
    response = bench.ask(at(what, path), **credential)
    return response.status_code, response.content.decode()


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value, names of fields among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def assert_shown(bench: Bench, message: Message) -> None:
    """The door shows the message by its own id, state and address, with its content or the words for it."""
    subject = bench.subject
    status, body = read(bench, message, subject.read_one)
    why = f"{message.kind} of {message.dialect} in {subject.name}: {status} {body[:500]}"
    assert status == 200, why
    found = set(texts(json.loads(body)))
    assert message.to.lstrip("+") in {text.lstrip("+") for text in found}, why
    assert any(subject.render_id(message.pk) in text for text in found), why
    said = set(summary(message.kind, message.content).splitlines())
    assert said <= found or message.kind in found, why
    status, body = read(bench, message, subject.read_state)
    states = {state for state, word in subject.states.items() if word in set(texts(json.loads(body)))}
    assert State(message.state) in states, f"{message.state} of {message.dialect} in {subject.name}: {status} {body}"


@senders
def test_every_kind_is_read_at_every_door(sender: Subject, benches: dict[str, Bench]) -> None:
    for example in examples(sender):
        message = send(benches[sender.name], example)
        for bench in benches.values():
            assert_shown(bench, message)


@senders
def test_what_became_of_it_is_read_at_every_door(sender: Subject, benches: dict[str, Bench], deliver: Deliver) -> None:
    bench = benches[sender.name]
    for number in (sandbox.IS_READ, sandbox.STAYS_SENT, sandbox.FAILS):
        text = json.dumps(sender.send.body).replace("$TO", number.lstrip("+"))
        send(bench, replace(sender.send, body=json.loads(text)))
    deliver()
    states = {State(message.state) for message in Message.objects.filter(direction="out")}
    assert states == {State.READ, State.SENT, State.FAILED}
    for message in Message.objects.filter(direction="out"):
        for reader in benches.values():
            assert_shown(reader, message)


@senders
def test_a_stranger_reads_it_at_no_door(sender: Subject, benches: dict[str, Bench]) -> None:
    message = send(benches[sender.name], sender.send)
    for bench in benches.values():
        status, body = read(bench, message, bench.subject.read_one, **bench.of(bench.other))
        assert status == bench.subject.answer(Refused(Refusal.NOT_FOUND)).status_code, bench.subject.name
        assert summary(message.kind, message.content) not in body


def test_a_credential_has_one_daily_count_for_all_doors(benches: dict[str, Bench]) -> None:
    taking = [bench for bench in benches.values() if bench.subject.takes_tokens]
    assert len(taking) > 1
    taking[0].change_plan(messages_per_day=len(taking))
    secret = taking[0].issue()
    for bench in taking:
        bench.account.refresh_from_db()
        assert bench.send(secret=secret).status_code < 300, bench.subject.name
    sent = Message.objects.count()
    for bench in taking:
        response = bench.send(secret=secret)
        expected = bench.subject.answer(Denied(Denial.DAILY_LIMIT, retry_after=60))
        assert response.status_code == expected.status_code, bench.subject.name
    assert Message.objects.count() == sent == len(taking)


def test_a_key_makes_a_repeat_at_its_own_door_alone(benches: dict[str, Bench]) -> None:
    headers = {"Idempotency-Key": "order-42", "X-Request-ID": "order-42"}
    for bench in benches.values():
        example = replace(bench.subject.send, headers={**bench.subject.send.headers, **headers})
        before = Message.objects.count()
        answers = [bench.ask(example) for _ in range(2)]
        assert [answer.status_code < 300 for answer in answers] == [True, True], bench.subject.name
        assert answers[0].content == answers[1].content, bench.subject.name
        assert Message.objects.count() == before + 1, bench.subject.name


def test_each_kind_is_sent_by_some_door() -> None:
    """Else the tests above would say nothing of it."""
    sent = {
        kind for good in GOOD for kind in [kind_of(good)] for subject in SUBJECTS if subject.send_kind(kind, good[kind])
    }
    assert sent == {kind_of(good) for good in GOOD}
    for good in GOOD:
        check(kind_of(good), good[kind_of(good)])
