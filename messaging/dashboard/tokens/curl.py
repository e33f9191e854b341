"""First requests as a terminal takes them: one for each API style, with the reader's own host."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from shlex import quote

from django.conf import settings

from accounts.models import Account
from messaging import dialect, routing
from messaging.dashboard.hosts import base_of
from messaging.dialect import Example

VARIABLE = "GATEWAY_TOKEN"
RECIPIENT = "15550100100"
PROMPT = f"# asks for the token, so that it stays out of your shell's history\nread -rs {VARIABLE}\n"
OWN = Example(
    title="Send a text",
    method="POST",
    path="api/v1/messages",
    headers={"Authorization": "Bearer $TOKEN", "Content-Type": "application/json"},
    body={"to": "+$TO", "text": "Hello from the gateway"},
)


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    label: str
    code: str

    @property
    def anchor(self) -> str:
        return f"command-{self.name}"

    @property
    def tabs(self) -> list[dict[str, object]]:
        """The head of a block that shows this one alone; following it leads nowhere else."""
        return [{"url": f"#{self.anchor}", "label": self.label, "current": True}]


def commands(account: Account, dialects: Collection[str] = ()) -> list[Command]:
    """Return how to send a first message in each API style, or in those that are named."""
    device = routing.sandbox(account).digits
    own = Command(dialect.OWN_API, settings.GATEWAY_NAME, _curl(OWN, settings.GATEWAY_URL, device))
    taking = [d for d in dialect.found().values() if d.takes_tokens and not d.takes_logins]  # a token is enough
    others = [Command(d.name, d.label, _curl(d.send, base_of(d, d.send.path), device)) for d in taking]
    return [command for command in (own, *others) if not dialects or command.name in dialects]


def _curl(example: Example, base: str, device: str) -> str:
    def fill(text: str) -> str:
        return text.replace("$TOKEN", f"${VARIABLE}").replace("$TO", RECIPIENT).replace("$DEVICE", device)

    lines = [f"curl -X {example.method} {base}/{fill(example.path)}"]
    lines += [f'-H "{name}: {fill(value)}"' for name, value in example.headers.items()]
    if example.body is not None:
        lines.append(f"-d {quote(fill(json.dumps(example.body, ensure_ascii=False)))}")
    return PROMPT + " \\\n  ".join(lines)
