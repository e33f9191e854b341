"""E-mail, by the mail server of the gateway (Django's `EMAIL_URL`; without one, to the console)."""

from __future__ import annotations

import mimetypes
from email.utils import formataddr, parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any, ClassVar

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.html import strip_tags

from accounts.models import Account
from messaging import media
from messaging.errors import Refused
from messaging.media.storing import clean
from messaging.models import Channel, Media
from messaging.transport import BaseTransport, Outgoing, Receipt, TransportError

_PERMANENT = range(500, 600)  # SMTP replies (RFC 5321, 4.2.1)


class Transport(BaseTransport):
    label = "E-mail"
    is_of_gateway = True
    channels: ClassVar[frozenset[str]] = frozenset({Channel.EMAIL})

    def send_for(self, account: Account, message: Outgoing) -> Receipt:
        mail = _mail(account, message)
        try:
            mail.send()
        except SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (550, b""))
            raise _refused(code, said) from None
        except SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except (SMTPException, OSError) as error:
            raise TransportError(
                "mail_server", f"The mail server cannot be used: {type(error).__name__}.", permanent=False
            ) from None
        return Receipt(reference=mail.extra_headers["Message-ID"])


def _refused(code: int, said: bytes | str) -> TransportError:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return TransportError(f"smtp_{code}", f"The mail server said: {code} {words}"[:255], permanent=code in _PERMANENT)


def _mail(account: Account, message: Outgoing) -> EmailMultiAlternatives:
    """Return the mail; its Message-ID stays the same over retries, so that a second copy is known as one."""
    content = message.content
    body = "\n\n".join(part for part in (content.get("body", ""), content.get("footer", "")) if part)
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    host = sender.rpartition("@")[2] or "localhost"
    is_html = content.get("type") == "text/html"
    mail = EmailMultiAlternatives(
        subject=content["subject"],
        body=strip_tags(body) if is_html else body,
        from_email=formataddr((" ".join(account.name.split()), sender)),
        to=[message.address],
        headers={"Message-ID": f"<{message.id}@{host}>"},
    )
    if is_html:
        mail.attach_alternative(body, "text/html")
    for holder in content.get("attachments", ()):
        _attach(mail, account, holder)
    return mail


def _attach(mail: EmailMultiAlternatives, account: Account, holder: dict[str, Any]) -> None:
    kept = Media.objects.for_account(account).filter(pk=media.read_id(str(holder.get("id", ""))) or 0).first()
    try:
        if kept is None:
            raise TransportError("media_gone", "Its file is no longer kept.", permanent=True)
        with media.open(kept) as file:
            name = clean(holder.get("filename") or kept.filename) or f"file-{kept.pk}"
            mail.attach(name, file.read(), mimetypes.guess_type(name)[0] or kept.mime)
    except Refused:
        raise TransportError("media_gone", "Its file is no longer kept.", permanent=True) from None
