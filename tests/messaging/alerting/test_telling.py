"""Who is told that an alert began or ended: once each, by e-mail and by webhooks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts import journal
from accounts.audit import COMMAND
from accounts.models import Account, JournalEntry, User
from accounts.opening import join_account, resume_account, suspend_account
from accounts.roles import Role
from messaging import alerting, working
from messaging.alerting import RULES
from messaging.alerting.changing import clear, fire
from messaging.alerting.pruning import ALERTS_KEPT, HOURS_KEPT, prune_alerts
from messaging.alerting.rule import Finding, Subject
from messaging.models import Alert, Device, UsageHour, WebhookDelivery
from tests.messaging.alerting.conftest import Letters, Look, Wait, choose, told
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Post = Callable[[], None]


@pytest.fixture
def phone(acme: Account) -> Device:
    return Device.objects.create(account=acme, name="Front desk", transport="sandbox", last_seen_at=timezone.now())


def back(device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(last_seen_at=timezone.now())


# E-mail
def test_owners_and_admins_get_one_letter_at_the_beginning_and_one_at_the_end(
    acme: Account, charlie: User, phone: Device, look: Look, letters: Letters, wait: Wait
) -> None:
    join_account(account=acme, user=charlie, role=Role.ADMIN, by=COMMAND)
    wait(minutes=11)
    look()
    [began] = letters()
    assert sorted(began.to) == ["alice@acme.example", "charlie@other.example"]  # bob develops
    assert began.subject == "[Gatehouse] The device Front desk is offline."
    assert "The device Front desk is offline." in began.body
    assert "http://localhost:8000/alerts/" in began.body
    look()
    assert len(letters()) == 1
    back(phone)
    look()
    assert letters()[1].subject == "[Gatehouse] Over: The device Front desk is offline."
    assert len(letters()) == 2


def test_what_was_over_before_its_letter_went_is_one_letter(
    phone: Device, look: Look, letters: Letters, wait: Wait
) -> None:
    wait(minutes=11)
    look()
    back(phone)
    look()
    [only] = letters()
    assert "It is over." in only.body


def test_alerts_of_a_suspended_account_stand_still_until_it_is_resumed(
    acme: Account, phone: Device, look: Look, letters: Letters, wait: Wait
) -> None:
    wait(minutes=11)
    look()
    suspend_account(acme, by=COMMAND)
    assert letters() == []
    other = Device.objects.create(account=acme, name="Till", transport="sandbox", last_seen_at=phone.last_seen_at)
    assert look() == 0
    assert told(acme) == ["The device Front desk is offline."]
    resume_account(acme, by=COMMAND)
    back(phone)
    back(other)
    assert look() == 1
    [only] = letters()
    assert "It is over." in only.body


def test_an_alert_does_not_end_in_an_account_that_is_suspended_at_that_moment(
    acme: Account, phone: Device, look: Look, wait: Wait
) -> None:
    wait(minutes=11)
    look()
    [alert] = Alert.objects.all()
    suspend_account(acme, by=COMMAND)
    rule = RULES[alert.code]
    assert not clear(rule, alert, rule.usual)
    assert not fire(
        rule, Finding(acme.pk, Subject.DEVICE, phone.pk + 1, "Till", "The device Till is offline."), rule.usual
    )
    assert told(acme) == ["The device Front desk is offline."]


def test_many_alerts_are_one_letter(acme: Account, look: Look, letters: Letters, wait: Wait) -> None:
    for place in range(25):
        Device.objects.create(account=acme, name=f"Till {place}", transport="sandbox", last_seen_at=timezone.now())
    wait(minutes=11)
    look()
    [only] = letters()
    assert only.subject == "[Gatehouse] 25 alerts in acme"
    assert only.body.count("is offline.") == 20
    assert "And 5 more." in only.body


def test_names_are_told_as_they_are_and_in_one_line(
    acme: Account, phone: Device, look: Look, letters: Letters, wait: Wait
) -> None:
    Device.objects.update(name="Tom & Ann's <desk>\r\nBcc: eve@evil.example")
    wait(minutes=11)
    look()
    [only] = letters()
    assert only.subject == "[Gatehouse] The device Tom & Ann's <desk> Bcc: eve@evil.example is offline."
    assert only.recipients() == ["alice@acme.example"]


def test_nobody_is_written_to_where_the_rule_says_so(
    acme: Account, phone: Device, look: Look, letters: Letters, wait: Wait
) -> None:
    choose(acme, "device_offline", by_email=False)
    wait(minutes=11)
    look()
    back(phone)
    look()
    assert letters() == []


def test_a_letter_that_the_mail_server_refuses_is_sent_later(
    phone: Device, look: Look, letters: Letters, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: EmailMessage, *args: object) -> int:
        raise OSError("No route to host")

    wait(minutes=11)
    look()
    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", refuse)
        assert letters() == []
    assert len(letters()) == 1


def test_a_letter_is_sent_again_where_a_worker_died_while_it_sent_it(
    phone: Device, look: Look, letters: Letters, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(message: EmailMessage, *args: object) -> int:
        raise SystemExit

    wait(minutes=11)
    look()
    with monkeypatch.context() as killed:
        killed.setattr(EmailMessage, "send", die)
        with pytest.raises(SystemExit):
            letters()
    assert letters() == []
    wait(minutes=3)
    assert len(letters()) == 1
    wait(minutes=3)
    assert len(letters()) == 1


def test_what_ends_while_its_letter_is_sent_is_told_too(
    phone: Device, look: Look, letters: Letters, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end_meanwhile(message: EmailMessage, *args: object) -> int:
        back(phone)
        look()
        return 1

    wait(minutes=11)
    look()
    with monkeypatch.context() as slow:
        slow.setattr(EmailMessage, "send", end_meanwhile)
        assert alerting.send_letters() == 1
    [only] = letters()
    assert only.subject == "[Gatehouse] Over: The device Front desk is offline."


def test_a_rule_that_was_switched_off_ends_its_alerts_in_silence(
    acme: Account, phone: Device, look: Look, letters: Letters, wait: Wait
) -> None:
    wait(minutes=11)
    look()
    letters()
    choose(acme, "device_offline", is_on=False)
    look()
    assert len(letters()) == 1


# Webhooks
def test_webhooks_are_told_what_began_and_that_it_is_over(
    acme: Account, phone: Device, listen: Listen, receiver: Receiver, post: Post, look: Look, wait: Wait
) -> None:
    listen()
    wait(minutes=11)
    look()
    look()
    post()
    back(phone)
    look()
    post()
    assert receiver.words == ["alert.fired", "alert.cleared"]
    began, ended = (got.json["data"] for got in receiver.got)
    alert = Alert.objects.get()
    assert began == {
        "device_id": str(phone.pk),
        "alert_id": str(alert.pk),
        "rule": "device_offline",
        "text": "The device Front desk is offline.",
        "subject": {"type": "device", "id": str(phone.pk), "name": "Front desk"},
        "began_at": ended["began_at"],
        "ended_at": None,
        "paused": False,
    }
    assert ended["ended_at"] > ended["began_at"]


def test_no_webhook_is_told_where_the_rule_says_so(
    acme: Account, phone: Device, listen: Listen, look: Look, wait: Wait
) -> None:
    listen()
    choose(acme, "device_offline", by_webhook=False)
    wait(minutes=11)
    look()
    assert told(acme)
    assert not WebhookDelivery.objects.exists()


def test_the_vendors_formats_have_no_word_for_alerts(
    acme: Account, phone: Device, listen: Listen, look: Look, wait: Wait
) -> None:
    listen(format="startmessaging")
    wait(minutes=11)
    look()
    assert told(acme)
    assert not WebhookDelivery.objects.exists()


# The journal, the worker, and what is forgotten
def test_the_journal_has_a_line_for_each(acme: Account, phone: Device, look: Look, wait: Wait) -> None:
    wait(minutes=11)
    look()
    back(phone)
    look()
    journal.flush()
    lines = JournalEntry.objects.filter(account=acme, module="alerts").order_by("pk")
    assert [line.message for line in lines] == [
        "The device Front desk is offline.",
        "Over: The device Front desk is offline.",
    ]


def test_the_worker_looks_by_itself(acme: Account, phone: Device, wait: Wait, settings: Settings) -> None:
    wait(minutes=11)
    alerting.watching.forget()
    working._idle_until.clear()
    working.run_due(alerting.LANE)
    assert told(acme)
    assert working.run_due("mailing") >= 1


def test_a_rule_that_breaks_keeps_no_other_from_being_followed(
    acme: Account, phone: Device, look: Look, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> object:
        raise RuntimeError

    first = next(iter(RULES.values()))
    monkeypatch.setattr("messaging.alerting.watching.scope_of", lambda rule: broken() if rule != first else real(rule))
    from messaging.alerting.choosing import scope_of as real

    wait(minutes=11)
    assert look() == 1


def test_hours_and_ended_alerts_are_forgotten_when_nobody_needs_them(acme: Account) -> None:
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for age in (HOURS_KEPT - timedelta(hours=1), HOURS_KEPT + timedelta(hours=2)):
        UsageHour.objects.create(account=acme, hour=now - age, accepted=1)
    for end in (None, now, now - ALERTS_KEPT - timedelta(days=1)):
        Alert.objects.create(
            account=acme, code="plan", subject_kind="account", subject_id=acme.pk, text="Old", ended_at=end,
            detail=str(end),
        )  # fmt: skip
    assert prune_alerts() == 2
    assert (UsageHour.objects.count(), Alert.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_look_at_once_tell_once(acme: Account, phone: Device, wait: Wait, letters: Letters) -> None:
    wait(minutes=11)

    def work(_: int) -> int:
        try:
            return alerting.check(RULES["device_offline"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert len(told(acme)) == 1
    assert len(letters()) == 1
