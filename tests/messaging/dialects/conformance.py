"""What every edge keeps, whoever's API it speaks. Each check takes a bench; a newcomer is taken up by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.audit import COMMAND
from messaging.delivery import deliver_due
from messaging.dialect import Problem
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST
from messaging.models import Device, Message
from messaging.states import State
from tests.messaging.dialects.subject import Bench, at
from tokens import crypto, issuing
from tokens.authentication import forget
from tokens.errors import Denial, Denied

Check = Callable[[Bench], None]
CHECKS: list[Check] = []  # for every API
DIALECT_CHECKS: list[Check] = []  # for dialects alone
quick = hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def check(function: Check) -> Check:
    CHECKS.append(function)
    return function


def dialect_check(function: Check) -> Check:
    DIALECT_CHECKS.append(function)
    return function


# Its tables


@check
def each_refusal_has_a_word(bench: Bench) -> None:
    missing = {*Refusal, *Denial} - set(bench.subject.words)
    assert not missing, f"WORDS lacks {sorted(missing)}"
    problems: list[Problem] = [Refused(r, "Why.", field="to", params={"limit": 1, "formats": ["a"]}) for r in Refusal]
    problems += [Denied(d, retry_after=1, scope="messages:send") for d in Denial]
    for problem in problems:
        status = bench.subject.answer(problem).status_code
        is_ours = isinstance(problem, Refused) and problem.refusal is Refusal.INTERNAL
        assert (500 if is_ours else 400) <= status < (600 if is_ours else 500), (problem, status)


@dialect_check
def each_state_has_a_word(bench: Bench) -> None:
    assert bench.subject.dialect
    missing = set(State) - set(bench.subject.dialect.states)
    assert not missing, f"STATES lacks {sorted(missing)}"


@dialect_check
def ids_are_read_as_they_are_written(bench: Bench) -> None:
    style = bench.subject.dialect
    assert style

    @quick
    @given(st.integers(1, LARGEST))
    def ours(id: int) -> None:
        assert style.read_id(style.render_id(id)) == id

    @quick
    @given(st.text() | st.integers().map(str), st.integers(1, LARGEST), st.integers(0, 40), st.characters())
    def strangers(text: str, id: int, place: int, letter: str) -> None:
        written = style.render_id(id)
        for foreign in (text, written[:place] + letter + written[place + 1 :], written[:place], written + letter):
            found = style.read_id(foreign)
            assert found is None or style.render_id(found) == foreign, f"{foreign!r} was read as {found}"

    ours()
    strangers()


# What works


@check
def its_example_is_stored_and_delivered(bench: Bench) -> None:
    response = bench.send()

    assert 200 <= response.status_code < 300, response.content
    message = Message.objects.get()
    assert (message.account, message.dialect, message.state) == (bench.account, bench.subject.name, State.ACCEPTED)
    while deliver_due():
        pass
    message.refresh_from_db()
    assert message.state == State.DELIVERED


@check
def a_sandbox_token_never_leaves_the_sandbox(bench: Bench) -> None:
    phone = Device.objects.create(account=bench.account, name="Real", number="+4915112345678", transport="none")
    bench.device = phone.digits

    assert bench.send(secret=bench.issue(type="sandbox")).status_code < 300
    device = Message.objects.get().device
    assert device
    assert device.transport == "sandbox"


@check
def reading_takes_no_more_than_a_read_only_token(bench: Bench) -> None:
    for method in (bench.subject.read.method, "HEAD"):
        response = bench.ask(
            at(bench.subject.read, bench.subject.read.path, method), secret=bench.issue(type="read_only")
        )
        assert response.status_code == 200, (method, response.content)


@dialect_check
def it_answers_at_the_roots_it_asks_for(bench: Bench) -> None:
    assert bench.subject.roots, "ROOTS is empty"
    for example in (bench.subject.send, bench.subject.read):
        if example.path.startswith(bench.subject.roots):
            assert 200 <= bench.ask(example, base="/").status_code < 300
    for root in bench.subject.roots:
        response = bench.ask(at(bench.subject.read, f"{root}nothing-is-here"), base="/")
        assert response.status_code == bench.subject.answer(Refused(Refusal.NOT_FOUND)).status_code, root


@dialect_check
def it_can_have_a_host_of_its_own(bench: Bench) -> None:
    bench.settings.GATEWAY_DIALECT_HOSTS = {bench.subject.name: "vendor.example.com"}

    lost = bench.ask(at(bench.subject.read, "tokens/"), base="/", host="vendor.example.com")
    bench.assert_refused(lost, Refused(Refusal.NOT_FOUND))
    assert 200 <= bench.send(base="/", host="vendor.example.com").status_code < 300


# Who may not


def _paused(bench: Bench) -> str:
    token, secret = bench.issue_token()
    issuing.pause_token(token, by=COMMAND, grantor=None)
    return secret


def _revoked(bench: Bench) -> str:
    token, secret = bench.issue_token()
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    return secret


def _replaced(bench: Bench) -> str:
    token, secret = bench.issue_token()
    issuing.regenerate_token(token, by=COMMAND, grantor=None)
    return secret


def _expired(bench: Bench) -> str:
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        return bench.issue(expires_at=timezone.now() + timedelta(days=1))


def _suspended(bench: Bench) -> str:
    secret = bench.issue(account=bench.other)
    bench.other.suspended_at = timezone.now()
    bench.other.save(update_fields=["suspended_at"])
    forget()
    return secret


def _mistyped(bench: Bench) -> str:
    return bench.secret[:-1] + ("a" if bench.secret[-1] != "a" else "b")


_WRONG: dict[str, tuple[Denial, Callable[[Bench], str | None]]] = {
    "missing": (Denial.MISSING, lambda bench: None),
    "unknown": (Denial.UNKNOWN, lambda bench: crypto.new_secret("production")),
    "mistyped": (Denial.UNKNOWN, _mistyped),
    "nonsense": (Denial.UNKNOWN, lambda bench: "wrong"),
    "replaced": (Denial.UNKNOWN, _replaced),
    "revoked": (Denial.REVOKED, _revoked),
    "expired": (Denial.EXPIRED, _expired),
    "paused": (Denial.PAUSED, _paused),
    "suspended": (Denial.ACCOUNT_SUSPENDED, _suspended),
    "elsewhere": (Denial.ADDRESS, lambda bench: bench.issue(networks=["192.0.2.0/24"])),
    "for another API": (Denial.DIALECT, lambda bench: bench.issue(dialects=["another"])),
}


@check
def a_credential_that_may_not_is_refused_in_its_words(bench: Bench) -> None:
    for why, (denial, secret_of) in _WRONG.items():
        secret = secret_of(bench)
        bench.assert_refused(bench.send(secret=secret), Denied(denial), f"{why}, sending")
        bench.assert_refused(bench.read(secret=secret), Denied(denial), f"{why}, reading")


@check
def a_token_does_what_it_was_given_and_no_more(bench: Bench) -> None:
    bench.assert_refused(
        bench.send(secret=bench.issue(type="read_only")), Denied(Denial.READ_ONLY, scope="messages:send")
    )
    without = bench.issue(scopes=["tokens:list"])
    for example in (bench.subject.send, bench.subject.read):
        bench.assert_refused(bench.ask(example, secret=without), Denied(Denial.SCOPE, scope="messages:send"))
    head = bench.ask(at(bench.subject.read, bench.subject.read.path, "HEAD"), secret=without)
    assert head.status_code == bench.subject.answer(Denied(Denial.SCOPE)).status_code, "HEAD needs what GET needs"


@check
def a_stranger_sees_and_uses_nothing(bench: Bench) -> None:
    bench.send()
    message = Message.objects.get()
    stranger = bench.issue(account=bench.other)
    style = bench.subject.dialect

    seen = bench.read(secret=stranger).content.decode()
    id = style.render_id(message.pk) if style else str(message.pk)
    assert id not in seen, f"a stranger sees {id}"
    if "$DEVICE" in json.dumps(bench.subject.send.body):
        Message.objects.all().delete()
        phone = Device.objects.create(account=bench.account, name="Real", number="+4915112345678", transport="sandbox")
        bench.device = phone.digits
        bench.assert_own_no(bench.send(secret=stranger), "another account's device")


@check
def too_many_requests_are_refused_in_its_words(bench: Bench) -> None:
    if not bench.view(bench.subject.read).is_limited:
        return
    secret = bench.issue(requests_per_second=1)
    answers = [bench.read(secret=secret) for _ in range(5)]

    expected = bench.subject.answer(Denied(Denial.RATE_LIMITED, retry_after=1))
    over = next(response for response in answers if response.status_code == expected.status_code)
    bench.assert_refused(over, Denied(Denial.RATE_LIMITED, retry_after=1))


@check
def the_days_limit_is_refused_in_its_words(bench: Bench) -> None:
    bench.change_plan(messages_per_day=0)

    bench.assert_refused(bench.send(), Denied(Denial.DAILY_LIMIT, retry_after=60))


# What cannot be read


@check
def a_strange_query_breaks_nothing(bench: Bench) -> None:
    path = bench.subject.read.path
    for query in ("a=%00", "%ff=%fe", "a" * 5000, "&".join(f"a{i}=1" for i in range(1001))):
        response = bench.ask(at(bench.subject.read, f"{path}?{query}"))
        assert response.status_code < 500, query[:20]


@check
def a_wrong_method_is_refused(bench: Bench) -> None:
    bench.assert_refused(bench.ask(at(bench.subject.send, bench.subject.send.path, "DELETE")), Refused(Refusal.METHOD))
    for method in ("OPTIONS", "TRACE", "BREW"):
        bench.assert_own_no(bench.ask(at(bench.subject.send, bench.subject.send.path, method)), method)


@check
def an_unknown_path_is_refused(bench: Bench) -> None:
    for root in bench.subject.roots:
        for path in (f"{root}nothing-is-here", f"{root}nothing-is-here/", f"{root}%00", f"{root}%ff", root):
            bench.assert_refused(bench.ask(at(bench.subject.send, path)), Refused(Refusal.NOT_FOUND), path)


@check
def a_body_over_the_routes_size_is_refused(bench: Bench) -> None:
    body = json.dumps(bench.body(bench.subject.send)).encode()
    most = bench.view(bench.subject.send).largest_body

    bench.assert_refused(bench.send(body=body.ljust(most + 1)), Refused(Refusal.TOO_LARGE, params={"limit": most}))
    assert 200 <= bench.send(body=body.ljust(most)).status_code < 300


@check
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


@check
def a_field_of_the_wrong_form_is_refused(bench: Bench) -> None:
    body = bench.body(bench.subject.send)
    for path in _paths(body):
        for what, text in _BAD.items():
            raw = json.dumps(_with(body, path, "$HERE")).replace('"$HERE"', text)
            bench.assert_own_no(bench.send(body=raw.encode()), f"{what} at {path}")


@check
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
