"""Mail on the console, for an installation without a mail server: as people read it, so that links can be followed."""

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """Writes subject, people and text as they are, where a mail server would get lines broken and letters encoded."""

    def write_message(self, message: EmailMessage) -> None:
        head = f"Subject: {message.subject}\nFrom: {message.from_email}\nTo: {', '.join(message.to)}"
        self.stream.write(f"{head}\n\n{message.body}\n{'-' * 79}\n")
