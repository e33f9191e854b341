"""Rules about devices, the queue and webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Min, Q

from messaging.alerting.rule import Finding, Number, Rule, Scope, Subject
from messaging.ids import EPOCH, first_at, time_of
from messaging.models import Device, Recipient, WebhookEndpoint
from messaging.models.webhooks import FAILING_AT
from messaging.states import State

_A_DAY = timedelta(days=1)
_MOST_WAITING = 20_000  # rows looked at; a longer queue of old ones hides nobody's for long, as its rows take turns


def _minutes(scope: Scope, account_id: int) -> timedelta:
    return timedelta(minutes=scope.number(account_id, "minutes"))


def find_offline(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the devices that asked for no work for so long, and those without such a time that are disconnected."""
    there = Device.objects.filter(removed_at=None, account__suspended_at=None)
    unseen = there.filter(last_seen_at__lt=now - timedelta(minutes=scope.loosest("minutes")))
    cut_off = there.filter(status=Device.Status.DISCONNECTED, last_seen_at=None)
    for device in (*unseen, *cut_off):
        if device.last_seen_at is None or now - device.last_seen_at > _minutes(scope, device.account_id):
            yield Finding(
                device.account_id, Subject.DEVICE, device.pk, device.name, f"The device {device.name} is offline."
            )


def find_waiting(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the accounts whose oldest message that waits for its device waits for so long."""
    until = now - timedelta(minutes=scope.loosest("minutes"))
    waits = Q(message__scheduled_at=None) | Q(message__scheduled_at__lt=until)
    queue = Recipient.objects.filter(waits, due_at__gte=EPOCH, due_at__lt=now + _A_DAY, state=State.ACCEPTED)
    some = list(queue.filter(pk__lt=first_at(until)).order_by("due_at").values_list("pk", flat=True)[:_MOST_WAITING])
    scope.is_partial = len(some) == _MOST_WAITING
    yield from _oldest(scope, now, some)


def _oldest(scope: Scope, now: datetime, ids: Iterable[int]) -> Iterator[Finding]:
    rows = Recipient.objects.filter(pk__in=ids, message__account__suspended_at=None).order_by()
    groups = rows.values_list("message__account", "message__account__name")
    for account_id, name, first, scheduled in groups.annotate(Min("message"), Min("message__scheduled_at")):
        since = max(time_of(first), scheduled or EPOCH)
        if now - since > _minutes(scope, account_id):
            text = "Messages wait for their device longer than they should."
            yield Finding(account_id, Subject.ACCOUNT, account_id, name, text)


def find_failing_webhooks(scope: Scope, now: datetime) -> Iterator[Finding]:
    """Find the endpoints whose calls have all failed for so long, and those that were switched off for it."""
    until = now - timedelta(minutes=scope.loosest("minutes"))
    failing = WebhookEndpoint.objects.filter(
        Q(status=WebhookEndpoint.Status.OFF) | Q(status=WebhookEndpoint.Status.ACTIVE, failures__gte=FAILING_AT),
        failing_since__lte=until,
        removed_at=None,
        account__suspended_at=None,
    )
    for endpoint in failing:
        if endpoint.failing_since and now - endpoint.failing_since >= _minutes(scope, endpoint.account_id):
            name = str(endpoint)
            text = f"Every call to {endpoint.host} has failed."
            yield Finding(endpoint.account_id, Subject.WEBHOOK, endpoint.pk, name, text)


OFFLINE = Rule(
    "device_offline",
    "A device is offline for {minutes} minutes",
    find_offline,
    {"minutes": Number(10, 1, 10_080, "Minutes")},
)
QUEUE = Rule(
    "queue_old",
    "A message waits for its device for {minutes} minutes",
    find_waiting,
    {"minutes": Number(30, 1, 10_080, "Minutes")},
    seconds=60.0,
)
WEBHOOK = Rule(
    "webhook_failing",
    "Every call to a webhook fails for {minutes} minutes",
    find_failing_webhooks,
    {"minutes": Number(15, 0, 10_080, "Minutes")},
)
