"""Requests that cannot be read: a refusal in the API's own form, and nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from messaging.errors import Refusal, Refused
from messaging.models import Message
from tests.messaging.dialects.subject import Bench, Check, at, quick


def a_strange_query_breaks_nothing(bench: Bench) -> None:
    path = bench.subject.read.path
    for query in ("a=%00", "%ff=%fe", "a" * 5000, "&".join(f"a{i}=1" for i in range(1001))):
        response = bench.ask(at(bench.subject.read, f"{path}?{query}"))
        assert response.status_code < 500, query[:20]


def a_wrong_method_is_refused(bench: Bench) -> None:
    bench.assert_refused(bench.ask(at(bench.subject.send, bench.subject.send.path, "DELETE")), Refused(Refusal.METHOD))
    for method in ("OPTIONS", "TRACE", "BREW"):
        bench.assert_own_no(bench.ask(at(bench.subject.send, bench.subject.send.path, method)), method)


def an_unknown_path_is_refused(bench: Bench) -> None:
    for root in bench.subject.roots:
        for path in (f"{root}nothing-is-here", f"{root}nothing-is-here/", f"{root}%00", f"{root}%ff", root):
            bench.assert_refused(bench.ask(at(bench.subject.send, path)), Refused(Refusal.NOT_FOUND), path)


def a_body_over_the_routes_size_is_refused(bench: Bench) -> None:
    body = json.dumps(bench.body(bench.subject.send)).encode()
    most = bench.view(bench.subject.send).largest_body

    bench.assert_refused(bench.send(body=body.ljust(most + 1)), Refused(Refusal.TOO_LARGE, params={"limit": most}))
    assert 200 <= bench.send(body=body.ljust(most)).status_code < 300


def a_body_that_is_no_json_is_refused(bench: Bench) -> None:
    for raw in (b"", b"{", b"nothing", b"\xff\xfe{}", b'{"a": NaN}', b'"\xed\xa0\x80"', b"[]", b"null", b"5", b"{}"):
        bench.assert_own_no(bench.send(body=raw), raw)


_BAD = {
    "a lone surrogate": '"\\ud800"',
    "a zero character": '"5\\u00005"',
    "a number of 10,000 digits": "9" * 10_000,
    "a number beyond floats": "1e999",
    "5,000 lists in one another": "[" * 5_000 + "]" * 5_000,
    "5,000 objects in one another": '{"a":' * 5_000 + "1" + "}" * 5_000,
    "an object": '{"a": 1}',
}


def a_field_of_the_wrong_form_is_refused(bench: Bench) -> None:
    body = bench.body(bench.subject.send)
    for path in _paths(body):
        for what, text in _BAD.items():
            raw = json.dumps(_with(body, path, "$HERE")).replace('"$HERE"', text)
            bench.assert_own_no(bench.send(body=raw.encode()), f"{what} at {path}")


def no_body_whatever_breaks_it(bench: Bench) -> None:
    body = bench.body(bench.subject.send)

    @quick
    @given(st.sampled_from(list(_paths(body))), _JSON)
    def anything(path: tuple[str, ...], value: Any) -> None:
        before = Message.objects.count()
        response = bench.send(body=_with(body, path, value))
        assert response.status_code < 500, (path, value)
        if response.status_code >= 400:
            assert response["Content-Type"] == bench.subject.answer(Refused(Refusal.BAD_BODY))["Content-Type"]
            assert Message.objects.count() == before

    @quick
    @given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
    def whole(raw: bytes) -> None:
        assert bench.send(body=raw).status_code < 500

    anything()
    whole()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def _paths(body: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where each of the body's texts and numbers stands."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from _paths(value, (*path, name))
    else:
        yield path


def _with(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return a copy of the body with another value at the path."""
    body = deepcopy(body)
    inner = body
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return body


CHECKS: list[Check] = [
    a_strange_query_breaks_nothing,
    a_wrong_method_is_refused,
    an_unknown_path_is_refused,
    a_body_over_the_routes_size_is_refused,
    a_body_that_is_no_json_is_refused,
    a_field_of_the_wrong_form_is_refused,
    no_body_whatever_breaks_it,
]
