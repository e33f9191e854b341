"""Many callers at once, on real connections: who waits together is written together, and nobody pays for another."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from messaging import committer, ids, nudging
from messaging.committer import Batch
from messaging.drafting import Draft, Sender, add
from messaging.idempotency import Key, KeyRow
from messaging.models import IdempotencyKey, Message, Recipient
from messaging.sending import accept
from tests.messaging.conftest import Send

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def grouped(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The committer's own thread and connection, as in a real server."""
    settings.GATEWAY_COMMIT_INLINE = False
    monkeypatch.setattr(nudging, "nudge", lambda: None)
    yield
    committer.close()


def batch(sender: Sender, to: str = "+966500000142", key: str | None = None) -> Batch:
    made = Batch(messages=[], recipients=[], counts=[])
    add(made, sender, Draft(to=[to], kind="text", body={"body": "Hello"}), place=0, now=timezone.now())
    made.key = KeyRow(digest=f"{key:0>32}", body="", expires_at=None) if key else None
    return made


def at_once(threads: int, calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the calls on so many threads; an exception is its call's result."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, calls))


def test_forty_callers_with_ten_keys_store_ten_messages(sender: Sender) -> None:
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    keys = [Key("POST /v1/messages", f"key {n % 10}", b"") for n in range(40)]
    accepted = at_once(40, [partial(accept, sender, draft, key=key) for key in keys])
    assert Message.objects.count() == Recipient.objects.count() == IdempotencyKey.objects.count() == 10
    assert sorted(a.is_repeat for a in accepted) == [False] * 10 + [True] * 30
    assert Counter(a.first_id for a in accepted) == dict.fromkeys(Message.objects.values_list("pk", flat=True), 4)


def test_a_bad_row_in_a_group_fails_its_own_caller_alone(sender: Sender) -> None:
    good = [batch(sender, f"+96650000014{n}") for n in range(5)]
    twins = [batch(sender, key="1"), batch(sender, key="1")]
    bad = batch(sender)
    bad.messages[0][committer.MESSAGE.index("device")] = 99_999_999
    waiters = [committer._Waiter(each) for each in (*good, bad, *twins)]
    for waiter in waiters:
        waiter.gate.acquire()
    committer.Committer()._serve(waiters)
    assert [isinstance(waiter.error, IntegrityError) for waiter in waiters] == [False] * 5 + [True] + [False] * 2
    assert Message.objects.count() == 6
    first, second = (waiter.written for waiter in waiters[-2:])
    assert first is not None
    assert second is not None
    assert (first.is_repeat, second.is_repeat, second.first_id) == (False, True, first.first_id)


def test_an_id_that_another_process_has_taken_is_drawn_anew(
    sender: Sender, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = send().pk
    fresh, draw = [taken], ids.new_ids
    monkeypatch.setattr(ids, "new_ids", lambda count=1: fresh.pop() if fresh else draw(count))
    assert committer.commit(batch(sender)).first_id != taken
    assert Message.objects.count() == 2


def test_a_committer_that_was_closed_starts_again(sender: Sender, send: Send) -> None:
    send()
    closed = committer._committer._thread
    committer.close()
    assert closed is not None
    assert not closed.is_alive()
    send()
    assert Message.objects.count() == 2


def test_a_committer_whose_connection_was_cut_opens_another(send: Send) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only a server can cut a connection")
    send()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    send()
    assert Message.objects.count() == 2


def test_a_person_and_a_program_in_two_accounts_are_written_in_one_group(sender: Sender, other: Account) -> None:
    person = Sender.from_person(other)
    results = at_once(16, [partial(committer.commit, batch(who)) for who in [sender, person] * 8])
    assert len({written.first_id for written in results}) == 16
    assert Message.objects.for_account(other).count() == 8
