"""People, the accounts they work in, what their plan allows, and the record of what they changed."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import connection, models
from django.utils import timezone

from accounts.places import validate_region, validate_time_zone
from accounts.roles import ALLOWED, Can, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address. Staff people are the gateway's operators."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField("operator", default=False, help_text="May use the admin site.")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email.partition("@")[0]


class Plan(models.Model):
    """What an account may use. Free, Premium and Enterprise are made by a migration; operators edit them."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    requests_per_second = models.PositiveIntegerField(help_text="Requests a second for each credential.")
    account_requests_per_second = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Requests a second for all credentials of the account together; empty sets no limit of its own.",
    )
    messages_per_day = models.PositiveIntegerField(
        null=True, blank=True, help_text="Messages a day for each credential; empty means unlimited."
    )
    messages_per_month = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Messages a calendar month for the whole account, its people’s included; empty means unlimited.",
    )
    max_tokens = models.PositiveIntegerField(default=10, help_text="Live tokens at once; revoked ones do not count.")
    broadcast_recipients = models.PositiveIntegerField(
        null=True, blank=True, help_text="Recipients of one broadcast; empty means unlimited."
    )
    broadcasts_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="Empty means unlimited.")
    may_schedule_broadcasts = models.BooleanField(default=True, help_text="May let a broadcast wait for its time.")

    class Meta:
        ordering: ClassVar[list[str]] = ["requests_per_second"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def free(cls) -> Plan:
        return cls.objects.get(code="free")


# Names stand in mails to people who are invited: nobody writes further lines there.
one_line = RegexValidator(r"\A[^\x00-\x1f\x7f-\x9f]*\Z", "A name has no control characters.")
ZONE_KEPT_FOR = timedelta(hours=24)


class Account(models.Model):
    """An organisation: everything else belongs to one."""

    name = models.CharField(max_length=150, validators=[one_line])
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="accounts")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    zone_changed_at = models.DateTimeField(
        null=True, editable=False, help_text="When its own people last chose another zone."
    )
    default_region = models.CharField(
        max_length=2,
        blank=True,
        validators=[validate_region],
        help_text="ISO 3166 region for numbers written without +; empty for none.",
    )
    strict_numbers = models.BooleanField(default=False, help_text="Refuse numbers that no carrier has handed out.")
    strict_templates = models.BooleanField(
        default=False, help_text="Refuse messages from a template that this account does not have."
    )
    allowed_networks = models.JSONField(default=list, blank=True)
    has_opt_outs = models.BooleanField(default=False, editable=False)
    wallet = models.DecimalField(
        max_digits=14, decimal_places=6, null=True, blank=True, help_text="Prepaid US dollars; empty for no limit."
    )
    webhooks_version = models.PositiveIntegerField(
        default=0, editable=False, help_text="Rises with each change of its webhooks; 0: it never had one."
    )
    webhook_texts = models.BooleanField(default=True, help_text="Webhooks carry what messages say.")
    suspended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def zone_kept_until(self) -> datetime | None:
        """Until when its people keep the zone they chose, since in another one another day begins; None if over."""
        until = self.zone_changed_at and self.zone_changed_at + ZONE_KEPT_FOR
        return until if until and until > timezone.now() else None

    def day_start(self, moment: datetime | None = None) -> datetime:
        """Return the midnight, in the account's zone, that began the moment's day."""
        local = (moment or timezone.now()).astimezone(self.zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)  # the first, where clocks repeat it

    def month_start(self, moment: datetime | None = None) -> datetime:
        """Return the midnight, in the account's zone, that began the moment's calendar month."""
        return self.day_start(moment).replace(day=1)


class Membership(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "user"], name="membership_once_per_account")
        ]
        ordering: ClassVar[list[str]] = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.user} in {self.account} ({self.role})"

    def may(self, action: Can) -> bool:
        return action in ALLOWED[Role(self.role)]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self) -> InvitationQuerySet:
        return self.filter(accepted_at=None, expires_at__gt=timezone.now())

    def find(self, secret: str) -> Invitation | None:
        return self.usable().filter(digest=sha256(secret.encode()).hexdigest()).first()


