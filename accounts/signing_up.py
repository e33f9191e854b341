"""Who may sign up, and where a new person arrives: in an account of their own, or where they were invited."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.audit import Actor
from accounts.models import Invitation, User
from accounts.opening import NotPossible, accept_invitation, open_account

INVITATION_KEY = "invitation"


def keep_invitation(request: HttpRequest, secret: str) -> None:
    """Remember an invitation's secret while the person signs up or in."""
    request.session[INVITATION_KEY] = secret


def kept_invitation(request: HttpRequest) -> Invitation | None:
    """Return the invitation that brought this person here, while it can still be used."""
    secret = request.session.get(INVITATION_KEY)
    return Invitation.objects.find(secret) if secret else None


def is_open(request: HttpRequest) -> bool:
    """True if a person may sign up: always, with an invitation only, or never, as `GATEWAY_SIGNUP` says."""
    if settings.GATEWAY_SIGNUP == "invite":
        return kept_invitation(request) is not None
    return bool(settings.GATEWAY_SIGNUP == "open")


def arrive(request: HttpRequest, user: User) -> None:
    """Give a new person the account they were invited to, or one of their own."""
    by = Actor(label=user.email, proof="session", user=user, address=client_address(request) or None)
    invitation = kept_invitation(request)
    if invitation:
        try:
            accept_invitation(invitation, user=user, by=by)
        except NotPossible as refusal:
            raise PermissionDenied(str(refusal)) from refusal
        del request.session[INVITATION_KEY]
    elif is_open(request):
        open_account(user=user, name=user.email.partition("@")[0], by=by)
    else:
        raise PermissionDenied("Sign-up is by invitation, and this one was used meanwhile.")
