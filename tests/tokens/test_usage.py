import atexit
import logging
import time
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from accounts.audit import Actor
from accounts.flushing import flushing
from accounts.models import Account
from tests.tokens.conftest import Calling, Issue
from tokens import issuing, usage
from tokens.authentication import Caller, authenticate_login, authenticate_token
from tokens.models import OldSecretUse, Token, TokenDay, TokenRequest


def note(who: Caller | Token, **said: Any) -> None:
    usual = {
        "method": "POST",
        "path": "/v1/messages",
        "dialect": "startmessaging",
        "status": 200,
        "address": "203.0.113.9",
    }
    usage.note_request(who, **{**usual, **said})


def test_a_request_costs_no_query_and_is_written_by_the_next_flush(
    calling: Calling, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    caller = calling()
    with django_assert_num_queries(0):
        note(caller)
        note(caller, status=429, reason="Over 10 a second", address="203.0.113.10")
    usage.flush()
    token, day = Token.objects.get(), TokenDay.objects.get()
    assert (day.day, day.accepted, day.refused) == (timezone.now().date(), 1, 1)
    assert (token.last_used_address, token.unused_for_days) == ("203.0.113.10", 0)
    latest = token.requests.first()
    assert latest is not None
    assert (str(latest), latest.reason) == ("POST /v1/messages 429", "Over 10 a second")


def test_requests_are_counted_by_style_and_by_the_accounts_own_day(
    calling: Calling, acme: Account, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to(datetime(2026, 3, 28, 22, tzinfo=UTC), tick=False)
    caller = calling()
    caller.account.time_zone = "Asia/Riyadh"
    note(caller)
    note(caller, dialect="gateway", status=429)
    usage.flush()
    rows = TokenDay.objects.order_by("dialect").values_list("day", "dialect", "accepted", "refused")
    assert list(rows) == [(date(2026, 3, 29), "gateway", 0, 1), (date(2026, 3, 29), "startmessaging", 1, 0)]


def test_counts_add_up_over_flushes(calling: Calling) -> None:
    caller = calling()
    for _ in range(3):
        note(caller)
        note(caller)
        usage.flush()
    usage.flush()
    assert TokenDay.objects.get().accepted == 6


def test_a_refused_credential_is_counted_but_not_as_a_use(issue: Issue) -> None:
    token, _ = issue()
    note(token, status=403, reason="paused")
    usage.flush()
    token.refresh_from_db()
    assert token.last_used_at is None
    assert TokenDay.objects.get().refused == 1


def test_a_login_remembers_its_last_use(acme: Account, by: Actor) -> None:
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    note(authenticate_login(login.username, password, dialect="smsgate", address="x"), address="2001:DB8::1")
    usage.flush()
    login.refresh_from_db()
    assert login.last_used_address == "2001:db8::1"


def test_the_newest_50_requests_of_each_token_are_kept(calling: Calling) -> None:
    caller, quiet = calling(), calling()
    note(quiet)
    for start in (0, 30, 60):
        for number in range(start, start + 30):
            note(caller, path=f"/{number}")
        usage.flush()
    assert caller.token is not None
    assert [request.path for request in caller.token.requests.all()] == [f"/{n}" for n in range(89, 39, -1)]
    assert TokenRequest.objects.count() == 51


def test_requests_with_the_old_secret_are_counted_by_address(issue: Issue, by: Actor) -> None:
    token, first = issue()
    second = issuing.regenerate_token(token, overlap=timedelta(days=1), by=by, grantor=None)
    for secret, address in (
        (first, "203.0.113.1"),
        (first, "203.0.113.1"),
        (first, "203.0.113.2"),
        (second, "203.0.113.3"),
    ):
        note(authenticate_token(secret, dialect="x", address=address), address=address)
        usage.flush()
    assert dict(OldSecretUse.objects.values_list("address", "count")) == {"203.0.113.1": 2, "203.0.113.2": 1}
    issuing.regenerate_token(token, overlap=timedelta(days=1), by=by, grantor=None)
    assert not OldSecretUse.objects.exists()


def test_no_secret_and_no_query_string_is_stored(issue: Issue, calling: Calling) -> None:
    _, secret = issue()
    note(calling(), path=f"/v1/{secret}/x?token={secret}", reason=f"bad {secret}")
    usage.flush()
    request = TokenRequest.objects.get()
    assert (request.path, request.reason) == ("/v1/gw_live_••••/x", "bad gw_live_••••")


def test_whatever_a_caller_sends_can_be_stored(calling: Calling) -> None:
    caller = calling()
    note(caller, method="X" * 99, path="/\x00\ud800" + "p" * 9000, reason="r" * 999, address="unix:")
    note(caller, address="fe80::1%eth0")
    note(caller, address=None)
    usage.flush()
    assert TokenRequest.objects.count() == 3
    assert len(TokenRequest.objects.last().path) == 255  # type: ignore[union-attr]  # there are three


def test_a_deleted_account_takes_nothing_else_with_it(issue: Issue, calling: Calling, other: Account) -> None:
    gone, _ = issue(account=other)
    note(gone)
    note(calling())
    other.delete()
    usage.flush()
    assert TokenDay.objects.count() == 1


def test_last_use_never_moves_back(calling: Calling, time_machine: TimeMachineFixture) -> None:
    caller = calling()
    note(caller, address="203.0.113.1")
    Token.objects.update(last_used_at=timezone.now() + timedelta(seconds=5), last_used_address="203.0.113.2")
    usage.flush()
    assert Token.objects.get().last_used_address == "203.0.113.2"


def test_a_failing_database_is_logged_and_breaks_nothing(
    calling: Calling, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(notes: usage.Notes) -> None:
        raise DatabaseError

    caller = calling()
    note(caller)
    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setattr(usage, "_write", fail)
        usage.flush()
    assert "was not written" in caplog.text
    note(caller)
    usage.flush()
    assert TokenDay.objects.get().accepted == 1


@pytest.mark.django_db(transaction=True)
def test_the_process_writes_by_itself(
    calling: Calling, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atexit, "register", lambda flush: None)  # there is no test database at exit
    settings.GATEWAY_USAGE_SECONDS = 0.02
    note(calling())
    deadline = time.monotonic() + 10
    while not TokenRequest.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Token.objects.get().last_used_at is not None
    settings.GATEWAY_USAGE_SECONDS = 0
    while flushing.is_running:
        time.sleep(0.01)


def test_many_threads_lose_no_request(calling: Calling) -> None:
    caller = calling()

    def call() -> None:
        for _ in range(500):
            note(caller)

    threads = [Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    usage.flush()
    assert TokenDay.objects.get().accepted == 4000
