"""Settings → Account: an account's own people say what it is called, where it is, and what it refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from time_machine import TimeMachineFixture

from accounts.audit import COMMAND
from accounts.changing import change_settings
from accounts.models import Account, AuditEntry, User
from accounts.places import zone_choices
from accounts.roles import Role
from tests.conftest import SignedIn

PAGE = "/settings/account/"
FORM = {"name": "Acme", "time_zone": "Asia/Riyadh", "default_region": "SA", "strict_numbers": "on"}


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def page(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_what_changed_is_saved_and_written_down_together(alices: Client, acme: Account, alice: User) -> None:
    answer = alices.post(PAGE, FORM, follow=True).content.decode()
    assert "The settings are saved." in answer
    acme.refresh_from_db()
    assert (acme.name, acme.time_zone, acme.default_region) == ("Acme", "Asia/Riyadh", "SA")
    assert (acme.strict_numbers, acme.strict_templates) == (True, False)
    entry = AuditEntry.objects.get(action="account.changed")
    assert (entry.account, entry.actor, entry.proof) == (acme, alice, "session")
    assert entry.changes == {
        "name": ["acme", "Acme"],
        "time_zone": ["UTC", "Asia/Riyadh"],
        "default_region": ["", "SA"],
        "strict_numbers": [False, True],
    }
    log = alices.get("/settings/audit/").content.decode()
    assert "time zone from “UTC” to “Asia/Riyadh”, region, strict numbers" in log


def test_what_stays_as_it_is_is_not_written_down(alices: Client, acme: Account) -> None:
    alices.post(PAGE, {"name": "acme", "time_zone": "UTC"})
    assert not AuditEntry.objects.filter(action="account.changed").exists()


@pytest.mark.parametrize("role", Role)
def test_every_role_sees_the_settings_and_owners_and_admins_change_them(
    acme: Account, bob: User, signed_in: SignedIn, role: Role
) -> None:
    acme.memberships.filter(user=bob).update(role=role)
    client, may = signed_in(bob), role in {Role.OWNER, Role.ADMIN}
    assert ('name="time_zone"' in page(client)) is may
    assert ("Owners and admins change these." in page(client)) is not may
    assert client.post(PAGE, FORM).status_code == (302 if may else 403)
    acme.refresh_from_db()
    assert (acme.time_zone == "Asia/Riyadh") is may


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "a\nb"), ("time_zone", "Mars/Base"), ("time_zone", ""), ("default_region", "ZZ")],
)
def test_what_does_not_exist_is_refused_beside_its_field(alices: Client, acme: Account, field: str, value: str) -> None:
    answer = alices.post(PAGE, FORM | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    wanted: dict[str, Any] = {"strict_templates": True, field: value}
    with pytest.raises(ValidationError) as refusal:
        change_settings(acme, by=COMMAND, **wanted)
    assert list(refusal.value.message_dict) == [field]
    acme.refresh_from_db()
    assert (acme.name, acme.time_zone, acme.default_region, acme.strict_templates) == ("acme", "UTC", "", False)


def test_the_zone_changes_once_in_24_hours(alices: Client, acme: Account, time_machine: TimeMachineFixture) -> None:
    """Else whoever hops from midnight to midnight has a new day's messages each time."""
    begin = datetime(2026, 3, 31, 12, 0, 30, tzinfo=UTC)
    time_machine.move_to(begin, tick=False)
    assert "once in 24 hours." in page(alices)
    alices.post(PAGE, FORM)
    for passed in (timedelta(), timedelta(hours=23, minutes=59)):
        time_machine.move_to(begin + passed, tick=False)
        for zone in ("Pacific/Kiritimati", "UTC"):
            answer = alices.post(PAGE, FORM | {"time_zone": zone, "name": "Other"})
            assert answer.status_code == 422
            assert "again from 1 April 2026, 15:01 (Asia/Riyadh)" in answer.content.decode()
    assert alices.post(PAGE, FORM | {"name": "Acme Ltd"}).status_code == 302, "what else there is can change"
    time_machine.move_to(begin + timedelta(days=1), tick=False)
    alices.post(PAGE, FORM | {"time_zone": "Pacific/Kiritimati"})
    acme.refresh_from_db()
    assert (acme.name, acme.time_zone) == ("Acme", "Pacific/Kiritimati")


def test_operators_are_not_bound_by_it_and_bind_nobody(acme: Account, alice: User, signed_in: SignedIn) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    client = signed_in(alice)
    form = {"name": "acme", "plan": acme.plan_id, "wallet": "", "initial-wallet": ""}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    for zone in ("Asia/Riyadh", "Europe/Berlin"):
        client.post(f"/admin/accounts/account/{acme.pk}/change/", form | inline | {"time_zone": zone})
        acme.refresh_from_db()
        assert (acme.time_zone, acme.zone_changed_at) == (zone, None)


def test_zones_are_chosen_by_what_the_clocks_there_show(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(datetime(2026, 3, 31, 12, tzinfo=UTC), tick=False)
    choices = dict(zone_choices("Etc/GMT+3"))
    assert (choices["UTC"], choices["Etc/GMT+3"]) == ("UTC (12:00)", "GMT+3 (09:00)")
    assert ("America/Sao_Paulo", "Sao Paulo (09:00)") in choices["America"]
    assert ("Asia/Kathmandu", "Kathmandu (17:45)") in choices["Asia"]
    assert "US" not in choices
