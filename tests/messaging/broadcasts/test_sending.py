"""From an accepted broadcast to its recipients' messages, what is shown of it meanwhile, and afterwards."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import contacts, delivery, templating
from messaging.broadcasts import discard_due, feed_due, feeding, settle_due, staging
from messaging.models import Broadcast, BroadcastRecipient, Message, OptOut, Recipient, UsageDay, WebhookEvent
from messaging.transports import sandbox
from messaging.webhooks import endpoints
from tests.messaging.broadcasts.conftest import GREETING, PATH, Broadcasting, body, phones
from tests.messaging.dialects.startmessaging.conftest import Api
from tokens.authentication import forget

Run = Callable[[], None]


@pytest.fixture
def shown(api: Api) -> Callable[[str], dict[str, Any]]:
    def read(path: str) -> dict[str, Any]:
        answer = api.get(f"{PATH}/{path}")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.body
        return found

    return read


def test_each_recipient_gets_one_message_of_the_template(broadcast: Broadcasting, run: Run, api: Api) -> None:
    broadcast(phones(30), id="r1")
    run()
    assert sorted(Recipient.objects.values_list("address", flat=True)) == [f"+{phone}" for phone in phones(30)]
    message = Message.objects.order_by("pk")[0]
    stored = Broadcast.objects.get()
    assert (message.kind, message.content["name"], message.token) == ("template", "january_sale", api.token)
    assert (message.dialect, message.channel, message.state) == ("startmessaging", "whatsapp", "delivered")
    assert message.context == {"route": "default", "broadcast": str(stored.pk), "request_id": "r1"}
    assert sum(UsageDay.objects.values_list("accepted", flat=True)) == 30
    assert not BroadcastRecipient.objects.filter(message=None).exists()


def test_the_requests_own_webhook_address_goes_with_each_message(api: Api, run: Run) -> None:
    refused = api.send(body(), path=PATH, X_Webhook_URL="http://127.0.0.1/")
    assert (refused.status, refused.code) == (400, "INVALID_WEBHOOK_URL")
    assert api.send(body(phones(2)), path=PATH, X_Webhook_URL="https://example.com/hook").status == 201
    run()
    assert {message.context["webhook_url"] for message in Message.objects.all()} == {"https://example.com/hook"}


def test_the_status_says_how_far_it_is(broadcast: Broadcasting, run: Run, shown: Any) -> None:
    id = broadcast([*phones(6), sandbox.FAILS, sandbox.IS_READ]).body["broadcast_id"]
    before = shown(id)
    assert (before["status"], before["total"], before["sent"], before["progress_percent"]) == ("queued", 8, 0, 0.0)
    assert before["started_at"] is None
    feed_due()
    fed = shown(id)
    assert (fed["status"], fed["sent"], fed["progress_percent"]) == ("in_progress", 0, 0.0)
    assert fed["started_at"]
    run()
    after = shown(id)
    assert {name: after[name] for name in ("status", "total", "sent", "delivered", "read", "failed", "skipped")} == {
        "status": "completed",
        "total": 8,
        "sent": 7,
        "delivered": 7,
        "read": 1,
        "failed": 1,
        "skipped": 0,
    }
    assert (after["progress_percent"], after["name"]) == (100.0, "January Sale")
    assert after["completed_at"]


def test_the_analytics_say_what_became_of_it(broadcast: Broadcasting, run: Run, shown: Any) -> None:
    to = [*phones(1), sandbox.FAILS, sandbox.IS_READ, sandbox.ANSWERS]
    id = broadcast(to).body["broadcast_id"]
    none_yet = shown(f"{id}/analytics")
    assert (none_yet["total_sent"], none_yet["avg_delivery_time_ms"], none_yet["delivery_rate"]) == (0, None, 0.0)
    run()
    found = shown(f"{id}/analytics")
    assert isinstance(found.pop("avg_delivery_time_ms"), int)
    assert found == {
        "total_sent": 3,
        "delivered": 3,
        "read": 1,
        "replied": 1,
        "delivery_rate": 100.0,
        "read_rate": 33.3,
        "reply_rate": 33.3,
        "failed_reasons": {"SANDBOX_FAILED": 1},
    }


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 6, 1, 12, tzinfo=UTC), tick=False) as clock:
        yield clock


def test_the_average_is_from_the_message_to_its_delivery(
    broadcast: Broadcasting, shown: Any, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.GATEWAY_SANDBOX_PACE = 0
    id = broadcast(phones(2)).body["broadcast_id"]
    feed_due()
    delivery.deliver_due()
    clock.shift(timedelta(seconds=2.34))
    delivery.deliver_due()
    assert shown(f"{id}/analytics")["avg_delivery_time_ms"] == pytest.approx(2340, abs=1)


def test_a_broadcast_that_reaches_nobody_has_failed(broadcast: Broadcasting, run: Run, shown: Any) -> None:
    id = broadcast([sandbox.FAILS]).body["broadcast_id"]
    run()
    after = shown(id)
    assert (after["status"], after["failed"], after["progress_percent"]) == ("failed", 1, 100.0)


def test_what_is_settled_is_read_from_the_row(broadcast: Broadcasting, run: Run, shown: Any) -> None:
    id = broadcast([*phones(2), sandbox.FAILS]).body["broadcast_id"]
    run()
    before = shown(f"{id}/analytics")
    assert settle_due() == 0
    Broadcast.objects.update(due_at="2026-01-01T00:00Z")
    assert settle_due() == 1
    BroadcastRecipient.objects.all().delete()
    assert shown(f"{id}/analytics") == before
    assert (shown(id)["failed"], shown(id)["sent"]) == (1, 2)


# What the message says


def test_the_gaps_are_filled_for_each_contact(broadcast: Broadcasting, acme: Account, run: Run, shown: Any) -> None:
    for phone, name in (("905550000000", "Ada"), ("905550000001", "")):
        contacts.create_contact(acme, address=phone, first_name=name, by=COMMAND)
    id = broadcast(phones(3), template=GREETING).body["broadcast_id"]
    run()
    [message] = Message.objects.all()
    assert message.to == "+905550000000"
    assert message.content["components"][0]["parameters"] == [{"type": "text", "text": "Ada"}]
    assert (shown(id)["failed"], shown(f"{id}/analytics")["failed_reasons"]) == (2, {"CONTACT_FIELD_MISSING": 2})


def test_a_fallback_stands_where_a_contact_has_no_name(broadcast: Broadcasting, run: Run) -> None:
    parameters = [{"type": "text", "text": "{{contact.first_name|friend}}"}]
    template = {**GREETING, "components": [{"type": "body", "parameters": parameters}]}
    broadcast(phones(2), template=template)
    run()
    texts = {message.content["components"][0]["parameters"][0]["text"] for message in Message.objects.all()}
    assert texts == {"friend"}


def test_a_template_of_the_account_is_checked_when_the_broadcast_is_made(
    broadcast: Broadcasting, acme: Account
) -> None:
    components = [{"type": "body", "text": "Sale from {{1}} to {{2}}"}]
    made = templating.create_template(
        acme, name="january_sale", language="pt_BR", category="marketing", components=components, by=COMMAND
    )
    templating.approve_template(made, by=COMMAND)
    answer = broadcast(template=GREETING)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    templating.pause_template(made, by=COMMAND)
    assert broadcast(template=GREETING).code == "TEMPLATE_PAUSED"
    assert not Broadcast.objects.exists()


def test_someone_who_writes_stop_meanwhile_gets_nothing(
    broadcast: Broadcasting, acme: Account, run: Run, shown: Any
) -> None:
    id = broadcast(phones(2)).body["broadcast_id"]
    OptOut.objects.create(account=acme, address="+905550000000")
    Account.objects.filter(pk=acme.pk).update(has_opt_outs=True)
    run()
    assert Message.objects.get().to == "+905550000001"
    assert (shown(id)["skipped"], shown(id)["sent"], shown(id)["failed"]) == (1, 1, 0)


# When, and how fast


def test_a_scheduled_one_waits_for_its_time(
    broadcast: Broadcasting, enterprise: Account, shown: Any, clock: time_machine.Traveller
) -> None:
    answer = broadcast(schedule={"send_at": "2026-06-01T10:00:00-03:00", "timezone": "America/Sao_Paulo"})
    assert answer.body["status"] == "scheduled"
    assert feed_due() == 0
    assert shown(answer.body["broadcast_id"])["scheduled_at"] == "2026-06-01T13:00:00Z"
    clock.shift(timedelta(minutes=61))
    assert feed_due() == 1
    assert shown(answer.body["broadcast_id"])["status"] == "in_progress"


def test_a_local_time_is_read_in_the_zone_that_is_named(
    broadcast: Broadcasting, enterprise: Account, clock: time_machine.Traveller
) -> None:
    broadcast(schedule={"send_at": "2026-06-01T10:00:00", "timezone": "America/Sao_Paulo"})
    assert Broadcast.objects.get().scheduled_at == datetime(2026, 6, 1, 13, tzinfo=UTC)


def test_no_more_wait_for_the_device_than_it_takes(broadcast: Broadcasting, enterprise: Account) -> None:
    broadcast(phones(500))
    Broadcast.objects.update(due_at="2026-01-01T00:00Z")
    while feed_due():
        pass
    assert Message.objects.count() == feeding.LEAST
    Broadcast.objects.update(due_at="2026-01-01T00:00Z")
    assert feed_due() == 0
    while delivery.deliver_due():
        pass
    Broadcast.objects.update(due_at="2026-01-01T00:00Z")
    assert feed_due() == 2 * feeding.LEAST  # twice what went out lately


def test_a_message_sent_by_itself_overtakes_a_broadcast(broadcast: Broadcasting, enterprise: Account, api: Api) -> None:
    broadcast(phones(500))
    feed_due()
    alone = api.send().body["message_id"]
    handed_over = 0
    while api.get(f"/v1/messages/{alone}").body["status"] == "accepted":
        handed_over += delivery.deliver_due(limit=1)
        feed_due()
    assert handed_over <= feeding.LEAST + 1
    assert all(message.priority < 0 for message in Message.objects.filter(context__has_key="broadcast"))


def test_broadcasts_take_turns(broadcast: Broadcasting, enterprise: Account) -> None:
    for name in ("One", "Two"):
        broadcast(phones(50), name=name)
    feed_due(limit=5)
    feed_due(limit=5)
    fed = {broadcast.name: broadcast.status for broadcast in Broadcast.objects.all()}
    assert fed == {"One": "in_progress", "Two": "in_progress"}


def test_a_suspended_accounts_broadcast_stands_still(broadcast: Broadcasting, acme: Account) -> None:
    broadcast(phones(2))
    Account.objects.filter(pk=acme.pk).update(suspended_at=datetime.now(UTC))
    assert feed_due() == 0
    assert not Message.objects.exists()


def test_an_empty_wallet_holds_a_broadcast_up_and_nobody_is_left_out(
    broadcast: Broadcasting, acme: Account, run: Run, settings: Any, shown: Any
) -> None:
    settings.GATEWAY_PRICE = Decimal("1")
    Account.objects.filter(pk=acme.pk).update(wallet=1)
    forget()
    id = broadcast(phones(2)).body["broadcast_id"]
    Account.objects.filter(pk=acme.pk).update(wallet=0)
    assert feed_due() == 0
    assert shown(id)["status"] == "queued"
    Account.objects.filter(pk=acme.pk).update(wallet=5)
    run()
    acme.refresh_from_db()
    assert acme.wallet == Decimal(3)
    assert shown(id)["sent"] == 2


# Workers that die, and requests that break off


def test_a_worker_that_dies_before_the_commit_leaves_nobody_out(
    broadcast: Broadcasting, run: Run, monkeypatch: pytest.MonkeyPatch, shown: Any
) -> None:
    id = broadcast(phones(5)).body["broadcast_id"]

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr("messaging.broadcasts.feeding.rows.update", die)
        with pytest.raises(Died):
            feed_due()
    assert not Message.objects.exists()
    assert feed_due() == 0  # until its lease ends
    run()
    assert shown(id)["sent"] == 5


def test_two_workers_with_one_batch_write_to_nobody_twice(broadcast: Broadcasting) -> None:
    broadcast(phones(5))
    stale = Broadcast.objects.select_related("account", "token", "login", "device").get()
    feed_due()
    feeding._feed(stale, 5)  # a worker whose lease ended while it was held up
    assert Message.objects.count() == 5


def test_a_request_that_broke_off_is_taken_away(
    broadcast: Broadcasting, enterprise: Account, monkeypatch: pytest.MonkeyPatch, shown: Any
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("messaging.broadcasts.staging.caps.check_number", killed)
        dying.setattr("messaging.broadcasts.accepting._take_away", lambda _: None)
        with pytest.raises(Killed):
            broadcast(phones(1500))
    assert BroadcastRecipient.objects.count() == staging.CHUNK
    assert not Broadcast.objects.for_account(enterprise).exists()
    assert feed_due() == 0
    assert discard_due() == 0
    Broadcast.objects.update(due_at="2026-01-01T00:00Z")
    while discard_due():
        pass
    assert not BroadcastRecipient.objects.exists()
    assert not Broadcast.objects.exists()


def test_those_who_listen_are_told_of_each_of_its_messages(
    broadcast: Broadcasting, enterprise: Account, settings: Settings, run: Run
) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = ["127.0.0.1"]
    endpoints.create(enterprise, by=COMMAND, url="http://127.0.0.1:18999/", events=["message.accepted"])
    broadcast(phones(3))
    run()
    told = WebhookEvent.objects.filter(kind="message.accepted").values_list("message", flat=True)
    assert sorted(told) == sorted(Message.objects.values_list("pk", flat=True))
    assert len(told) == 3


# Stopping one


def test_one_that_has_not_begun_is_cancelled(broadcast: Broadcasting, enterprise: Account, api: Api, run: Run) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for answer in (broadcast(), broadcast(schedule={"send_at": at})):
        id = answer.body["broadcast_id"]
        cancelled = api.call("DELETE", f"{PATH}/{id}")
        assert (cancelled.status, cancelled.body) == (200, {"broadcast_id": id, "status": "cancelled"})
        assert api.get(f"{PATH}/{id}").body["status"] == "cancelled"
    Broadcast.objects.update(due_at="2026-01-01T00:00Z")
    run()
    assert not Message.objects.exists()


def test_one_that_runs_or_is_over_cannot_be_cancelled(broadcast: Broadcasting, api: Api, run: Run) -> None:
    id = broadcast(phones(2)).body["broadcast_id"]
    feed_due()
    for _ in range(2):
        refused = api.call("DELETE", f"{PATH}/{id}")
        assert (refused.status, refused.code) == (409, "BROADCAST_IN_PROGRESS")
        run()


def test_a_cancelled_one_leaves_room_for_another_that_day(broadcast: Broadcasting, api: Api) -> None:
    id = broadcast().body["broadcast_id"]
    assert broadcast().code == "BROADCAST_LIMIT"
    api.call("DELETE", f"{PATH}/{id}")
    assert broadcast().status == 201


@pytest.mark.parametrize("id", ["x", "bcast_", "bcast_zzzzzzzzzzz", "bcast_00000000001", "msg_00000000001"])
def test_an_unknown_broadcast_is_not_found(api: Api, id: str) -> None:
    for method, path in (("GET", id), ("GET", f"{id}/analytics"), ("DELETE", id)):
        answer = api.call(method, f"{PATH}/{path}")
        assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_it_answers_under_its_own_folder_too(api: Api) -> None:
    assert api.send(body(), path=f"/startmessaging{PATH}").status == 201
