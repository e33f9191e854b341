"""Events are written with what causes them, for those who listen and for nobody else."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import delivery, routing, timeline
from messaging.devices import remove_device
from messaging.models import Recipient, WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.states import State
from messaging.webhooks import endpoints, raising
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.conftest import Listen

pytestmark = pytest.mark.django_db


def test_an_event_goes_when_the_change_that_caused_it_goes(listen: Listen, send: Send) -> None:
    listen()
    row = Recipient.objects.get(message=send())

    with transaction.atomic():
        timeline.record([timeline.Step(row.pk, State.SENT)])
        assert WebhookEvent.objects.count() == 1
        transaction.set_rollback(True)
    assert not WebhookEvent.objects.exists()
    row.refresh_from_db()
    assert row.state == State.ACCEPTED


def test_a_late_or_doubled_report_raises_nothing(listen: Listen, send: Send) -> None:
    listen()
    row = Recipient.objects.get(message=send())
    timeline.record([timeline.Step(row.pk, State.DELIVERED)])
    timeline.record([timeline.Step(row.pk, State.SENT), timeline.Step(row.pk, State.DELIVERED)])
    assert list(WebhookEvent.objects.values_list("kind", flat=True)) == ["message.delivered"]


def test_a_device_that_is_taken_out_is_told_to_be_offline(listen: Listen, acme: Account) -> None:
    listen(events=["device.status"])
    device = routing.sandbox(acme)
    remove_device(device, by=COMMAND)
    remove_device(device, by=COMMAND)
    event = WebhookEvent.objects.get()
    assert (event.kind, event.device_ref, event.data) == ("device.status", device.pk, {"status": "disconnected"})


def test_states_that_follow_at_once_are_each_told(listen: Listen, send: Send) -> None:
    listen()
    row = Recipient.objects.get(message=send())
    timeline.record([timeline.Step(row.pk, State.SENT), timeline.Step(row.pk, State.DELIVERED)])
    assert list(WebhookEvent.objects.values_list("kind", flat=True)) == ["message.sent", "message.delivered"]


def test_an_account_without_webhooks_asks_nothing_and_stores_nothing(send: Send, deliver: Deliver) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        send()
        while delivery.deliver_due():
            pass
    assert not any("webhookendpoint" in query["sql"] or "webhookevent" in query["sql"] for query in asked)
    assert not WebhookEvent.objects.exists()


def test_who_listens_is_read_once_and_not_for_each_message(listen: Listen, send: Send, deliver: Deliver) -> None:
    listen()
    send()
    deliver()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(5):
            send()
            deliver()
    assert not any('FROM "messaging_webhookendpoint"' in query["sql"] for query in asked)
    assert WebhookEvent.objects.filter(kind="message.sent").count() == 6


def test_a_change_of_an_endpoint_holds_from_the_next_event(acme: Account, listen: Listen) -> None:
    listening = listen(events=["device.status"])
    happen: Callable[[], None] = lambda: raising.raise_event(acme.pk, "device.status")  # noqa: E731
    happen()
    endpoints.change(listening.fresh, by=COMMAND, events=["message.sent"])
    happen()
    endpoints.change(listening.fresh, by=COMMAND, events=["device.status"])
    happen()
    endpoints.remove(listening.fresh, by=COMMAND)
    happen()
    assert WebhookEvent.objects.count() == 2


def test_another_accounts_endpoint_hears_nothing(other: Account, listen: Listen, send: Send, deliver: Deliver) -> None:
    listen(account=other)
    send()
    deliver()
    assert not WebhookEvent.objects.exists()


def test_addresses_of_one_host_share_a_lane(send: Send, deliver: Deliver) -> None:
    for place in ("https://a.example/1", "https://a.example/2?x=1", "https://A.EXAMPLE/3", "https://b.example/1"):
        send(context={"webhook_url": place})
    deliver()
    hosts = WebhookEndpoint.objects.filter(kind="given").order_by("url")
    assert [host.url for host in hosts] == ["https://a.example/", "https://b.example/"]
    urls = WebhookDelivery.objects.filter(endpoint=hosts[0]).values_list("url", flat=True)
    assert set(urls) == {"https://a.example/1", "https://a.example/2?x=1", "https://A.EXAMPLE/3"}
