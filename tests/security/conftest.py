"""An attacker's tools: alice signed in, her token, and values that programs choke on."""

import pytest

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import routing
from tokens import authentication, issuing


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    authentication.forget()
    routing.forget()


@pytest.fixture
def secret(acme: Account) -> str:
    """The secret of a token that may do everything, as fast as it likes."""
    Plan.objects.update(requests_per_second=1_000_000)
    return issuing.create_token(account=acme, name="ERP", by=COMMAND, grantor=None)[1]
