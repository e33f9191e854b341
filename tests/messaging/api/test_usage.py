"""What was used, as our own API tells it: by day, token, device and API, as JSON and as CSV."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.models import Account
from messaging.api.views import usage as views
from messaging.models import Device, UsageDay
from tests.messaging.api.conftest import Call, Issue
from tokens import authentication, usage
from tokens.models import Token, TokenDay

TO = ["+905321234567", "+905321234568"]
TODAY = timezone.now().date()
YESTERDAY = TODAY - timedelta(days=1)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def text_of(response: Any) -> str:
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return b"".join(response.streaming_content).decode()


@pytest.fixture
def used(call: Call, issue: Issue) -> tuple[Token, str]:
    """Two messages today; one and a refusal yesterday; three of the dashboard's."""
    token, secret = issue()
    call("POST", "messages", secret, {"to": TO, "text": "Hi"})
    call("POST", "messages", secret, {"to": "nobody", "text": "Hi"})
    usage.flush()
    UsageDay.objects.create(account=token.account, day=YESTERDAY, token_ref=token.pk, dialect="whatsgate", accepted=1)
    TokenDay.objects.create(token=token, day=YESTERDAY, dialect="whatsgate", accepted=1, refused=2)
    UsageDay.objects.create(account=token.account, day=YESTERDAY, dialect="dashboard", accepted=3, failed=1)
    return token, secret


def test_without_days_it_is_the_month_until_the_accounts_today(
    call: Call, used: tuple[Token, str], time_machine: TimeMachineFixture
) -> None:
    token, secret = used
    Account.objects.filter(pk=token.account_id).update(time_zone="Pacific/Kiritimati")
    authentication.forget()
    time_machine.move_to(datetime(2026, 3, 31, 11, tzinfo=UTC), tick=False)  # the first of April there
    named = call("GET", "usage?format=csv", secret)["Content-Disposition"]
    assert named == 'attachment; filename="usage-2026-03-02-2026-04-01.csv"'


def test_messages_and_requests_stand_side_by_side(call: Call, used: tuple[Token, str]) -> None:
    token, secret = used
    told = call("GET", "usage", secret).json()
    assert [
        (day["day"], day["accepted"], day["requests_accepted"], day["requests_refused"]) for day in told["days"]
    ] == [
        (str(YESTERDAY), 4, 1, 2),
        (str(TODAY), 2, 1, 1),
    ]
    assert [(row["token_name"], row["accepted"], row["requests_refused"]) for row in told["tokens"]] == [
        (None, 3, None),
        ("ERP", 3, 3),
    ]
    assert [(row["dialect"], row["requests_accepted"]) for row in told["dialects"]] == [
        ("dashboard", 0),
        ("gateway", 1),
        ("whatsgate", 1),
    ]
    sandbox = Device.objects.get(account=token.account)
    assert [(row["device_id"], row["accepted"], row["requests_accepted"]) for row in told["devices"]] == [
        (None, 4, None),
        (str(sandbox.pk), 2, None),
    ]


def test_it_is_grouped_by_whatever_is_asked_for(call: Call, used: tuple[Token, str]) -> None:
    token, secret = used
    items = call("GET", "usage?group=token,day", secret).json()["items"]
    assert [(item["token_id"], item["day"], item["accepted"]) for item in items] == [
        (None, str(YESTERDAY), 3),
        (str(token.pk), str(YESTERDAY), 1),
        (str(token.pk), str(TODAY), 2),
    ]
    every = call("GET", "usage?group=day,token,device,dialect", secret).json()["items"]
    assert [item["dialect"] for item in every] == ["dashboard", "whatsgate", "gateway"]
    assert every[-1]["device_name"]
    assert {item["requests_accepted"] for item in every} == {None}


