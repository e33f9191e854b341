"""`manage.py worker`: run the due functions, again and again, until told to stop."""

from __future__ import annotations

import signal
import threading
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils import timezone

from gateway.lifeline import follow_parent
from messaging.delivery import BATCH
from messaging.models import Recipient
from messaging.nudging import Ear, bell
from messaging.working import CLOSING, DELIVERING, LANES, run_due

# Seconds for more to come together after a batch that was not full. Many small batches would cost more
# processor time, and take the database's write lock from those who accept messages more often.
_GATHER = 0.02
_AT_MOST = 1.0  # seconds that a lane sleeps although nobody woke it
_LAST_WORDS = 5.0  # seconds that a lane has to finish what it holds; its leases bring back the rest


class Lane(threading.Thread):
    """Runs one lane's due functions whenever it is woken, and every second."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.awake = bell(name)
        self.stopping = False

    def run(self) -> None:
        while not self.stopping:
            if not run_due(self.name):
                self.awake.wait(_AT_MOST)
                self.awake.clear()
        if close := CLOSING.get(self.name):
            close()
        connection.close()


class Command(BaseCommand):
    help = "Deliver what is due: a loop over each lane's due functions. Several may run at once."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = False
        follow_parent()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        ear = Ear()
        lanes = [Lane(name) for name in LANES if name != DELIVERING]
        for lane in lanes:
            lane.start()
        try:
            while not self.stopping:
                done = run_due(DELIVERING)
                if not done:
                    ear.wait(_until_next())
                for lane in lanes:
                    lane.awake.set()
                if 0 < done < BATCH:
                    time.sleep(_GATHER)
        finally:
            for lane in lanes:
                lane.stopping = True
                lane.awake.set()
            until = time.monotonic() + _LAST_WORDS
            CLOSING[DELIVERING]()
            for lane in lanes:
                lane.join(max(0.0, until - time.monotonic()))
            ear.close()

    def _stop(self, *_: object) -> None:
        self.stopping = True


def _until_next(at_most: float = _AT_MOST) -> timedelta:
    """How long nothing falls due, a second at the most; as long, too, while the database does not answer."""
    wait = timedelta(seconds=at_most)
    try:
        due_at = Recipient.objects.next_due_at()
    except DatabaseError:
        connection.close_if_unusable_or_obsolete()
        return wait
    return min(wait, due_at - timezone.now()) if due_at else wait
