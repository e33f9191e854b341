"""Alerts and their rules in our own API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEntry
from messaging import alerting
from messaging.models import Alert, AlertRule
from tests.messaging.alerting.conftest import Issue

pytestmark = pytest.mark.django_db
Ask = Callable[..., Any]


@pytest.fixture
def ask(issue: Issue) -> Ask:
    """Ask with a token that may do everything, unless another is given."""
    _, mine = issue()

    def call(method: str, path: str, body: object = None, *, secret: str = mine) -> Any:
        return Client().generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )

    return call


def alert(account: Account, text: str, *, is_over: bool = False, code: str = "plan") -> Alert:
    return Alert.objects.create(
        account=account,
        code=code,
        subject_kind="account",
        subject_id=account.pk,
        subject_name=account.name,
        text=text,
        detail=text,
        ended_at=timezone.now() if is_over else None,
    )


def test_alerts_are_listed_newest_first_and_narrowed(acme: Account, other: Account, ask: Ask) -> None:
    first, second = alert(acme, "first", is_over=True), alert(acme, "second", code="key_old")
    alert(other, "a stranger's")
    assert [each["text"] for each in ask("GET", "alerts").json()["items"]] == ["second", "first"]
    assert [each["id"] for each in ask("GET", "alerts?state=open").json()["items"]] == [str(second.pk)]
    assert [each["id"] for each in ask("GET", "alerts?rule=plan").json()["items"]] == [str(first.pk)]
    [ended] = ask("GET", "alerts?state=ended").json()["items"]
    assert ended == {
        "id": str(first.pk),
        "rule": "plan",
        "state": "ended",
        "text": "first",
        "subject": {"type": "account", "id": str(acme.pk), "name": "acme"},
        "place": "",
        "paused": False,
        "began_at": ended["began_at"],
        "ended_at": ended["ended_at"],
    }
    page = ask("GET", "alerts?limit=1").json()
    assert [each["text"] for each in ask("GET", f"alerts?cursor={page['next_cursor']}").json()["items"]] == ["first"]


@pytest.mark.parametrize("query", ["state=all", "rule=No!", "limit=0", "cursor=x", "sort=asc"])
def test_a_question_that_makes_no_sense_is_refused(ask: Ask, query: str) -> None:
    assert ask("GET", f"alerts?{query}").status_code == 422


def test_rules_are_read_as_they_stand(ask: Ask) -> None:
    rules = ask("GET", "alerts/rules").json()["items"]
    assert [rule["code"] for rule in rules] == list(alerting.RULES)
    assert rules[0] == {
        "code": "device_offline",
        "sentence": "A device is offline for 10 minutes",
        "on": True,
        "email": True,
        "webhook": True,
        "pause_token": False,
        "numbers": {"minutes": 10},
        "limits": {"minutes": {"default": 10, "least": 1, "most": 10080}},
    }


def test_rules_are_changed_together(acme: Account, other: Account, ask: Ask) -> None:
    said = ask(
        "PUT",
        "alerts/rules",
        {
            "rules": [
                {"code": "failures", "numbers": {"share": 5}, "email": False},
                {"code": "leaked", "pause_token": True},
            ]
        },
    )
    assert said.status_code == 200
    rules = {rule["code"]: rule for rule in said.json()["items"]}
    assert rules["failures"]["sentence"].startswith("More than 5 % of at least 20 messages")
    assert (rules["failures"]["email"], rules["failures"]["webhook"], rules["leaked"]["pause_token"]) == (
        False,
        True,
        True,
    )
    assert alerting.chosen_by(other)["failures"].numbers["share"] == 20
    entry = AuditEntry.objects.filter(action="alert_rule.changed").first()
    assert entry is not None
    assert entry.proof == "token"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "no_such"}, "code"),
        ({"on": True}, "rules.0.code"),
        ({"code": "plan", "numbers": {"warning": 101}}, "numbers.warning"),
        ({"code": "plan", "numbers": {"minutes": 1}}, "numbers.minutes"),
        ({"code": "plan", "numbers": {"warning": "80"}}, "rules.0.numbers.warning"),
        ({"code": "plan", "numbers": {"warning": True}}, "rules.0.numbers.warning"),
        ({"code": "plan", "numbers": []}, "rules.0.numbers"),
        ({"code": "plan", "pause_token": True}, "pauses_token"),
        ({"code": "plan", "on": "yes"}, "rules.0.on"),
        ({"code": "plan", "colour": 1}, "rules.0.colour"),
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(ask: Ask, change: dict[str, Any], field: str) -> None:
    said = ask("PUT", "alerts/rules", {"rules": [{"code": "key_old", "on": False}, change]})
    assert said.status_code == 422
    assert said.json()["error"]["field"].replace("rules.1", "rules.0") == field
    assert not AlertRule.objects.exists()


@pytest.mark.parametrize("body", [[], {}, {"rules": {}}, {"rules": [1]}, {"rules": None}, "x"])
def test_a_body_of_another_form_is_refused(ask: Ask, body: object) -> None:
    assert ask("PUT", "alerts/rules", body).status_code in (400, 422)


def test_permissions_are_asked_for(ask: Ask, issue: Issue) -> None:
    _, sandbox = issue(type="sandbox")
    _, reads = issue(type="read_only")
    _, sends = issue(scopes=["messages:send"])
    change = {"rules": [{"code": "leaked", "on": False}]}
    assert ask("PUT", "alerts/rules", change, secret=sandbox).status_code == 403
    assert ask("PUT", "alerts/rules", change, secret=reads).status_code == 403
    assert ask("GET", "alerts", secret=reads).status_code == 200
    assert ask("GET", "alerts", secret=sends).status_code == 403
    assert ask("GET", "alerts/rules", secret=sends).status_code == 403
    assert not AlertRule.objects.exists()
