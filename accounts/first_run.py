"""The link, printed on an empty installation, by which its first person becomes owner and operator."""

from django.core import signing
from django.db import transaction
from django.urls import reverse

from accounts.audit import Actor
from accounts.models import Plan, User
from accounts.opening import NotPossible, create_person, open_account

_SALT = "accounts.first_run"
_LASTS_SECONDS = 24 * 60 * 60


def make_link() -> str:
    """Return the path of a link that works for 24 hours, while nobody has signed up yet."""
    return reverse("first-owner", args=[signing.dumps("owner", salt=_SALT)])


def is_usable(token: str) -> bool:
    """True if the link is ours, is recent, and the installation still has nobody."""
    try:
        signing.loads(token, salt=_SALT, max_age=_LASTS_SECONDS)
    except signing.BadSignature:
        return False
    return not User.objects.exists()


def create_owner(*, email: str, password: str, account: str, address: str | None) -> User:
    """Make the first person: owner of an account, operator of the installation.

    Raises NotPossible if another was quicker.
    """
    with transaction.atomic():
        Plan.objects.select_for_update().get(code="free")  # so that two at once queue up
        if User.objects.exists():
            raise NotPossible("This installation has its owner already.")
        user = create_person(email=email, password=password, is_operator=True)
        by = Actor(label=user.email, proof="first-run link", user=user, address=address)
        open_account(user=user, name=account, by=by)
    return user
