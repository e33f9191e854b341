"""What every API does for those who may ask, and has words for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from messaging.delivery import deliver_due
from messaging.dialect import Problem
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST
from messaging.models import Device, Message
from messaging.states import State
from tests.messaging.dialects.subject import Bench, Check, at, quick
from tokens.errors import Denial, Denied
from tokens.scopes import READING


def each_refusal_has_a_word(bench: Bench) -> None:
    missing = {*Refusal, *Denial} - set(bench.subject.words)
    assert not missing, f"WORDS lacks {sorted(missing)}"
    problems: list[Problem] = [Refused(r, "Why.", field="to", params={"limit": 1, "formats": ["a"]}) for r in Refusal]
    problems += [Denied(d, retry_after=1, scope="messages:send") for d in Denial]
    for problem in problems:
        status = bench.subject.answer(problem).status_code
        is_ours = isinstance(problem, Refused) and problem.refusal in OUR_FAULT
        assert (500 if is_ours else 400) <= status < (600 if is_ours else 500), (problem, status)


OUR_FAULT = frozenset({Refusal.INTERNAL, Refusal.NOT_OFFERED, Refusal.BUSY})


def each_state_has_a_word(bench: Bench) -> None:
    assert bench.subject.dialect
    missing = set(State) - set(bench.subject.dialect.states)
    assert not missing, f"STATES lacks {sorted(missing)}"


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


def its_example_is_stored_and_delivered(bench: Bench) -> None:
    response = bench.send()

    assert 200 <= response.status_code < 300, response.content
    message = Message.objects.get()
    assert (message.account, message.dialect, message.state) == (bench.account, bench.subject.name, State.ACCEPTED)
    while deliver_due():
        pass
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def a_sandbox_token_never_leaves_the_sandbox(bench: Bench) -> None:
    if not bench.subject.takes_tokens:
        return
    phone = Device.objects.create(account=bench.account, name="Real", number="+4915112345678", transport="none")
    bench.device = phone.digits

    assert bench.send(secret=bench.issue(type="sandbox")).status_code < 300
    device = Message.objects.get().device
    assert device
    assert device.transport == "sandbox"


def reading_takes_no_more_than_a_read_only_token(bench: Bench) -> None:
    read_only = bench.issue(type="read_only")
    for method in (bench.subject.read.method, "HEAD"):
        example = at(bench.subject.read, bench.subject.read.path, method)
        if bench.subject.access:
            example = bench.by_access(example, bench.issue_access(sorted(READING)).access_jwt)
        response = bench.ask(example, secret=read_only)
        assert response.status_code == 200, (method, response.content)


def it_answers_at_the_roots_it_asks_for(bench: Bench) -> None:
    for example in (bench.subject.send, bench.subject.read):
        if example.path.startswith(bench.subject.roots):
            assert 200 <= bench.ask(example, base="/").status_code < 300
    for root in bench.subject.roots:
        response = bench.ask(at(bench.subject.read, f"{root}nothing-is-here"), base="/")
        assert response.status_code == bench.subject.answer(Refused(Refusal.NOT_FOUND)).status_code, root


def it_can_have_a_host_of_its_own(bench: Bench) -> None:
    bench.settings.GATEWAY_DIALECT_HOSTS = {bench.subject.name: "vendor.example.com"}

    lost = bench.ask(at(bench.subject.read, "tokens/"), base="/", host="vendor.example.com")
    bench.assert_refused(lost, Refused(Refusal.NOT_FOUND))
    assert 200 <= bench.send(base="/", host="vendor.example.com").status_code < 300


CHECKS: list[Check] = [
    each_refusal_has_a_word,
    its_example_is_stored_and_delivered,
    a_sandbox_token_never_leaves_the_sandbox,
    reading_takes_no_more_than_a_read_only_token,
]
DIALECT_CHECKS: list[Check] = [
    each_state_has_a_word,
    ids_are_read_as_they_are_written,
    it_answers_at_the_roots_it_asks_for,
    it_can_have_a_host_of_its_own,
]
