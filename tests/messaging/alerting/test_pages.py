"""The pages about alerts: what they show to whom, and who may change the rules."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, AuditEntry, User
from messaging import alerting
from messaging.alerting import RULES
from messaging.dashboard.alerts import wording
from messaging.models import Alert, AlertRule, Device
from tests.conftest import SignedIn
from tests.messaging.alerting.conftest import Look, Wait, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def offline(acme: Account, look: Look, wait: Wait) -> Device:
    device = Device.objects.create(account=acme, name="Front desk", transport="sandbox", last_seen_at=timezone.now())
    wait(minutes=11)
    look()
    return device


def page(client: Client, path: str = "/alerts/") -> str:
    return client.get(path).content.decode()


def posted(**changed: str | None) -> dict[str, str]:
    """Return the form as it stands when nothing was changed, with changes; None unchecks a box."""
    fields: dict[str, str] = {}
    for code, rule in RULES.items():
        fields |= {f"{code}-is_on": "on", f"{code}-by_email": "on", f"{code}-by_webhook": "on"}
        fields |= {f"{code}-{name}": str(number.default) for name, number in rule.numbers.items()}
    given = {name.replace("__", "-"): value for name, value in changed.items()}
    return {name: value for name, value in {**fields, **given}.items() if value is not None}


def test_every_rule_has_its_words() -> None:
    assert set(wording.LABELS) == set(wording._REMEDIES) == set(RULES)


def test_without_alerts_it_says_so(alices: Client) -> None:
    shown = page(alices)
    assert "Nothing needs you now." in shown
    assert 'id="over"' not in shown
    assert '<span class="count alert">' not in shown


def test_an_open_alert_is_shown_with_what_to_do_and_counted_on_every_page(alices: Client, offline: Device) -> None:
    shown = page(alices)
    assert "The device Front desk is offline." in shown
    assert "See whether it has power and network" in shown
    assert 'href="/devices/"' in shown
    assert '<span class="count alert">1' in page(alices, "/messages/")
    overview = page(alices, "/")
    assert "The device Front desk is offline." in overview
    assert "See alerts" in overview


def test_what_is_over_stands_below(alices: Client, offline: Device, look: Look) -> None:
    offline.last_seen_at = timezone.now()
    offline.save()
    look()
    shown = page(alices)
    assert "Nothing needs you now." in shown
    assert shown.index('id="over"') < shown.index("The device Front desk is offline.")
    assert "The device Front desk is offline." not in page(alices, "/")


def test_what_is_over_is_turned_over_page_by_page(alices: Client, acme: Account) -> None:
    for place in range(60):
        Alert.objects.create(
            account=acme, code="plan", subject_kind="account", subject_id=acme.pk, text=f"Ended {place:02}",
            ended_at=timezone.now(), detail=str(place),
        )  # fmt: skip
    first = page(alices)
    assert "Ended 59" in first
    assert "Ended 09" not in first
    second = page(alices, f"/alerts/?before={Alert.objects.get(text='Ended 10').pk}")
    assert "Ended 09" in second
    assert alices.get("/alerts/?before=99999999999999999999999").status_code == 200


def test_the_worst_alert_comes_first_on_the_overview(alices: Client, acme: Account) -> None:
    for code, text in (("leaked", "Worst"), ("key_old", "Mildest"), ("plan", "Mild")):
        Alert.objects.create(account=acme, code=code, subject_kind="account", subject_id=acme.pk, text=text)
    shown = page(alices, "/")
    assert "Worst" in shown
    assert "3 alerts are open." in shown
    assert "Mildest" not in shown


def test_a_stranger_sees_nothing(charlie: User, other: Account, signed_in: SignedIn, offline: Device) -> None:
    strangers = signed_in(charlie)
    assert "Front desk" not in page(strangers)
    assert "Front desk" not in page(strangers, "/")
    assert Client().get("/alerts/").status_code == 302


def test_names_are_no_markup(alices: Client, acme: Account, look: Look, wait: Wait) -> None:
    name = "<b>desk</b>"
    Device.objects.create(account=acme, name=name, transport="sandbox", last_seen_at=timezone.now())
    wait(minutes=11)
    look()
    assert name not in page(alices)
    assert "&lt;b&gt;desk&lt;/b&gt;" in page(alices)


# Rules
def test_rules_are_sentences_with_their_numbers(alices: Client) -> None:
    shown = page(alices, "/alerts/rules/")
    assert 'name="device_offline-minutes" value="10"' in shown
    assert 'name="leaked-pauses_token"' in shown
    assert 'name="plan-pauses_token"' not in shown
    for rule in RULES.values():
        assert f'id="{rule.code}"' in shown


def test_rules_are_changed_and_that_is_written_down(alices: Client, acme: Account, look: Look) -> None:
    changes = posted(device_offline__minutes="30", leaked__pauses_token="on", key_old__is_on=None)
    answer = alices.post("/alerts/rules/", changes)
    assert (answer.status_code, answer["Location"]) == (302, "/alerts/rules/")
    chosen = alerting.chosen_by(acme)
    assert chosen["device_offline"].numbers == {"minutes": 30}
    assert (chosen["leaked"].pauses_token, chosen["key_old"].is_on) == (True, False)
    assert sorted(AlertRule.objects.values_list("code", flat=True)) == ["device_offline", "key_old", "leaked"]
    entries = AuditEntry.objects.filter(account=acme, action="alert_rule.changed")
    assert {"minutes": [10, 30]} in [entry.changes for entry in entries]
    assert "alert rule" in page(alices, "/settings/audit/")
    alices.post("/alerts/rules/", changes)
    assert entries.count() == 3, "nothing changed"


@pytest.mark.parametrize("number", ["0", "-1", "10081", "x", "", "9" * 30, "1.5"])
def test_a_number_that_makes_no_sense_is_refused_beside_its_sentence(
    alices: Client, acme: Account, number: str
) -> None:
    answer = alices.post("/alerts/rules/", posted(device_offline__minutes=number, key_old__is_on=None))
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert not AlertRule.objects.exists()


def test_a_developer_sees_the_rules_and_changes_none(bob: User, acme: Account, signed_in: SignedIn) -> None:
    bobs = signed_in(bob)
    shown = page(bobs, "/alerts/rules/")
    assert "disabled" in shown
    assert "Save rules" not in shown
    assert bobs.post("/alerts/rules/", posted(device_offline__minutes="30")).status_code == 403
    assert not AlertRule.objects.exists()


def test_operators_read_alerts_in_the_admin(acme: Account, offline: Device, alice: User, signed_in: SignedIn) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    staff = signed_in(alice)
    AlertRule.objects.create(account=acme, code="plan")
    for path in ("/admin/messaging/alert/", "/admin/messaging/alertrule/"):
        assert staff.get(path).status_code == 200
    assert staff.get(f"/admin/messaging/alert/{Alert.objects.get().pk}/change/").status_code == 200
    assert staff.get("/admin/messaging/alert/add/").status_code == 403
    assert told(acme)
