"""`manage.py audit verify` and `manage.py audit export`: the record of who changed what."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

from accounts import audit
from accounts.models import AuditEntry


class Command(BaseCommand):
    help = "Check that no audit entry was changed or removed, or write them all as JSON lines."

    def add_arguments(self, parser: CommandParser) -> None:
        doing = parser.add_subparsers(dest="do", required=True)
        verify = doing.add_parser("verify", help="Check every chain of entries; fails if one does not hold.")
        export = doing.add_parser("export", help="Write the entries, oldest first, one JSON object a line.")
        export.add_argument("--account", type=int, help="Only this account's.")
        for each in (verify, export):
            each.add_argument("--data", help="the data folder (./data, or GATEWAY_DATA_DIR)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["do"] == "verify":
                self._verify()
            else:
                self._export(options["account"])
        except (OperationalError, ProgrammingError) as error:
            where = f"The database cannot be read: {error}. Is --data, or GATEWAY_DATA_DIR, the folder that `up` uses?"
            raise CommandError(where) from None
        except BrokenPipeError:  # whoever reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _verify(self) -> None:
        broken = 0
        for verdict in audit.verify():
            whose = str(verdict.chain.account or "the gateway itself")
            if verdict.complaint:
                broken += 1
                self.stdout.write(self.style.ERROR(f"{whose}: {verdict.complaint}"))
            else:
                self.stdout.write(
                    f"{whose}: {verdict.good} entries hold, the last is {verdict.chain.digest[:16] or '-'}"
                )
        if before := AuditEntry.objects.filter(number=None).count():
            self.stdout.write(f"{before} entries are older than the chain.")
        if broken:
            raise CommandError(f"{broken} chains do not hold.")

    def _export(self, account: int | None) -> None:
        entries = AuditEntry.objects.order_by("pk")
        if account is not None:
            entries = entries.filter(account=account)
        for entry in entries.iterator():
            sys.stdout.write(json.dumps(audit.told(entry)) + "\n")
