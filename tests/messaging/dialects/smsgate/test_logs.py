"""/logs."""

from datetime import UTC, datetime

import time_machine

from accounts import journal
from accounts.models import Account
from tests.messaging.dialects.smsgate.conftest import Api


def test_the_accounts_own_log_is_shown_with_the_newest_first(api: Api, stranger: Api, acme: Account) -> None:
    for day in (1, 2):
        with time_machine.travel(datetime(2026, 1, day, tzinfo=UTC), tick=False):
            journal.note(acme, "WARN", "devices", f"Day {day}", number=day)
    journal.flush()
    answer = api.get("/logs?to=2026-01-03T00:00:00Z")
    assert answer.status == 200
    newest, oldest = answer.body
    assert isinstance(newest["id"], int)
    assert newest == {
        "id": newest["id"],
        "priority": "WARN",
        "module": "devices",
        "message": "Day 2",
        "context": {"number": "2"},
        "createdAt": "2026-01-02T00:00:00.000Z",
    }
    assert api.get("/logs?to=2026-01-02T00:00:00Z").body == [oldest]
    assert api.get("/logs?from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z").body == [newest]
    assert stranger.get("/logs?to=2026-01-03T00:00:00Z").body == []
    assert api.get("/logs?from=x").status == 400
