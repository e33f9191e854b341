"""Each rule: what it finds, that it finds it once, and when that is over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import working
from messaging.alerting import watching
from messaging.models import Alert, Device, UsageHour
from messaging.sending import Accepted
from messaging.transports.sandbox import FAILS
from messaging.webhooks import raising
from tests.messaging.alerting.conftest import AWAY, HOME, Issue, Look, Use, Wait, choose, codes, only_rule, told
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import Receiver
from tokens import issuing
from tokens.models import Token

pytestmark = pytest.mark.django_db
Submit = Callable[..., Accepted]


def numbers(count: int) -> list[str]:
    return [f"+9665000{place:05}" for place in range(count)]


def phone(account: Account, **more: object) -> Device:
    fields = {"name": "Front desk", "transport": "sandbox", "last_seen_at": timezone.now(), **more}
    return Device.objects.create(account=account, **fields)


# Devices
def test_a_device_that_asks_for_no_work_for_ten_minutes_is_offline_until_it_asks_again(
    acme: Account, look: Look, wait: Wait
) -> None:
    device = phone(acme)
    wait(minutes=9)
    assert look() == 0
    wait(minutes=2)
    assert look() == 1
    assert told(acme) == ["The device Front desk is offline."]
    assert look() == 0
    Device.objects.filter(pk=device.pk).update(last_seen_at=timezone.now())
    assert look() == 1
    assert told(acme) == []
    alert = Alert.objects.get()
    assert alert.ended_at is not None
    assert (alert.subject_kind, alert.subject_id) == ("device", device.pk)


def test_a_device_that_goes_offline_again_is_told_again(acme: Account, look: Look, wait: Wait) -> None:
    device = phone(acme)
    for _ in range(2):
        wait(minutes=11)
        assert look() == 1
        Device.objects.filter(pk=device.pk).update(last_seen_at=timezone.now())
        assert look() == 1
    assert Alert.objects.filter(code="device_offline").count() == 2


def test_a_disconnected_device_that_never_asks_is_offline_and_a_removed_one_is_not(acme: Account, look: Look) -> None:
    phone(acme, name="Bind", last_seen_at=None, status=Device.Status.DISCONNECTED)
    phone(acme, name="Old", last_seen_at=None, status=Device.Status.DISCONNECTED, removed_at=timezone.now())
    phone(acme, name="Sandbox two", last_seen_at=None)
    look()
    assert told(acme) == ["The device Bind is offline."]


def test_each_account_has_its_own_patience(acme: Account, other: Account, look: Look, wait: Wait) -> None:
    phone(acme)
    phone(other)
    choose(acme, "device_offline", numbers={"minutes": 2})
    wait(minutes=3)
    look()
    assert (len(told(acme)), len(told(other))) == (1, 0)
    choose(other, "device_offline", numbers={"minutes": 60})
    wait(minutes=30)
    look()
    assert told(other) == []


# Messages
def test_more_failures_than_a_fifth_are_told_until_they_are_hours_ago(
    acme: Account, submit: Submit, deliver: Deliver, look: Look, wait: Wait
) -> None:
    submit([*numbers(16), FAILS])
    for _ in range(3):
        submit(FAILS)
    deliver()
    assert look() == 0  # 4 of 20 are a fifth and no more
    submit(FAILS)
    deliver()
    look()
    assert told(acme) == ["5 of 21 messages failed in this hour and the one before."]
    wait(hours=2)
    look()
    assert told(acme) == []


def test_a_few_failures_are_nobodys_business(acme: Account, submit: Submit, deliver: Deliver, look: Look) -> None:
    for _ in range(19):
        submit(FAILS)
    deliver()
    assert look() == 0


def test_a_message_that_waits_half_an_hour_is_told_until_it_is_sent(
    acme: Account, send: Send, deliver: Deliver, look: Look, wait: Wait
) -> None:
    send()
    wait(minutes=29)
    assert look() == 0
    wait(minutes=2)
    look()
    assert told(acme) == ["Messages wait for their device longer than they should."]
    deliver()
    look()
    assert told(acme) == []


def test_a_message_waits_from_its_own_time_on(acme: Account, send: Send, look: Look, wait: Wait) -> None:
    send(scheduled_at=timezone.now() + timedelta(hours=2))
    wait(hours=2, minutes=20)
    assert look() == 0
    wait(minutes=11)
    assert look() == 1
    assert codes(acme) == ["queue_old"]


def test_a_queue_longer_than_is_looked_at_ends_no_alert(
    acme: Account, other: Account, send: Send, look: Look, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    send()
    wait(minutes=31)
    look()
    [alert] = Alert.objects.open()
    monkeypatch.setattr("messaging.alerting.devices._MOST_WAITING", 1)
    Alert.objects.filter(pk=alert.pk).update(account=other, subject_id=other.pk)
    look()
    assert Alert.objects.open().filter(account=other).exists()


# Volume
def history(account: Account, number: int, *, days: int = 28, token: Token | None = None) -> None:
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for day in range(1, days + 1):
        at, ref = hour - timedelta(days=day), token.pk if token else 0
        UsageHour.objects.create(account=account, hour=at, token_ref=ref, accepted=number)


def test_three_times_the_usual_and_at_least_a_hundred_are_unusual(
    acme: Account, submit: Submit, look: Look, wait: Wait
) -> None:
    only_rule(acme, "unusual_volume")
    history(acme, 33)
    submit(numbers(99))
    assert look() == 0
    submit(numbers(1))
    look()
    assert told(acme) == ["The account sent 100 messages in one hour, where 33 are usual at this time of the day."]
    wait(hours=1)
    assert look() == 0  # it was in the hour before
    wait(hours=1)
    look()
    assert told(acme) == []


def test_what_is_usual_at_this_time_of_the_day_is_not_told(acme: Account, submit: Submit, look: Look) -> None:
    only_rule(acme, "unusual_volume")
    history(acme, 34)
    submit(numbers(100))
    assert look() == 0


def test_a_single_busy_day_makes_nothing_usual(acme: Account, submit: Submit, look: Look) -> None:
    only_rule(acme, "unusual_volume")
    history(acme, 5)
    UsageHour.objects.filter(pk=UsageHour.objects.first().pk).update(accepted=100_000)  # type: ignore[union-attr]
    submit(numbers(100))
    assert look() == 1


def test_without_a_week_behind_it_nothing_is_unusual(acme: Account, submit: Submit, look: Look, wait: Wait) -> None:
    only_rule(acme, "unusual_volume")
    submit(numbers(200))
    assert look() == 0
    wait(days=8)
    submit(numbers(200))
    assert look() == 1


# Tokens
def test_a_new_network_is_told_for_a_day(acme: Account, issue: Issue, use: Use, look: Look, wait: Wait) -> None:
    _, secret = issue()
    use(secret, HOME)
    use(secret, "192.0.2.1")
    assert look() == 0  # on its first day every network is new
    wait(hours=25)
    use(secret, "198.51.100.200")
    assert look() == 0  # the same network
    use(secret, AWAY)
    look()
    assert told(acme) == ["The token ERP is used from 203.0.113.0/24, where it was not used from before."]
    use(secret, AWAY)
    assert look() == 0
    wait(hours=25)
    look()
    assert told(acme) == []


def test_two_new_networks_are_two_alerts(acme: Account, issue: Issue, use: Use, look: Look, wait: Wait) -> None:
    _, secret = issue()
    use(secret)
    wait(hours=25)
    use(secret, AWAY)
    use(secret, "2001:db8:1:2::3")
    look()
    assert [alert.detail for alert in Alert.objects.order_by("detail")] == ["2001:db8:1::/48", "203.0.113.0/24"]


def test_refused_requests_are_no_use_from_a_network(
    acme: Account, issue: Issue, use: Use, look: Look, wait: Wait
) -> None:
    _, secret = issue(networks=[f"{HOME}/32"])
    use(secret)
    wait(hours=25)
    assert use(secret, AWAY).status_code == 403
    assert look() == 0


def test_a_token_that_nobody_uses_for_ninety_days_is_told_until_it_is_used(
    acme: Account, issue: Issue, use: Use, look: Look, wait: Wait
) -> None:
    only_rule(acme, "token_unused")
    _, secret = issue()
    wait(days=89)
    assert look() == 0
    wait(days=1)
    look()
    assert told(acme) == ["The token ERP has not been used for 90 days."]
    use(secret)
    look()
    assert told(acme) == []


def test_a_secret_of_ninety_days_is_told_until_it_is_made_anew(
    acme: Account, issue: Issue, look: Look, wait: Wait
) -> None:
    only_rule(acme, "key_old")
    token, _ = issue()
    wait(days=90)
    look()
    assert told(acme) == ["The secret of the token ERP is 90 days old."]
    issuing.regenerate_token(token, by=COMMAND, grantor=None)
    look()
    assert told(acme) == []


def test_a_revoked_token_is_asked_nothing(acme: Account, issue: Issue, look: Look, wait: Wait) -> None:
    token, _ = issue()
    wait(days=90)
    assert look() == 2
    issuing.revoke_token(token, by=COMMAND, grantor=None)
    assert look() == 2
    assert told(acme) == []


# Webhooks
def test_a_webhook_that_fails_is_told_until_it_answers_well(
    acme: Account,
    listen: Listen,
    receiver: Receiver,
    post: Callable[[], None],
    later: Callable[[timedelta], None],
    look: Look,
    wait: Wait,
) -> None:
    only_rule(acme, "webhook_failing", by_webhook=False)
    receiver.status = 500
    hook = listen()
    for _ in range(5):
        raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    post()
    assert look() == 0
    wait(minutes=16)
    look()
    [said] = told(acme)
    assert said.startswith("Every call to http://127.0.0.3")
    assert "/hook" not in said, "a path may be a secret"
    receiver.status = 200
    later(timedelta(hours=1))
    post()
    assert hook.fresh.failing_since is None
    look()
    assert told(acme) == []


# The plan
def test_a_credential_is_warned_of_its_day_at_four_fifths_and_at_its_end(
    acme: Account, submit: Submit, look: Look, wait: Wait
) -> None:
    only_rule(acme, "plan")
    Plan.objects.update(messages_per_day=10)
    submit(numbers(7))
    assert look() == 0
    submit()
    look()
    assert told(acme) == ["The token shop used 8 of the 10 messages that the plan allows a day."]
    submit(numbers(2))
    look()
    assert told(acme)[1:] == ["The token shop used 10 of the 10 messages that the plan allows a day."]
    assert look() == 0
    wait(days=1)
    assert look() == 2
    assert told(acme) == []


def test_an_account_is_warned_of_its_month(acme: Account, submit: Submit, look: Look, wait: Wait) -> None:
    only_rule(acme, "plan", numbers={"warning": 50})
    Plan.objects.update(messages_per_month=10)
    submit(numbers(5))
    look()
    assert told(acme) == ["The account used 5 of the 10 messages that the plan allows a month."]
    for _ in range(31):
        wait(days=1)
        look()
    assert told(acme) == []


def test_a_warning_of_the_month_outlasts_quiet_days(
    acme: Account, submit: Submit, look: Look, wait: Wait, time_machine: object
) -> None:
    only_rule(acme, "plan")
    time_machine.move_to("2026-11-02T12:00:00Z")  # type: ignore[attr-defined]
    Plan.objects.update(messages_per_month=10)
    submit(numbers(9))
    look()
    wait(days=5)
    assert look() == 0
    assert len(told(acme)) == 1


def test_people_and_logins_are_counted_each_by_themselves(acme: Account, look: Look, wait: Wait) -> None:
    only_rule(acme, "plan")
    Plan.objects.update(messages_per_day=10, requests_per_second=1_000)
    for name in ("Till 1", "Till 2"):
        login, password = issuing.create_login(account=acme, name=name, by=COMMAND, grantor=None)
        for place in range(5 if name == "Till 1" else 8):
            answer = Client().post(
                "/3rdparty/v1/messages",
                {"textMessage": {"text": "Hello"}, "phoneNumbers": [f"+9665000001{place:02}"]},
                content_type="application/json",
                headers={"Authorization": _basic(login.username, password)},
            )
            assert answer.status_code == 202
    look()
    assert told(acme) == ["The API login Till 2 used 8 of the 10 messages that the plan allows a day."]


def _basic(username: str, password: str) -> str:
    from base64 import b64encode

    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


# All of them
def test_a_rule_that_is_off_finds_nothing_and_ends_what_it_found(acme: Account, look: Look, wait: Wait) -> None:
    phone(acme)
    wait(minutes=11)
    look()
    choose(acme, "device_offline", is_on=False)
    look()
    assert told(acme) == []
    assert look() == 0


def test_a_suspended_account_is_left_alone(acme: Account, look: Look, wait: Wait) -> None:
    phone(acme)
    Account.objects.update(suspended_at=timezone.now())
    wait(minutes=11)
    assert look() == 0


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_cut_is_opened_again(
    look: Look, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only a server can cut a connection")
    look()
    with ThreadPoolExecutor(1) as another:
        another.submit(_cut_all_others).result()
    for _ in range(2):
        monkeypatch.setattr(working, "_idle_until", {"prune_alerts": float("inf")})
        watching.forget()
        caplog.clear()
        working.run_due(watching.LANE)
    assert caplog.messages == []


def _cut_all_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connection.close()


def test_a_look_costs_as_much_for_many_accounts_as_for_one(
    acme: Account, look: Look, django_assert_max_num_queries: Any
) -> None:
    plan = Plan.free()
    for place in range(40):
        account = Account.objects.create(name=f"Account {place}", plan=plan)
        token, _ = issuing.create_token(account=account, name="ERP", by=COMMAND, grantor=None)
        phone(account)
        history(account, 200, token=token)
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        UsageHour.objects.create(account=account, hour=hour, token_ref=token.pk, accepted=300, delivered=300)
    with django_assert_max_num_queries(50):
        assert look() == 0
