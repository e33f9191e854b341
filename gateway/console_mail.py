"""Mail on the console, for an installation without a mail server: as people read it, so that links can be followed."""

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """Writes subject, people, files' names and text, where a server would get lines broken and letters encoded."""

    def write_message(self, message: EmailMessage) -> None:
        head = [f"Subject: {message.subject}", f"From: {message.from_email}", f"To: {', '.join(message.to)}"]
        head += [f"Attached: {name}" for name, *_ in (one for one in message.attachments if isinstance(one, tuple))]
        self.stream.write("\n".join([*head, "", str(message.body), "-" * 79, ""]))
