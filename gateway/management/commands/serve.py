"""`manage.py serve`: the web process, granian in front of Django."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from gateway.lifeline import EXPECTED_PARENT, follow_parent

_DRAIN_SECONDS = 6  # for requests under way, before a worker that still runs is killed


class Command(BaseCommand):
    help = "Serve the gateway over HTTP."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data", help="the data folder")

    def handle(self, *args: Any, **options: Any) -> None:
        follow_parent()
        os.environ[EXPECTED_PARENT] = str(os.getpid())  # for the workers
        Granian(
            "gateway.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=settings.GATEWAY_WEB_THREADS,
            workers_kill_timeout=_DRAIN_SECONDS,
            respawn_failed_workers=True,
            respawn_interval=0.5,
            websockets=False,
            log_enabled=True,
            log_level=LogLevels.error,
        ).serve()
