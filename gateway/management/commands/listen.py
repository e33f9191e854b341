"""`./gw listen --forward http://localhost:3000/hook`: events of a gateway, at a developer's own desk.

It registers a webhook without an address, fetches its calls, makes them, signed as they would be, and tells the
gateway what was answered. The gateway may be anywhere: only this end asks.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from getpass import getpass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from messaging import outgoing

_PAUSE = 0.5  # seconds between two looks when there was nothing
_AGAIN = 2.0  # seconds to wait for a gateway that does not answer
_TIMEOUT = 30.0
_MOST_ANSWER, _MOST_CALLS = 4096, 4 * 1024 * 1024
_ANY = ("http", "https")
_SHOWN = 70  # characters of an answer


class Refused(Exception):
    """Raised where the gateway says no; `status` tells why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Gateway:
    """The API of the gateway that is listened to."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what the API answers; raises Refused, and outgoing's Failed while nobody is there."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        answer = outgoing.request(
            method,
            f"{self.url}/api/v1/{path}",
            headers=headers,
            content=b"" if body is None else json.dumps(body).encode(),
            timeout=_TIMEOUT,
            most_bytes=_MOST_CALLS,
            schemes=_ANY,
        )
        if answer.status >= 400:
            raise Refused(answer.status, _sentence(answer.body) or f"It answered {answer.status}.")
        try:
            return json.loads(answer.body) if answer.body else None
        except ValueError:
            raise Refused(answer.status, "What answers there is no gateway.") from None


def _sentence(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""


class Command(BaseCommand):
    help = "Print a gateway's events and forward them, signed, to an address of yours."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--forward", metavar="URL", help="where to post each event, such as http://localhost:3000/hook"
        )
        parser.add_argument("--url", default=settings.GATEWAY_URL, help="the gateway (default: %(default)s)")
        parser.add_argument("--token", help="an API token; else GATEWAY_TOKEN, else you are asked")
        parser.add_argument("--event", action="append", default=[], metavar="NAME", help="only these events")
        parser.add_argument("--format", default="standard", help="how events look (default: %(default)s)")
        parser.add_argument("--secret", help="a signing secret of your own; else a new one is printed")

    def handle(self, *args: Any, **options: Any) -> None:
        token = options["token"] or os.environ.get("GATEWAY_TOKEN") or getpass("API token: ")
        gateway = Gateway(options["url"].rstrip("/"), token.strip())
        # Whoever starts this names both ends by hand: a private address is what they mean.
        named = [urlsplit(url).hostname or "" for url in (gateway.url, options["forward"] or "")]
        settings.GATEWAY_WEBHOOK_ALLOW = [*settings.GATEWAY_WEBHOOK_ALLOW, *filter(None, named)]
        asked = {"events": options["event"], "format": options["format"]}
        if options["secret"]:
            asked["secret"] = options["secret"]
        try:
            if options["forward"]:
                outgoing.check_url(options["forward"], schemes=_ANY)
            made = gateway.ask("POST", "webhooks/listen", asked)
        except (Refused, outgoing.Failed, outgoing.Forbidden) as no:
            raise CommandError(getattr(no, "reason", str(no))) from None
        self.stdout.write(f"Listening at {gateway.url}. Signing secret: {made['secret'] or 'none'}")
        try:
            self._listen(gateway, made["id"], options["forward"])
        except KeyboardInterrupt:
            self._end(gateway, made["id"])

    def _listen(self, gateway: Gateway, id: str, forward: str | None) -> None:
        while True:
            try:
                calls = gateway.ask("GET", f"webhooks/{id}/calls")["items"]
                if calls:
                    gateway.ask(
                        "POST", f"webhooks/{id}/calls", {"items": [self._make(call, forward) for call in calls]}
                    )
                else:
                    time.sleep(_PAUSE)
            except outgoing.Failed as failed:
                self.stderr.write(f"{failed.reason} Trying again.")
                time.sleep(_AGAIN)
            except Refused as refused:
                if refused.status == 429 or refused.status >= 500:
                    time.sleep(_AGAIN)
                    continue
                raise CommandError(f"The gateway says no: {refused}") from None

    def _make(self, call: Mapping[str, Any], forward: str | None) -> dict[str, Any]:
        """Print the event, post it where there is somewhere to, and return what to tell the gateway."""
        self.stdout.write(f"{time.strftime('%H:%M:%S')}  {call['event']}  {call['body']}")
        if not forward:
            return {"id": call["id"], "status": 200, "milliseconds": 0, "text": "printed"}
        begun = time.monotonic()
        try:
            answer = outgoing.request(
                "POST",
                forward,
                headers=call["headers"],
                content=call["body"].encode(),
                timeout=_TIMEOUT,
                most_bytes=_MOST_ANSWER,
                schemes=_ANY,
            )
        except (outgoing.Failed, outgoing.Forbidden) as no:
            self.stdout.write(f"          {no.reason}")
            return {"id": call["id"], "milliseconds": _since(begun), "reason": no.reason}
        text = answer.body.decode("utf-8", "replace")
        self.stdout.write(f"          {answer.status}  {text[:_SHOWN]}")
        return {"id": call["id"], "status": answer.status, "milliseconds": _since(begun), "text": text}

    def _end(self, gateway: Gateway, id: str) -> None:
        try:
            gateway.ask("DELETE", f"webhooks/{id}")
        except (Refused, outgoing.Failed):
            self.stdout.write("The webhook ends by itself within ten minutes.")


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
