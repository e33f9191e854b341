"""What each role may do. One table, read by the dashboard, the API and the admin alike."""

from django.db import models


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    DEVELOPER = "developer", "Developer"
    VIEWER = "viewer", "Viewer"


class Can(models.TextChoices):
    SEE = "see", "See messages, devices, tokens and usage"
    SEND = "send", "Send messages and cancel them"
    MANAGE_CONTACTS = "manage_contacts", "Add, change, import and delete contacts and segments"
    MANAGE_TEMPLATES = "manage_templates", "Create and delete templates"
    APPROVE_TEMPLATES = "approve_templates", "Approve, reject and pause templates"
    MANAGE_WEBHOOKS = "manage_webhooks", "Add and change webhooks, replay their calls, see their secrets"
    MANAGE_TEST_TOKENS = "manage_test_tokens", "Create and change sandbox and read-only tokens"
    MANAGE_TOKENS = "manage_tokens", "Create and change production tokens and API logins"
    MANAGE_DEVICES = "manage_devices", "Link, rename and unlink devices"
    MANAGE_ACCOUNT = "manage_account", "Change the address list and the account's settings"
    MANAGE_PEOPLE = "manage_people", "Invite people, change roles, remove people"
    MANAGE_OWNERS = "manage_owners", "Make and unmake owners"


ALLOWED: dict[Role, frozenset[Can]] = {
    Role.OWNER: frozenset(Can),
    Role.ADMIN: frozenset(Can) - {Can.MANAGE_OWNERS},
    Role.DEVELOPER: frozenset(
        {
            Can.SEE,
            Can.SEND,
            Can.MANAGE_CONTACTS,
            Can.MANAGE_TEMPLATES,
            Can.MANAGE_WEBHOOKS,
            Can.MANAGE_TEST_TOKENS,
        }
    ),
    Role.VIEWER: frozenset({Can.SEE}),
}
