"""`manage.py up`: the one command. Prepares everything, then keeps the web and worker processes running."""

import os
import socket
import time
from argparse import ArgumentTypeError
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from accounts.first_run import make_link
from accounts.models import User
from gateway import launching
from gateway.checks import TAG
from gateway.collecting import collect_static
from gateway.launching import CannotStart
from gateway.supervising import Child, Supervisor


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


class Command(BaseCommand):
    help = "Run the gateway: one command, one machine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=_port, default=8000, help="the port to listen on (8000)")
        parser.add_argument("--data", help="the data folder (./data, or GATEWAY_DATA_DIR)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._run(options["host"], options["port"])
        except CannotStart as error:
            self.stderr.write(str(error))
            raise SystemExit(2) from None

    def _run(self, host: str, port: int) -> None:
        self._check_settings()
        folder = Path(settings.DATA_DIR)
        made = launching.prepare_data_folder(folder)
        if not settings.SECRET_KEY_IS_GIVEN:
            settings.SECRET_KEY = made
        host = launching.address_of(host)
        with launching.held(folder) as predecessor_was_killed:
            launching.check_port(host, port, predecessor_was_killed=predecessor_was_killed)
            os.environ.setdefault("GATEWAY_URL", f"http://localhost:{port}")
            self._supervise(host, port)
        self._say("Stopped.")

    def _supervise(self, host: str, port: int) -> None:
        children = [
            Child("web", ["serve", "--host", host, "--port", str(port)]),
            Child("worker", ["worker"]),
        ]
        supervisor = Supervisor(children, self._say)
        supervisor.obey_signals()
        link = self._prepare()
        supervisor.run(on_start=lambda: self._announce(host, port, link, supervisor))

    def _check_settings(self) -> None:
        """Say what is odd about the settings; raise CannotStart for the first that is wrong."""
        for message in run_checks(tags=[TAG]):
            sentence = f"{message.msg} {message.hint or ''}".strip()
            if message.is_serious(ERROR):
                raise CannotStart(sentence)
            self._say(sentence)

    def _prepare(self) -> str:
        """Bring the database and the static files up to date; return the first-run link's path, if one is due."""
        self._say("Preparing the database and the static files.")
        try:
            call_command("migrate", verbosity=0, interactive=False)
            link = "" if User.objects.exists() else make_link()
        except DatabaseError as error:
            raise CannotStart(f"The database cannot be used: {str(error).strip()}.") from error
        finally:
            connections.close_all()
        collect_static()
        return link

    def _announce(self, host: str, port: int, link: str, supervisor: Supervisor) -> None:
        """Say where the gateway is once it answers there."""
        while not _answers(host, port):
            if supervisor.stopping.wait(0.1):
                return
        address = os.environ["GATEWAY_URL"]
        self._say(f"Gatehouse is running at {address}")
        if link:
            self._say(f"First run: create the owner at {address}{link}")
        self._say("Press Ctrl-C to stop.")

    def _say(self, text: str) -> None:
        self.stdout.write(f"{time.strftime('%H:%M:%S')}  {text}")
        self.stdout.flush()


def _answers(host: str, port: int) -> bool:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  read, not bound
    try:
        with closing(socket.create_connection((reachable, port), timeout=1)):
            return True
    except OSError:
        return False
