"""`manage.py bootstrap`: an account with everything a program needs to send, for scripts and Compose."""

import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import DatabaseError, transaction

from accounts.audit import COMMAND, Actor
from accounts.models import Account, User
from accounts.opening import create_person, open_account
from accounts.roles import Role
from gateway.launching import CannotStart, prepare_data_folder
from messaging import routing
from tokens import issuing
from tokens.scopes import KeyType

_NAMES = {
    KeyType.PRODUCTION: "Bootstrap, production",
    KeyType.SANDBOX: "Bootstrap, sandbox",
    KeyType.READ_ONLY: "Bootstrap, read-only",
}
_LOGIN = "Bootstrap"


class Command(BaseCommand):
    help = (
        "Make, or find, an account with its owner, three tokens, an API login and a sandbox device. "
        "Running it again changes nothing and shows no secret again."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="the owner's e-mail address")
        parser.add_argument("--password", help="the owner's password; made up and shown if not given")
        parser.add_argument("--account", default="Main", help="the account's name (Main)")
        parser.add_argument("--data", help="the data folder (./data, or GATEWAY_DATA_DIR)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prepare_data_folder(Path(settings.DATA_DIR))
        except CannotStart as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from None
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"“{options['email']}” is not an e-mail address.", returncode=2) from error
        try:
            call_command("migrate", verbosity=0, interactive=False)
            with transaction.atomic():
                made = bootstrap(email=options["email"].lower(), password=options["password"], name=options["account"])
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {str(error).strip()}.", returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            self._explain(made)

    def _explain(self, made: dict[str, Any]) -> None:
        self.stdout.write(f"Account {made['account']}, owner {made['email']}")
        shown = {
            "Password": made["password"],
            **{f"Token, {type.replace('_', '-')}": secret for type, secret in made["tokens"].items()},
            "API login": made["api_login"]["username"],
            "API login's password": made["api_login"]["password"],
            "Private token": made["private_token"],
            "Sandbox device": made["devices"]["sandbox"],
        }
        for what, secret in shown.items():
            self.stdout.write(f"{what}: {secret or '(shown once, when it was made)'}")


def bootstrap(*, email: str, password: str | None, name: str) -> dict[str, Any]:
    """Make what is missing and return all of it; secrets are None unless made just now."""
    owner, shown_password = _owner(email, password)
    by = replace(COMMAND, user=owner)  # whose login and tokens these are
    account = _account(owner, name, by)
    login, login_password = _login(account, by)
    return {
        "account": account.name,
        "email": owner.email,
        "password": shown_password,
        "tokens": {type.value: _token(account, type, by) for type in _NAMES},
        "api_login": {"username": login, "password": login_password},
        "private_token": issuing.ensure_private_token(account, by=by),
        "devices": {"sandbox": routing.sandbox(account).digits},
    }


def _owner(email: str, password: str | None) -> tuple[User, str | None]:
    if found := User.objects.filter(email=email).first():
        return found, None
    chosen = password or secrets.token_urlsafe(12)
    is_first = not User.objects.exists()  # the first person runs the installation
    return create_person(email=email, password=chosen, is_operator=is_first), chosen


def _account(owner: User, name: str, by: Actor) -> Account:
    mine = Account.objects.filter(memberships__user=owner, memberships__role=Role.OWNER, name=name)
    return mine.first() or open_account(user=owner, name=name, by=by)


def _token(account: Account, type: KeyType, by: Actor) -> str | None:
    if account.tokens.filter(name=_NAMES[type]).exists():
        return None
    return issuing.create_token(account=account, name=_NAMES[type], type=type, by=by, grantor=None)[1]


def _login(account: Account, by: Actor) -> tuple[str, str | None]:
    if found := account.api_logins.filter(name=_LOGIN).first():
        return found.username, None
    login, password = issuing.create_login(account=account, name=_LOGIN, by=by, grantor=None)
    return login.username, password
