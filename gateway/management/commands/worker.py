"""`manage.py worker`: run the due functions, again and again, until told to stop."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils import timezone

from gateway.lifeline import follow_parent
from messaging.delivery import BATCH
from messaging.models import Recipient
from messaging.nudging import Ear
from messaging.working import run_due

# Seconds for more to come together after a batch that was not full. Many small batches would cost more
# processor time, and take the database's write lock from those who accept messages more often.
_GATHER = 0.02


class Command(BaseCommand):
    help = "Deliver what is due: one loop over the due functions. Several may run at once."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = False
        follow_parent()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        ear = Ear()
        try:
            while not self.stopping:
                done = run_due()
                if not done:
                    ear.wait(_until_next())
                elif done < BATCH:
                    time.sleep(_GATHER)
        finally:
            ear.close()

    def _stop(self, *_: object) -> None:
        self.stopping = True


def _until_next(at_most: float = 1.0) -> timedelta:
    """How long nothing falls due, a second at the most; as long, too, while the database does not answer."""
    wait = timedelta(seconds=at_most)
    try:
        due_at = Recipient.objects.next_due_at()
    except DatabaseError:
        connection.close_if_unusable_or_obsolete()
        return wait
    return min(wait, due_at - timezone.now()) if due_at else wait
