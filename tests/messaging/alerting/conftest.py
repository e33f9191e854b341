"""What tests of alerts share: looking, reading letters, using tokens from somewhere, and letting time pass."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import alerting
from messaging.alerting import signatures, watching
from messaging.models import Alert
from tests.messaging.webhooks.conftest import later, listen, loopback_is_listed, post, receiver  # noqa: F401  fixtures
from tokens import issuing, usage
from tokens.authentication import forget
from tokens.models import Token

HOME, AWAY = "198.51.100.7", "203.0.113.9"

Look = Callable[[], int]
Letters = Callable[[], list[EmailMessage]]
Issue = Callable[..., tuple[Token, str]]
Use = Callable[..., Any]
Wait = Callable[..., None]


@pytest.fixture(autouse=True)
def no_keys_known() -> None:
    signatures.forget()


@pytest.fixture
def look() -> Look:
    """Have every rule looked at once; returns how many alerts began or ended."""

    def run() -> int:
        watching.forget()
        return alerting.watch()

    return run


@pytest.fixture
def letters() -> Letters:
    """Send the letters that are due and return all that were sent so far."""

    def run() -> list[EmailMessage]:
        while alerting.send_letters():
            pass
        return mail.outbox

    return run


@pytest.fixture
def issue(acme: Account) -> Issue:
    """Make a token in acme, whose plan lets tests ask as fast as they can."""
    Plan.objects.update(requests_per_second=1_000_000)

    def make(name: str = "ERP", **asked: Any) -> tuple[Token, str]:
        return issuing.create_token(**{"account": acme, "name": name, "by": COMMAND, "grantor": None, **asked})

    return make


@pytest.fixture
def use() -> Use:
    """Ask our own API with a token, from an address, and write down that it was used."""

    def ask(secret: str, address: str = HOME) -> Any:
        forget()
        answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}, REMOTE_ADDR=address)
        usage.flush()
        return answer

    return ask


@pytest.fixture
def wait(time_machine: TimeMachineFixture) -> Wait:
    """Let time pass."""

    def move(**time: float) -> None:
        time_machine.move_to(timezone.now() + timedelta(**time))

    return move


def told(account: Account) -> list[str]:
    """Return what is open, the oldest first."""
    return [alert.text for alert in Alert.objects.for_account(account).open().order_by("pk")]


def codes(account: Account) -> list[str]:
    return sorted(Alert.objects.for_account(account).open().values_list("code", flat=True))


def choose(account: Account, code: str, **change: Any) -> None:
    """Change one rule in an account."""
    alerting.change_rules(account, {code: change}, by=COMMAND)  # type: ignore[dict-item]  # tests ask anything


def only_rule(account: Account, code: str, **change: Any) -> None:
    """Switch off every rule but one."""
    others: dict[str, Any] = {name: {"is_on": False} for name in alerting.RULES if name != code}
    alerting.change_rules(account, {**others, code: change}, by=COMMAND)  # type: ignore[dict-item]  # tests ask anything
