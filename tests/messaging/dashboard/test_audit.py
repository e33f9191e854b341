"""Settings → Audit log: narrowed to somebody, something and some days, on the page and in the file."""

import csv
import html
import io
from datetime import UTC, datetime

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account, AuditEntry, User
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db

PAGE = "/settings/audit/"
ROBOT = Actor(label="Robot & Co", proof="token")


@pytest.fixture
def owner(alice: User, acme: Account, signed_in: SignedIn, time_machine: TimeMachineFixture) -> Client:
    """Alice, in whose log a robot did three things on three days in March."""
    for day, action in ((1, "token.created"), (2, "device.renamed"), (3, "device.created")):
        time_machine.move_to(datetime(2026, 3, day, 22, 30, tzinfo=UTC))
        audit.record(account=acme, actor=ROBOT, action=action, target=acme, changes={})
    time_machine.move_to(datetime(2026, 4, 1, 12, tzinfo=UTC))
    return signed_in(alice)


def exported(client: Client, query: str) -> list[str]:
    rows = csv.DictReader(io.StringIO(client.get(f"{PAGE}export/{query}").getvalue().decode()))
    return [row["action"] for row in rows]


def shown(client: Client, query: str) -> list[str]:
    """Return what the page says that the robot and alice did, the oldest first."""
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    return [line.what for line in reversed(answer.context["history"]) if line.who in ("Robot & Co", "Alice Ames")]


@pytest.mark.parametrize(
    ("query", "page", "file"),
    [
        (
            "?actor=Robot+%26+Co",
            ["Created", "Renamed", "Created"],
            ["token.created", "device.renamed", "device.created"],
        ),
        ("?action=device.created", ["Created"], ["device.created"]),
        ("?action=user.signed_in", ["Signed in"], ["user.signed_in"]),
        ("?since=2026-03-02&until=2026-03-02", ["Renamed"], ["device.renamed"]),
        ("?actor=Robot+%26+Co&until=2026-03-02", ["Created", "Renamed"], ["token.created", "device.renamed"]),
        ("?since=2026-03-03&until=2026-03-02", [], []),
    ],
)
def test_it_is_narrowed_on_the_page_and_in_the_file(
    owner: Client, query: str, page: list[str], file: list[str]
) -> None:
    assert shown(owner, query) == page
    assert exported(owner, query) == file
    assert f"export/{html.escape(query)}" in owner.get(PAGE + query).content.decode()


def test_days_are_the_accounts_own(owner: Client, acme: Account) -> None:
    Account.objects.update(time_zone="Europe/Istanbul")  # where it was the next day by then
    assert shown(owner, "?since=2026-03-02&until=2026-03-02") == ["Created"]


@pytest.mark.parametrize(
    "query",
    [
        "?since=yesterday&until=0000-00-00&action=no.such&actor=nobody",
        "?since=0001-01-01&until=9999-12-31",
        "?actor=%00&action=%00&since=%00&before=%00&after=-1",
        "?before=9999999999999999999&after=x",
        "?actor=a&actor=b&since=",
    ],
)
def test_what_makes_no_sense_is_left_aside(owner: Client, query: str) -> None:
    assert shown(owner, query)[:3] == ["Created", "Renamed", "Created"]
    assert "device.renamed" in exported(owner, query)


def test_filters_that_are_on_are_named_and_left_out_one_by_one(owner: Client) -> None:
    page = owner.get(f"{PAGE}?actor=Robot+%26+Co&since=2026-03-02&before=99999").content.decode()
    assert "Who: Robot &amp; Co" in page
    assert "From 2 March 2026" in page
    assert f'href="{PAGE}?since=2026-03-02"' in page
    assert f'href="{PAGE}?actor=Robot+%26+Co"' in page
    nothing = owner.get(f"{PAGE}?action=device.created&until=2026-01-01").content.decode()
    assert "No changes match." in nothing


def test_they_are_carried_from_page_to_page(owner: Client, acme: Account) -> None:
    for _ in range(60):
        audit.record(account=acme, actor=ROBOT, action="device.renamed", target=acme)
        audit.record(account=acme, actor=ROBOT, action="device.created", target=acme)
    first = owner.get(f"{PAGE}?action=device.renamed")
    second = owner.get(PAGE + first.context["older"])
    assert [len(each.context["history"]) for each in (first, second)] == [50, 11]
    assert {line.what for line in second.context["history"]} == {"Renamed"}
    back = owner.get(PAGE + second.context["newer"])
    assert back.context["history"] == first.context["history"]


def test_nobody_is_offered_what_happened_elsewhere(owner: Client, other: Account) -> None:
    audit.record(account=other, actor=Actor(label="Stranger", proof="token"), action="other.done", target=other)
    page = owner.get(PAGE).content.decode()
    assert "Robot &amp; Co" in page
    assert "Stranger" not in page
    assert "other.done" not in page


def test_an_export_says_what_was_exported(owner: Client, acme: Account) -> None:
    exported(owner, "?action=device.created&since=2026-03-02")
    last = AuditEntry.objects.filter(account=acme)[0]
    assert last.action == "account.audit_log_exported"
    assert last.changes == {"filters": ["What: Created (device)", "From 2 March 2026"]}


def test_of_many_actors_the_first_are_offered(owner: Client, acme: Account) -> None:
    everybody = set(AuditEntry.objects.filter(account=acme).values_list("actor_label", flat=True))
    offered = AuditEntry.objects.different("actor_label", account=acme, limit=9)
    assert (set(offered), len(offered)) == (everybody, len(everybody))
    assert AuditEntry.objects.different("actor_label", account=acme, limit=1) == offered[:1]
