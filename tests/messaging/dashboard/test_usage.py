"""The page about usage: days, what they are summed by, limits, and the same as CSV."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from messaging.models import UsageDay
from tests.conftest import SignedIn
from tests.messaging.conftest import Send
from tokens.models import Token, TokenDay

pytestmark = pytest.mark.django_db
TODAY = timezone.now().date()


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/usage/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def table(shown: str) -> list[list[str]]:
    """The rows of the last table, without their marks."""
    rows = re.findall(r"<tr role=\"row\">(.*?)</tr>", shown, re.S)
    return [
        [re.sub(r"<.*?>", "", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.S)] for row in rows
    ]


def export(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/usage/export/{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]  # the client's answer has it
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def used(acme: Account, send: Send) -> Token:
    """One message by a token today with two refused requests, and four of the dashboard's ten days ago."""
    send()
    token = Token.objects.get(account=acme)
    TokenDay.objects.create(token=token, day=TODAY, dialect="gateway", accepted=1, refused=2)
    UsageDay.objects.create(
        account=acme, day=TODAY - timedelta(days=10), dialect="dashboard", accepted=4, delivered=3, failed=1
    )
    return token


def test_messages_and_requests_of_the_last_30_days_are_shown(alices: Client, used: Token) -> None:
    shown = page(alices)
    for figure in ("<dd>5</dd>", "<dd>3</dd>", "<dd>1</dd>", "2 more refused", "30 days to"):
        assert figure in shown
    assert [row[1:] for row in table(shown)[1:]] == [["1", "0", "0", "0", "1", "2"], ["4", "3", "1", "0", "0", "0"]]


def test_fewer_days_are_shown_on_demand(alices: Client, used: Token) -> None:
    assert len(table(page(alices, "?days=7"))) == 2
    day = TODAY - timedelta(days=10)
    shown = page(alices, f"?since={day}&until={day}")
    assert [row[1] for row in table(shown)[1:]] == ["4"]
    assert "Today is lighter" not in shown
    assert "1 day</span>" in shown


def test_what_came_in_has_a_name_among_the_styles(alices: Client, used: Token, acme: Account) -> None:
    UsageDay.objects.create(account=acme, day=TODAY, dialect="", received=7)
    assert ["No API style", "7"] in [[row[0], row[4]] for row in table(page(alices, "?by=dialect"))]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("token", ["shop", "People and API logins"]),
        ("device", ["No device", "Sandbox"]),
        ("dialect", ["Dashboard", "Gatehouse"]),
        ("day", []),
    ],
)
def test_it_is_summed_by_what_is_asked_for(alices: Client, used: Token, by: str, names: list[str]) -> None:
    shown = page(alices, f"?by={by}")
    found = [row[0] for row in table(shown)[1:]]
    assert len(found) == 2
    assert sorted(found) == sorted(names) or by == "day"
    assert re.search(rf'<a href="\?by={by}&amp;days=30" aria-current="true">', shown)
    assert ("–" in {cell for row in table(shown)[1:] for cell in row}) == (by in ("device", "token"))


@pytest.mark.parametrize(
    "query",
    [
        "?days=8",
        "?days=x",
        "?by=colour",
        "?since=2026-02-01&until=2026-01-01",
        "?since=2020-01-01&until=2026-01-01",
        "?since=x&until=2026-01-01",
        "?since=2026-01-01",
    ],
)
def test_what_makes_no_sense_is_left_aside(alices: Client, used: Token, query: str) -> None:
    assert len(table(page(alices, query))) == 3


def test_the_farthest_days_are_only_empty(alices: Client, used: Token) -> None:
    for day in (date.min, date.max):
        assert "Nothing was sent or asked in these days." in page(alices, f"?since={day}&until={day}")


def test_the_export_has_what_the_page_shows(alices: Client, used: Token) -> None:
    [address] = re.findall(r'href="(/usage/export/[^"]*)"', page(alices, "?by=token&days=7"))
    assert address == "/usage/export/?by=token&amp;days=7"
    [row] = export(alices, "?by=token&days=7")
    assert row == {
        "Token": "shop",
        "Accepted": "1",
        "Delivered": "0",
        "Failed": "0",
        "Received": "0",
        "Requests answered": "1",
        "Requests refused": "2",
    }
    assert [row["Day"] for row in export(alices)] == [str(TODAY - timedelta(days=10)), str(TODAY)]
    assert {row["Requests refused"] for row in export(alices, "?by=device")} == {""}
    assert {row["API style"] for row in export(alices, "?by=dialect")} == {"Dashboard", "Gatehouse"}


def test_a_deleted_token_is_named_and_leads_nowhere(alices: Client, used: Token) -> None:
    assert f'href="/tokens/{used.pk}/"' in page(alices, "?by=token")
    used.deleted_at = used.revoked_at = timezone.now()
    used.save(update_fields=["deleted_at", "revoked_at"])
    shown = page(alices, "?by=token")
    assert "shop" in shown
    assert f'href="/tokens/{used.pk}/"' not in shown


def test_nothing_of_another_account_is_shown(charlie: User, other: Account, signed_in: SignedIn, used: Token) -> None:
    charlies = signed_in(charlie)
    for by in ("day", "token", "device", "dialect"):
        assert "Nothing was sent or asked in these days." in page(charlies, f"?by={by}")
        assert export(charlies, f"?by={by}") == []


def test_it_is_for_signed_in_people(client: Client) -> None:
    for path in ("/usage/", "/usage/export/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")


def test_what_is_used_of_the_plan_and_what_is_left_are_shown(alices: Client, acme: Account, used: Token) -> None:
    plan = acme.plan
    plan.messages_per_month, plan.account_requests_per_second = 1200, 25
    plan.save()
    sent = sum(
        UsageDay.objects.filter(account=acme, day__gte=acme.month_start().date()).values_list("accepted", flat=True)
    )
    for shown in (page(alices), alices.get("/").content.decode()):
        assert "1 of 1,000" in shown
        assert "999 left. shop" in shown
        assert f"{sent} of 1,200" in shown
        assert f"{1200 - sent:,} left" in shown
        assert "All together may make 25 requests a second." in shown
    plan.messages_per_month = plan.messages_per_day = None
    plan.save()
    assert "Messages are not limited." in page(alices)


def test_days_are_those_of_the_accounts_zone(alices: Client, acme: Account) -> None:
    acme.time_zone = "Pacific/Kiritimati"
    acme.save()
    local = timezone.localdate(timezone=acme.zone)
    assert f"– {local.day} {local:%B %Y}" in page(alices)
