"""Mail that goes to the console."""

import io

from django.core.mail import EmailMessage

from gateway.console_mail import EmailBackend


def test_links_and_letters_are_written_as_they_are() -> None:
    link = "http://localhost:8000/accounts/password/reset/key/" + "1-d" * 20 + "=x/"
    out = io.StringIO()
    mail = EmailMessage("Şifre", f"Günaydın,\n{link}\n", to=["ada@example.com"])
    EmailBackend(stream=out).send_messages([mail])
    assert f"\n{link}\n" in out.getvalue()
    assert "Günaydın" in out.getvalue()
    assert "Subject: Şifre" in out.getvalue()


def test_files_are_named() -> None:
    out = io.StringIO()
    mail = EmailMessage("Roster", "Attached.", to=["ada@example.com"])
    mail.attach("roster.txt", b"8:00", "text/plain")
    EmailBackend(stream=out).send_messages([mail])
    assert "To: ada@example.com\nAttached: roster.txt\n\nAttached.\n" in out.getvalue()
