"""What protects an account as a whole: the addresses from which its credentials may be used."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.audit import Actor, record
from accounts.models import Account, Membership
from accounts.networks import parse_network
from accounts.roles import Can


def set_networks(account: Account, networks: Iterable[str], *, by: Actor, grantor: Membership | None) -> None:
    """Let the account's credentials be used from these addresses and networks alone; none means from anywhere.

    Raises ValueError for what is no network, PermissionDenied where the member's role does not reach.
    """
    if grantor is not None and (grantor.account_id != account.pk or not grantor.may(Can.MANAGE_ACCOUNT)):
        raise PermissionDenied
    wanted = list(dict.fromkeys(parse_network(text) for text in networks))
    with transaction.atomic():
        row = Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)
        before = row.allowed_networks
        if wanted != before:
            row.allowed_networks = wanted
            row.save(update_fields=["allowed_networks"])
            changes = {"allowed_networks": [before, wanted]}
            record(account=row, actor=by, action="account.networks_changed", target=row, changes=changes)
    account.allowed_networks = wanted
