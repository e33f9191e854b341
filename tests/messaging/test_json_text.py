"""JSON from strangers: what is deep or long enough to take a process down is no JSON to us."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import msgspec
import pytest
from django.test import Client

from messaging import json_text
from messaging.json_text import DEEPEST, MOST_VALUES


def test_reads_what_is_in_one_another_up_to_a_depth() -> None:
    assert json_text.decode(b"[" * DEEPEST + b"]" * DEEPEST)
    with pytest.raises(msgspec.DecodeError):
        json_text.decode(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1))
    with pytest.raises(msgspec.DecodeError):
        json_text.decode('{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1))


def test_counts_no_brackets_and_commas_that_are_in_texts() -> None:
    text = '[{\\"' * 400_000
    assert json_text.decode(f'{{"a":["{text}", 1]}}') == {"a": [text.replace("\\", ""), 1]}
    assert json_text.decode(b'["%s"]' % (b"," * MOST_VALUES))


def test_counts_many_texts_without_keeping_the_pieces_between_them() -> None:
    raw = b"[%s0]" % (b'{"a":0},' * MOST_VALUES)
    tracemalloc.start()
    with pytest.raises(msgspec.DecodeError):
        json_text.decode(raw)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(raw)


@pytest.mark.parametrize("end", [b'"', b'"\\', b'"b', b'"b\\"'])
def test_a_text_without_an_end_hides_no_depth(end: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        json_text.decode(b'["a",' * 5_000 + b"[" * 5_000 + end)


def test_takes_no_more_values_than_there_is_room_for() -> None:
    assert len(json_text.decode(b"[%s0]" % (b"0," * (MOST_VALUES - 1)))) == MOST_VALUES
    with pytest.raises(msgspec.DecodeError):
        json_text.decode(b"[%s0]" % (b"0," * MOST_VALUES))


def test_survives_any_depth_on_the_stack_of_a_servers_thread() -> None:
    """Where the guard was the parser's own, this ended the process and all the tests with it."""
    ends: list[Any] = []

    def read() -> None:
        for deep in (5_000, 20_000, 10_000_000):
            with pytest.raises(msgspec.DecodeError):
                json_text.decode(b"[" * deep)
            ends.append(deep)

    before = threading.stack_size(1024 * 1024)
    thread = threading.Thread(target=read)
    thread.start()
    threading.stack_size(before)
    thread.join()
    assert ends == [5_000, 20_000, 10_000_000]


@pytest.mark.django_db
def test_a_deep_body_is_refused_where_no_credential_is_needed() -> None:
    body = b'[{"token": "a", "more": %s}]' % (b"[" * 5_000 + b"]" * 5_000)
    answer = Client().post("/api/v1/leaks", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")
