"""Keeping child processes alive, and ending all of them together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.lifeline import EXPECTED_PARENT

STOP_WITHIN = 9.0  # seconds that children get to end by themselves
_HEALTHY_AFTER = 30.0  # seconds of running after which a crash starts the back-off anew
_BACK_OFF = (0.1, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before each restart in a row


@dataclass
class Child:
    """One `manage.py` command in a process group of its own."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603  our own command line
            [sys.executable, sys.argv[0], *self.command],
            env=os.environ | {EXPECTED_PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill_group(self) -> None:
        """End whatever is left of the child and of the processes it started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Starts the children, restarts those that end, and stops them all when told to."""

    def __init__(self, children: Sequence[Child], say: Callable[[str], None]) -> None:
        self.children = children
        self.say = say
        self.stopping = threading.Event()

    def obey_signals(self) -> None:
        """Take SIGTERM and SIGINT from now on as the wish to stop."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopping.set())

    def run(self, *, on_start: Callable[[], None]) -> None:
        """Return once told to stop and everything has ended. `on_start` runs beside, when the children are started."""
        if self.stopping.is_set():
            return
        for child in self.children:
            child.start()
        threading.Thread(target=on_start, daemon=True).start()
        try:
            while not self.stopping.wait(0.1):
                self._look_after()
        finally:
            self.stop()

    def _look_after(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.restart_at and now >= child.restart_at:
                child.restart_at = 0.0
                child.start()
            elif not child.restart_at and child.has_ended():
                self._plan_restart(child, now)

    def _plan_restart(self, child: Child, now: float) -> None:
        """Kill what is left of the child's group, then wait a little longer after each failure in a row."""
        child.kill_group()
        child.failures = 0 if now - child.started_at > _HEALTHY_AFTER else child.failures
        pause = _BACK_OFF[min(child.failures, len(_BACK_OFF) - 1)]
        child.failures += 1
        child.restart_at = now + pause
        self.say(f"The {child.name} process ended ({_how(child)}). Starting it again in {pause:g} s.")

    def stop(self) -> None:
        """Ask every child to end, wait, and kill what is left."""
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_WITHIN
        for child in self.children:
            if child.process:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            child.kill_group()


def _how(child: Child) -> str:
    code = child.process.returncode if child.process else 0
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
