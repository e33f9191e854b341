"""What may be there once: who else has a name is asked where the database said no."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import workspaces
from messaging.errors import Refusal, Refused
from messaging.models import Workspace
from messaging.webhooks import endpoints

pytestmark = pytest.mark.django_db


def workspace(account: Account) -> None:
    workspaces.create_workspace(account, by=COMMAND, name="Ops")


def webhook(account: Account) -> None:
    endpoints.create(account, by=COMMAND, url="https://example.com/hook", origin="shop", is_by_name=True, name="Ops")


@pytest.mark.parametrize("make", [workspace, webhook])
def test_a_second_one_is_refused(acme: Account, make: Callable[[Account], None]) -> None:
    make(acme)
    with pytest.raises(Refused) as refused:
        make(acme)
    assert (refused.value.refusal, refused.value.field) == (Refusal.EXISTS, "name")
    assert Workspace.objects.count() <= 1


@pytest.mark.parametrize("make", [workspace, webhook])
def test_another_failure_is_not_taken_for_it(
    acme: Account, make: Callable[[Account], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: object) -> None:
        raise IntegrityError("something else")

    monkeypatch.setattr("accounts.audit.record", fails)
    with pytest.raises(IntegrityError, match="something else"):
        make(acme)
