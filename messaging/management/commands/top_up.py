"""`manage.py top_up ACCOUNT AMOUNT`: put prepaid dollars into an account's wallet."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import wallet


class Command(BaseCommand):
    help = "Put prepaid dollars into an account's wallet. An account without one, which sends freely, gets one by this."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("account", type=int, help="the account's number, as the admin site shows it")
        parser.add_argument("amount", help="US dollars, such as 25 or 0.5")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(pk=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']}.", returncode=2)
        try:
            left = wallet.top_up(account, Decimal(options["amount"]), by=COMMAND)
        except InvalidOperation:
            raise CommandError(f"“{options['amount']}” is no amount of dollars.", returncode=2) from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from None
        self.stdout.write(f"{account} has {left} US dollars now.")
