"""The prepaid wallet: what a message costs, and that sending stops where the money ends.

An account without a wallet sends freely, and nothing is asked or counted for it. What a sandbox token sends costs
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Round

from accounts.audit import Actor, record
from accounts.models import Account
from messaging.errors import Refusal, Refused

PLACES = 6  # of a dollar's decimals, in the column and in what is taken


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request takes from its account's wallet."""

    account_id: int
    amount: Decimal


def charge_for(account: Account, recipients: int, *, is_sandbox: bool) -> Charge | None:
    """Return what so many recipients cost, None where nothing is charged."""
    if account.wallet is None or is_sandbox or not settings.GATEWAY_PRICE:
        return None
    return Charge(account.pk, settings.GATEWAY_PRICE * recipients)


def require(account: Account, *, is_sandbox: bool) -> None:
    """Raise Refused(BALANCE) where a message would be charged to an empty wallet."""
    if charge_for(account, 1, is_sandbox=is_sandbox):
        _refuse_empty(account.pk, Decimal())


def take(charges: Iterable[Charge | None]) -> None:
    """Take the charges, in the caller's transaction: each from a wallet with something in it, so that only the
    last may take more than there is.

    Raises Refused(BALANCE) where one finds its wallet at or below zero; the transaction is to be undone then.
    """
    wanted: dict[int, list[Decimal]] = {}
    for charge in charges:
        if charge:
            wanted.setdefault(charge.account_id, []).append(charge.amount)
    for account_id, amounts in sorted(wanted.items()):  # in one order for every writer: PostgreSQL finds no deadlock
        before_last = sum(amounts[:-1], Decimal())
        # Rounded, since SQLite counts with floating point.
        left = Round(F("wallet") - sum(amounts, Decimal()), PLACES)
        if not Account.objects.filter(pk=account_id, wallet__gt=before_last).update(wallet=left):
            _refuse_empty(account_id, before_last)


def top_up(account: Account, amount: Decimal, *, by: Actor) -> Decimal:
    """Put dollars into the account's wallet and return what is in it; an account without one gets it by this.

    Raises ValidationError for what is no positive amount, or more than a wallet holds.
    """
    if not amount.is_finite() or amount <= 0:
        raise ValidationError("Only an amount above zero can be put into a wallet.")
    with transaction.atomic():
        held = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        before = held.wallet
        left: Decimal = Account._meta.get_field("wallet").clean((before or Decimal()) + amount, held)
        held.wallet = left
        held.save(update_fields=["wallet"])
        changes = {"wallet": [None if before is None else str(before), str(left)]}
        record(account=held, actor=by, action="account.topped_up", target=held, changes=changes)
    return left


def _refuse_empty(account_id: int, spoken_for: Decimal) -> None:
    """Raise Refused(BALANCE) unless there is more in the wallet, or no wallet any more."""
    if Account.objects.filter(pk=account_id, wallet__lte=spoken_for).exists():
        raise Refused(Refusal.BALANCE, "The account's wallet is empty.")
