"""Making and ending API logins and private tokens."""

from django.db import transaction
from django.utils import timezone

from accounts import audit, journal
from accounts.audit import COMMAND, Actor
from accounts.models import Account, Priority
from tokens import crypto
from tokens.authentication import Caller
from tokens.errors import Denial, Denied
from tokens.issuing import changing
from tokens.issuing.cleaning import clean
from tokens.issuing.granting import Grant, Granting, check_grant
from tokens.models import AccessToken, ApiLogin, PrivateToken
from tokens.scopes import KeyType

# A login may do everything, so whoever makes or ends one must be able to as well.
EVERYTHING = Grant()


def create_login(*, account: Account, name: str, by: Actor, grantor: Granting) -> tuple[ApiLogin, str]:
    """Make an API login; returns it with its password, which is not kept.

    One that a program makes is the same person's as the program.
    """
    fields = clean({"name": name}, type=KeyType.PRODUCTION)
    with changing.locked(account) as account:
        check_grant(grantor, account, EVERYTHING)
        username, password = crypto.new_login()
        while ApiLogin.objects.filter(username=username).exists():
            username, password = crypto.new_login()
        login = ApiLogin.objects.create(
            account=account,
            created_by=grantor.person if isinstance(grantor, Caller) else by.user,
            username=username,
            digest=crypto.digest(password),
            **fields,
        )
        changing.record(login, "login.created", by=by, changes=fields)
        _tell(login, "Made an API login", by)
    return login, password


def renew_login(login: ApiLogin, *, by: Actor, grantor: Granting) -> str:
    """Give a login a new password, which is returned and not kept; the old one and all its JWTs end now."""
    _, password = crypto.new_login()
    with changing.locked(login.account) as account:
        check_grant(grantor, account, EVERYTHING)
        row = ApiLogin.objects.select_related("account").get(pk=login.pk)
        if row.revoked_at:
            raise Denied(Denial.REVOKED, "A revoked login stays as it is.")
        changing.apply(row, {"digest": crypto.digest(password), "secret_made_at": timezone.now()})
        _end_access(row)
        changing.record(row, "login.renewed", by=by)
        _tell(row, "Gave an API login a new password", by)
    return password


def revoke_login(login: ApiLogin, *, by: Actor, grantor: Granting) -> ApiLogin:
    """End a login, and all its JWTs, for good."""
    with changing.locked(login.account) as account:
        check_grant(grantor, account, EVERYTHING)
        row = ApiLogin.objects.select_related("account").get(pk=login.pk)
        if row.revoked_at is None:
            entry = changing.apply(row, {"revoked_at": timezone.now()})
            _end_access(row)
            changing.record(row, "login.revoked", by=by, changes=entry)
            _tell(row, "Revoked an API login", by)
    login.revoked_at = row.revoked_at
    return login


def _end_access(login: ApiLogin) -> None:
    """After the login was changed: whoever gives it a JWT waits for that, and then finds it changed."""
    AccessToken.objects.filter(login=login, revoked_at=None).update(revoked_at=timezone.now())


def _tell(login: ApiLogin, said: str, by: Actor) -> None:
    """Say it in the account's journal, once it is so."""
    transaction.on_commit(
        lambda: journal.note(login.account, Priority.INFO, "auth", said, login=login.username, by=by.label)
    )


def ensure_private_token(account: Account, *, by: Actor = COMMAND) -> str | None:
    """Give the account its private token; returns the secret if it was made just now, else None."""
    secret = crypto.new_private_token()
    with changing.locked(account) as account:
        made, is_new = PrivateToken.objects.get_or_create(account=account, defaults={"digest": crypto.digest(secret)})
        if not is_new:
            return None
        audit.record(account=account, actor=by, action="private_token.created", target=made)
    return secret
