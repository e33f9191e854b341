"""The log is kept for thirty days, and what belongs to endpoints that are gone goes with them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent
from messaging.webhooks import endpoints, raising
from messaging.webhooks.pruning import prune_webhooks
from tests.messaging.webhooks.conftest import Listen

pytestmark = pytest.mark.django_db
Post = Callable[[], None]


def prune() -> None:
    while prune_webhooks(limit=3):
        pass


def test_events_are_forgotten_after_thirty_days(listen: Listen, acme: Account, post: Post) -> None:
    listen()
    for _ in range(5):
        raising.raise_event(acme.pk, "device.status")
    post()
    with travel(timezone.now() + timedelta(days=29)):
        prune()
    assert WebhookAttempt.objects.count() == 5
    with travel(timezone.now() + timedelta(days=30, minutes=1)):
        prune()
    for model in (WebhookEvent, WebhookDelivery, WebhookAttempt):
        assert not model.objects.exists()
    assert WebhookEndpoint.objects.exists()


def test_a_removed_endpoint_is_forgotten_with_its_calls(listen: Listen, acme: Account, post: Post) -> None:
    gone, kept = listen().endpoint, listen().endpoint
    for _ in range(5):
        raising.raise_event(acme.pk, "device.status")
    post()
    endpoints.remove(gone, by=COMMAND)
    prune()
    assert list(WebhookEndpoint.objects.all()) == [kept]
    assert set(WebhookDelivery.objects.values_list("endpoint", flat=True)) == {kept.pk}


def test_a_listener_that_fetches_nothing_any_more_ends(acme: Account) -> None:
    endpoints.create(acme, by=COMMAND, kind=WebhookEndpoint.Kind.LISTENER)
    prune()
    assert WebhookEndpoint.objects.exists()
    with travel(timezone.now() + timedelta(minutes=11)):
        prune()
        prune()
    assert not WebhookEndpoint.objects.exists()