def test_a_token_without_a_message_is_told_by_its_requests(call: Call, issue: Issue) -> None:
    _, secret = issue(name="idle")
    call("GET", "me", secret)
    usage.flush()
    [item] = call("GET", "usage?group=token", secret).json()["items"]
    assert (item["token_name"], item["accepted"], item["requests_accepted"]) == ("idle", 0, 1)


def test_csv_has_the_same_lines(call: Call, used: tuple[Token, str]) -> None:
    _, secret = used
    asked = call("GET", f"usage?group=token,day&format=csv&from={YESTERDAY}&to={TODAY}", secret)
    assert asked["Content-Disposition"] == f'attachment; filename="usage-{YESTERDAY}-{TODAY}.csv"'
    assert asked["RateLimit-Policy"]
    rows = read(text_of(asked))
    items = call("GET", f"usage?group=token,day&from={YESTERDAY}&to={TODAY}", secret).json()["items"]
    assert rows == [{name: "" if value is None else str(value) for name, value in item.items()} for item in items]


def test_csv_is_given_to_who_accepts_nothing_else(call: Call, used: tuple[Token, str]) -> None:
    _, secret = used
    rows = read(text_of(call("GET", "usage", secret, Accept="text/csv;q=0.9, text/plain")))
    assert [(row["day"], row["accepted"]) for row in rows] == [(str(YESTERDAY), "4"), (str(TODAY), "2")]
    for accept in ("*/*", "application/json, text/csv", ""):
        assert call("GET", "usage", secret, Accept=accept)["Content-Type"] == "application/json"
    assert call("GET", "usage?format=json", secret, Accept="text/csv")["Content-Type"] == "application/json"


def test_a_name_is_no_formula(call: Call, issue: Issue) -> None:
    _, secret = issue(name="=HYPERLINK(1)")
    call("POST", "messages", secret, {"to": TO, "text": "Hi"})
    [row] = read(text_of(call("GET", "usage?group=token&format=csv", secret)))
    assert row["token_name"] == "'=HYPERLINK(1)"


def test_csv_comes_a_line_at_a_time_however_long_it_is(
    call: Call, issue: Issue, acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = issue()
    UsageDay.objects.bulk_create(
        UsageDay(account=acme, day=TODAY, token_ref=0, device_ref=number, dialect="x", accepted=1)
        for number in range(30)
    )
    monkeypatch.setattr(views, "_MOST", 20)
    many = call("GET", "usage?group=device", secret)
    assert (many.status_code, many.json()["error"]["field"]) == (422, "to")
    assert len(read(text_of(call("GET", "usage?group=device&format=csv", secret)))) == 30


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("group=colour", "group"),
        ("group=day,day", "group"),
        ("group=day,", "group"),
        ("format=xml", "format"),
        ("from=2026-02-01&to=2026-01-01", "from"),
        ("from=2024-01-01&to=2026-01-01", "from"),
        ("by=day", "by"),
    ],
)
def test_what_cannot_be_asked_is_refused(call: Call, issue: Issue, query: str, field: str) -> None:
    refused = call("GET", f"usage?{query}", issue()[1])
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)


def test_it_takes_the_permission_to_read_reports_and_is_the_accounts_own(
    call: Call, issue: Issue, used: tuple[Token, str], other: Account
) -> None:
    _, writer = issue(scopes=["messages:send"])
    assert call("GET", "usage", writer).status_code == 403
    _, strangers = issue(account=other)
    assert call("GET", "usage?group=token", strangers).json()["items"] == []
    assert Client().get("/api/v1/usage?format=csv").status_code == 401


def test_days_outside_are_left_out(call: Call, used: tuple[Token, str]) -> None:
    _, secret = used
    alone = call("GET", f"usage?from={YESTERDAY}&to={YESTERDAY}", secret).json()
    assert [day["day"] for day in alone["days"]] == [str(YESTERDAY)]
    assert call("GET", f"usage?from={date(2020, 1, 1)}&to={date(2020, 1, 31)}", secret).json()["days"] == []
