"""Credentials. A secret is shown once; what is stored is a lookup (its first characters) and a digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Account
from tokens.scopes import EVERYTHING, Ability, KeyType, Scope, abilities, effective

ROTATE_AFTER = timedelta(days=90)


class Credential(models.Model):
    """What tokens and API logins have in common."""

    name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    secret_made_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_address = models.GenericIPAddressField(null=True, editable=False)

    class Meta:
        abstract = True

    @property
    def secret_age_in_days(self) -> int:
        return (timezone.now() - self.secret_made_at).days

    @property
    def needs_rotation(self) -> bool:
        """True for a secret in use that is 90 days old or older."""
        return self.revoked_at is None and timezone.now() - self.secret_made_at >= ROTATE_AFTER

    @property
    def unused_for_days(self) -> int:
        """Whole days since the last request, or since it was made if there was none."""
        return (timezone.now() - (self.last_used_at or self.created_at)).days


class TokenQuerySet(models.QuerySet["Token"]):
    def for_account(self, account: Account) -> TokenQuerySet:
        return self.filter(account=account, deleted_at=None)

    def live(self) -> TokenQuerySet:
        """Those that count against the plan: neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None, deleted_at=None)

    def ended(self) -> TokenQuerySet:
        """The others: revoked or expired."""
        return self.filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now()), deleted_at=None)

    def expiring(self, within: timedelta = timedelta(days=30)) -> TokenQuerySet:
        return self.live().filter(expires_at__lte=timezone.now() + within)

    def with_lookup(self, lookup: str) -> TokenQuerySet:
        return self.filter(Q(lookup=lookup) | Q(old_lookup=lookup))


class Token(Credential):
    """An opaque API key. Its secret is in the clear only in the moment it is made."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    type = models.CharField(max_length=16, choices=KeyType.choices, default=KeyType.PRODUCTION)
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: everything its type allows.")
    networks = models.JSONField(default=list, blank=True, help_text="CIDR networks; empty: any address.")
    dialects = models.JSONField(default=list, blank=True, help_text="Accepted API styles; empty: all.")
    requests_per_second = models.PositiveIntegerField(null=True, blank=True, help_text="Can only lower the plan's.")

    lookup = models.CharField(max_length=32, unique=True, editable=False)
    hint = models.CharField(max_length=4, editable=False)
    # The secret before this one, kept after its end too, so that its requests show on the token's page.
    old_lookup = models.CharField(max_length=32, unique=True, null=True, editable=False)
    old_hint = models.CharField(max_length=4, blank=True, editable=False)
    old_digest = models.CharField(max_length=64, blank=True, editable=False)
    overlap_until = models.DateTimeField(null=True, editable=False)

    expires_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(type__in=KeyType.values), name="token_type_known"),
            models.CheckConstraint(
                condition=Q(requests_per_second=None) | Q(requests_per_second__gte=1),
                name="token_rate_at_least_one",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(revoked_at__isnull=False), name="token_deleted_is_revoked"
            ),
            models.CheckConstraint(
                condition=Q(old_lookup=None, old_digest="") | Q(old_lookup__isnull=False) & ~Q(old_digest=""),
                name="token_old_secret_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<Token {self.pk}>"

    @property
    def masked(self) -> str:
        """The key as it may be shown: type prefix, four characters, dots, the last four."""
        return f"{self.lookup[:-4]}••••{self.hint}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_overlapping(self) -> bool:
        """True while the secret before this one still works."""
        return self.overlap_until is not None and self.overlap_until > timezone.now()

    @property
    def effective_scopes(self) -> frozenset[str]:
        return effective(self.type, self.scopes)

    @property
    def abilities(self) -> list[Ability]:
        return abilities(self.type, self.scopes)

    @property
    def state(self) -> str:
        """One word: revoked, expired, paused or active."""
        if self.revoked_at:
            return "revoked"
        if self.is_expired:
            return "expired"
        return "paused" if self.paused_at else "active"


class ApiLogin(Credential):
    """A generated user name and password for programs that sign in by HTTP Basic; never a person's own."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_logins")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    username = models.CharField(max_length=32, unique=True, editable=False)

    class Meta:
        verbose_name = "API login"
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"

    @property
    def state(self) -> str:
        return "revoked" if self.revoked_at else "active"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def for_account(self, account: Account) -> AccessTokenQuerySet:
        return self.filter(login__account=account)

    def live(self) -> AccessTokenQuerySet:
        """Those that still open something: they work, or can be renewed."""
        return self.filter(self._live())

    def first_of_each_login(self, number: int) -> AccessTokenQuerySet:
        """The first of each login: the live ones before the others, and of these the newest first."""
        ended = Case(When(self._live(), then=0), default=1)
        place = Window(RowNumber(), partition_by=F("login"), order_by=[ended, F("pk").desc()])
        return self.annotate(place=place).filter(place__lte=number).order_by("place")

    @staticmethod
    def _live() -> Q:
        now = timezone.now()
        return Q(revoked_at=None) & (Q(expires_at__gt=now) | Q(refresh_used_at=None, refresh_expires_at__gt=now))


class AccessToken(models.Model):
    """A JWT issued to an API login, and the refresh token that came with it. `tokens.jwt` has their form."""

    login = models.ForeignKey(ApiLogin, on_delete=models.CASCADE, related_name="access_tokens")
    jti = models.CharField("id", max_length=21, unique=True, editable=False)
    scopes = models.JSONField(default=list, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="Ends the refresh token as well.")
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_address = models.GenericIPAddressField(null=True, editable=False)

    # Good for one renewal.
    refresh_jti = models.CharField("refresh token's id", max_length=21, unique=True, editable=False)
    refresh_expires_at = models.DateTimeField(editable=False)
    refresh_used_at = models.DateTimeField(null=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return self.jti

    @property
    def account(self) -> Account:
        return self.login.account

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def can_refresh(self) -> bool:
        """True while its refresh token works."""
        return self.revoked_at is None and self.refresh_used_at is None and self.refresh_expires_at > timezone.now()

    @property
    def renewable_until(self) -> datetime | None:
        return self.refresh_expires_at if self.can_refresh else None

    @property
    def is_live(self) -> bool:
        """True if there is something left to revoke."""
        return self.revoked_at is None and (not self.is_expired or self.can_refresh)

    @property
    def effective_scopes(self) -> frozenset[str]:
        """What it may do. Unlike a token's, an empty list is nothing."""
        return EVERYTHING if Scope.ALL in self.scopes else EVERYTHING & frozenset(self.scopes)

    @property
    def state(self) -> str:
        """One word: revoked, expired or active."""
        return "revoked" if self.revoked_at else "expired" if self.is_expired else "active"


class PrivateToken(models.Model):
    """What a phone shows to register itself with an account; one per account."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="private_token")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"private token of {self.account}"


class TokenDay(models.Model):
    """How many requests of one token were accepted and refused on one day (UTC)."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["token", "day"], name="token_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.token} on {self.day}"


class OldSecretUse(models.Model):
    """How often, and from where, the secret that regenerating replaced is still used."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="old_secret_uses")
    address = models.GenericIPAddressField()
    count = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["token", "address"], name="old_secret_use_once_per_address")
        ]

    def __str__(self) -> str:
        return f"{self.token} from {self.address}"


class TokenRequest(models.Model):
    """One of a token's latest requests, kept so that its page can say what was refused and why."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="requests")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=255)
    dialect = models.CharField(max_length=32)
    status = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=255, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"
