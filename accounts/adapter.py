"""How allauth signs people up and in here, and out elsewhere."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts import noting, signing_up
from accounts.addresses import client_address
from accounts.models import User
from accounts.sudo import has_recent_proof


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": "Too many attempts. Wait five minutes, or reset your password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signing_up.is_open(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or super().get_client_ip(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Sign-in is a proof too, so allauth's own pages ask when ours would."""
        return super().is_reauthentication_required(app=app, **kwargs) and not has_recent_proof(self.request)

    def set_password(self, user: User, password: str) -> None:
        with transaction.atomic():
            super().set_password(user, password)
            noting.note_password(self.request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        if kwargs["signup"]:  # the one way in that allauth does not record
            record_authentication(request, user, method="password")
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail calls the product by its name, not by the host that the request named."""
        site = {"name": settings.GATEWAY_NAME, "domain": settings.GATEWAY_URL}
        super().send_mail(template_prefix, email, {"current_site": site, **context})

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _at_home(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _at_home(super().get_email_confirmation_url(request, emailconfirmation))


class Sessions(DefaultUserSessionsAdapter):  # type: ignore[misc]  # allauth has no types
    def end_sessions(self, sessions: Sequence[UserSession]) -> None:
        """End a person's other sessions, and say so where there are any."""
        super().end_sessions(sessions)
        if sessions:
            noting.note(self.request, sessions[0].user, "sessions_ended", changes={"number": len(sessions)})


def _at_home(url: str) -> str:
    """Links in mail lead to `GATEWAY_URL`, whatever host the request named."""
    home: str = settings.GATEWAY_URL
    return home + urlsplit(url).path
