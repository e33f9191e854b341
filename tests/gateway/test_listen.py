"""`./gw listen` where it cannot begin. `tests/live/test_webhooks.py` has one that listens."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.messaging.webhooks.receiver import receiving


@pytest.fixture(autouse=True)
def allowed(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = []  # which the command adds to


@pytest.mark.parametrize("address", ["localhost:3000/in", "/in", "ftp://localhost/in"])
def test_it_forwards_to_an_address_alone(address: str) -> None:
    with pytest.raises(CommandError, match="The address must be an http or https address"):
        call_command("listen", "--token", "any", "--forward", address)


def test_it_listens_to_a_gateway_alone() -> None:
    with receiving() as other, pytest.raises(CommandError, match="What answers there is no gateway"):
        call_command("listen", "--token", "any", "--url", other.url)