def _in_a_week() -> datetime:
    return timezone.now() + timedelta(days=7)


class Invitation(models.Model):
    """A one-time link that lets one person into an account. Only the digest of its secret is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.DEVELOPER)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_in_a_week)
    accepted_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.email} into {self.account}"

    @classmethod
    def issue(cls, *, account: Account, email: str, role: Role, by: User | None) -> tuple[Invitation, str]:
        """Make an invitation; returns it with the secret of its link, which is not kept."""
        secret = secrets.token_urlsafe(24)
        digest = sha256(secret.encode()).hexdigest()
        made = cls.objects.create(account=account, email=email.lower(), role=role, invited_by=by, digest=digest)
        return made, secret


class AuditChain(models.Model):
    """The end of one account's chain of audit entries (of the gateway's own, where there is no account)."""

    account = models.OneToOneField(Account, null=True, on_delete=models.CASCADE, related_name="audit_chain")
    length = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(account=None), name="audit_chain_of_the_gateway_once"
            )
        ]

    def __str__(self) -> str:
        return f"audit chain of {self.account or 'the gateway'}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def update(self, **kwargs: Any) -> int:
        raise TypeError("An audit entry is written once.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit entry is not deleted.")

    def different(self, column: Literal["action", "actor_label"], *, account: Account, limit: int) -> list[str]:
        """Return the different actions or actors of an account's log, in their order, however often each is there."""
        mine = f"SELECT min({column}) FROM {AuditEntry._meta.db_table} WHERE account_id = %s"  # noqa: S608  its own names
        statement = f"""
            WITH RECURSIVE each (word) AS (
                {mine} UNION ALL SELECT ({mine} AND {column} > each.word) FROM each WHERE each.word IS NOT NULL
            ) SELECT word FROM each WHERE word IS NOT NULL LIMIT {limit:d}"""  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, [account.pk, account.pk])
            return [word for (word,) in cursor.fetchall()]


class AuditEntry(models.Model):
    """One change: who made it, how they proved who they were, from where, and to what.

    Written once and never changed: each entry's digest is made from all it says and from the digest before it.
    """

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_label = models.CharField(max_length=255, help_text="The person or token, as it was called then.")
    proof = models.CharField(max_length=32, help_text="session, token, admin or command")
    address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=64)
    target_type = models.CharField(max_length=32)
    target_id = models.BigIntegerField(null=True)
    target_label = models.CharField(max_length=255)
    changes = models.JSONField(default=dict)
    number = models.PositiveBigIntegerField(null=True, editable=False, help_text="Its place in the chain, from 1.")
    digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "number"], name="audit_entry_once_in_its_chain")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "target_type", "target_id"], name="audit_by_target"),
            models.Index(fields=["account", "action", "id"], name="audit_by_action"),
            models.Index(fields=["account", "actor_label", "id"], name="audit_by_actor"),
            models.Index(fields=["account", "at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.action} {self.target_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("An audit entry is not deleted.")


class Priority(models.TextChoices):
    DEBUG = "DEBUG", "Debug"
    INFO = "INFO", "Information"
    WARN = "WARN", "Warning"
    ERROR = "ERROR", "Error"


class JournalEntry(models.Model):
    """One line of an account's own log, which its people may read. `accounts.journal` writes it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="journal_entries")
    at = models.DateTimeField()
    priority = models.CharField(max_length=8, choices=Priority.choices)
    module = models.CharField(max_length=32, help_text="The part of the gateway that says it.")
    message = models.CharField(max_length=255)
    context = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "journal entries"
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["account", "at"], name="journal_by_time")]

    def __str__(self) -> str:
        return f"{self.priority} {self.module}: {self.message}"
