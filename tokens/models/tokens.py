"""Opaque API keys, and what they have in common with logins."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account
from tokens.scopes import Ability, KeyType, abilities, effective

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
    paused_because = models.CharField(max_length=255, blank=True, help_text="Why, where an alert paused it.")
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
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="token_by_age", condition=Q(revoked_at=None)),
            models.Index(fields=["secret_made_at"], name="token_by_secret_age", condition=Q(revoked_at=None)),
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
