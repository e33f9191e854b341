"""What tests of webhooks share: a receiver, endpoints, and posting all that is due."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging.models import WebhookDelivery, WebhookEndpoint
from messaging.webhooks import endpoints, posting
from tests.messaging.webhooks.receiver import HOST, Receiver, receiving

Listen = Callable[..., "Listening"]


class Listening(NamedTuple):
    """An endpoint and its secret."""

    endpoint: WebhookEndpoint
    secret: str

    @property
    def fresh(self) -> WebhookEndpoint:
        return WebhookEndpoint.objects.select_related("account").get(pk=self.endpoint.pk)


@pytest.fixture(autouse=True)
def loopback_is_listed(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def listen(acme: Account, receiver: Receiver) -> Listen:
    """Register an endpoint of acme at the receiver."""

    def make(**asked: Any) -> Listening:
        account = asked.pop("account", acme)
        return Listening(*endpoints.create(account, by=COMMAND, **{"url": receiver.url, **asked}))

    return make


@pytest.fixture
def post() -> Callable[[], None]:
    """Post all that is due."""
    return posting.post_all


@pytest.fixture
def later() -> Callable[[timedelta], None]:
    """Let time pass for what waits: it falls due so much sooner."""

    def pass_time(time: timedelta) -> None:
        WebhookDelivery.objects.exclude(due_at=None).update(due_at=F("due_at") - time)
        WebhookEndpoint.objects.filter(opens_at__gt=timezone.now()).update(opens_at=None)

    return pass_time
