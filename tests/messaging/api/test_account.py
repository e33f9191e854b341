"""The account's own settings, over our own API."""

import pytest

from accounts.models import Account, AuditEntry
from tests.messaging.api.conftest import Call, Issue

pytestmark = pytest.mark.django_db


def test_the_settings_are_read_and_changed(call: Call, issue: Issue, acme: Account) -> None:
    _, secret = issue(scopes=["settings:read", "settings:write"])
    before = call("GET", "account", secret).json()
    assert (before["name"], before["time_zone"], before["default_region"]) == ("acme", "UTC", "")
    asked = {"time_zone": "Europe/Istanbul", "default_region": "TR", "strict_templates": True}
    changed = call("PATCH", "account", secret, asked).json()
    assert changed == before | asked
    assert call("GET", "account", secret).json() == call("GET", "me", secret).json()["account"] == changed
    entry = AuditEntry.objects.get(action="account.changed")
    assert (entry.account, entry.actor_label, entry.proof) == (acme, "ERP", "token")
    assert entry.changes == {name: [before[name], value] for name, value in asked.items()}


def test_a_change_counts_from_the_next_request_on(call: Call, issue: Issue) -> None:
    _, secret = issue()
    message = {"to": "05321234567", "text": "Hi"}
    assert call("POST", "messages", secret, message).status_code == 422
    call("PATCH", "account", secret, {"default_region": "TR"})
    assert call("POST", "messages", secret, message).status_code == 202


def test_another_zone_within_24_hours_is_refused(call: Call, issue: Issue, acme: Account) -> None:
    _, secret = issue()
    assert call("PATCH", "account", secret, {"time_zone": "Asia/Riyadh"}).status_code == 200
    refused = call("PATCH", "account", secret, {"time_zone": "Asia/Tokyo", "name": "Other"})
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert (error["code"], error["field"]) == ("invalid", "time_zone")
    assert "It can be changed once in 24 hours: again from " in error["message"]
    acme.refresh_from_db()
    assert (acme.name, acme.time_zone) == ("acme", "Asia/Riyadh")
    assert call("PATCH", "account", secret, {"time_zone": "Asia/Riyadh", "name": "Other"}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"default_region": "ZZ"}, "default_region"),
        ({"default_region": "tr"}, "default_region"),
        ({"strict_numbers": "yes"}, "strict_numbers"),
        ({"plan": "enterprise"}, "plan"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    call: Call, issue: Issue, acme: Account, asked: dict[str, object], field: str
) -> None:
    _, secret = issue()
    refused = call("PATCH", "account", secret, asked)
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, field)
    assert not AuditEntry.objects.filter(action="account.changed").exists()


def test_a_token_without_the_permission_or_for_the_sandbox_changes_nothing(call: Call, issue: Issue) -> None:
    for limits in ({"scopes": ["settings:read"]}, {"type": "read_only"}, {"type": "sandbox"}):
        _, secret = issue(name=str(limits), **limits)
        assert call("GET", "account", secret).status_code == 200
        assert call("PATCH", "account", secret, {"name": "Other"}).status_code == 403
