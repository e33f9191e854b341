"""What a token was used for: counted by day, its latest requests, and where they came from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tokens.models.tokens import Token


class TokenDay(models.Model):
    """How many requests of one token were accepted and refused in one API style on one day in its account's zone."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    dialect = models.CharField(max_length=32, blank=True, default="")
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["token", "day", "dialect"], name="token_day_once")
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


class TokenNetwork(models.Model):
    """A network (/24, or /48 of IPv6) that a token is used from. The newest 200 of each token are kept."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="seen_networks", db_index=False)
    network = models.CharField(max_length=43)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    bad_at = models.DateTimeField(null=True, help_text="When it was last used from an address on the operator's list.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["token", "network"], name="token_network_once")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["first_at"], name="token_network_new"),
            models.Index(fields=["bad_at"], name="token_network_bad", condition=models.Q(bad_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.token} from {self.network}"


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
