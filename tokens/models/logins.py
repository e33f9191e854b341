"""API logins, the JWTs that are issued to them, and what a phone registers with."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import Account
from tokens.models.tokens import Credential
from tokens.scopes import EVERYTHING, Scope


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
    family = models.CharField(
        max_length=21, blank=True, db_index=True, editable=False, help_text="The id of the first of its renewals."
    )
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
