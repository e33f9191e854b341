"""Mail on the console, for an installation without a mail server: as people read it, so that links can be followed."""

from email.message import EmailMessage as Message
from email.policy import default
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import console

# Long lines and other letters than ASCII stay as they are, where a mail server would get them encoded.
_LEGIBLE = default.clone(max_line_length=998, cte_type="8bit", utf8=True)


class EmailBackend(console.EmailBackend):
    def write_message(self, message: EmailMessage) -> None:
        legible: Message[Any, Any] = message.message(policy=_LEGIBLE)
        self.stream.write(f"{legible.as_bytes().decode(errors='replace')}\n{'-' * 79}\n")
