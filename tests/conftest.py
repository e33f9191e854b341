"""The people and clients of every test: alice owns acme, bob develops in her team, charlie is a stranger."""

import os
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import AppConfig, apps
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.db.models.signals import post_migrate
from django.test import Client, override_settings

from accounts import journal
from accounts.audit import COMMAND
from accounts.models import Account, Plan, User
from accounts.opening import create_person, join_account, open_account
from accounts.roles import Role
from tokens import usage

PASSWORD = "a long enough password"
SignedIn = Callable[[User], Client]
# What a marker's tests need that not every machine has: the variable that insists on it, and what is to be said.
_NEEDED = {
    "browser": ("GATEHOUSE_REQUIRE_BROWSER", "the pages are NOT tested. Install chromium to run them."),
    "node": ("GATEHOUSE_REQUIRE_NODE", "the JavaScript clients are NOT tested. Install nodejs and npm to run them."),
    "recorded": ("GATEHOUSE_REQUIRE_INDEX", "answers are NOT compared with recorded ones: no package index answers."),
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a browser, Node or an index is required, a skipped test that needs it is a failed one."""
    report = yield
    for marker, (variable, _) in _NEEDED.items():
        if report.skipped and item.get_closest_marker(marker) and os.environ.get(variable) == "1":
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, but {variable}=1 asks for it: {call.excinfo}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where it is read, what nobody looked at."""
    for marker, (_, text) in _NEEDED.items():
        skipped = [report for report in terminalreporter.getreports("skipped") if marker in report.keywords]
        if skipped:
            terminalreporter.write_sep(
                "!", f"{len(skipped)} {marker} tests were skipped: {text}", yellow=True, bold=True
            )


@pytest.fixture(autouse=True, scope="session")
def test_settings(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fast password hashes, static files without a manifest, a folder and a Redis database for each worker."""
    overrides: dict[str, Any] = {
        "GATEWAY_USAGE_SECONDS": 0,
        "GATEWAY_COMMIT_INLINE": True,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "STORAGES": {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
            "media": {
                "BACKEND": "messaging.media.storage.Folder",
                "OPTIONS": {"location": tmp_path_factory.mktemp("media")},
            },
        },
    }
    if settings.REDIS_URL:
        number = int(worker_id.removeprefix("gw")) % 15 + 1 if worker_id.startswith("gw") else 0
        url = f"{settings.REDIS_URL.rstrip('/')}/{number}"
        overrides |= {
            "REDIS_URL": url,
            "CACHES": {name: {**cache, "LOCATION": url} for name, cache in settings.CACHES.items()},
        }
    with override_settings(**overrides):
        yield


@pytest.fixture(autouse=True)
def empty_counters(test_settings: None) -> None:
    for name in settings.CACHES:
        caches[name].clear()


@pytest.fixture(autouse=True)
def nothing_gathered() -> None:
    """Forget what earlier tests noted: their rows are gone, and their ids are given again."""
    journal._gathering.start_over()
    usage._gathering.start_over()


@pytest.fixture(autouse=True, scope="session")
def plans_survive() -> Iterator[None]:
    """Make the plans anew whenever a transactional test has flushed them."""

    def make(sender: AppConfig, using: str, **_: object) -> None:
        with connections[using].schema_editor() as editor:
            import_module("accounts.migrations.0002_plans").make_plans(apps, editor)
            import_module("accounts.migrations.0004_broadcast_caps").set_caps(apps, editor)

    accounts = apps.get_app_config("accounts")
    post_migrate.connect(make, sender=accounts)  # sent after a flush, too
    yield
    post_migrate.disconnect(make, sender=accounts)


@pytest.fixture
def free(db: None) -> Plan:
    return Plan.free()


@pytest.fixture
def alice(db: None) -> User:
    return create_person(email="alice@acme.example", password=PASSWORD, name="Alice Ames")


@pytest.fixture
def bob(db: None) -> User:
    return create_person(email="bob@acme.example", password=PASSWORD, name="Bob Bell")


@pytest.fixture
def charlie(db: None) -> User:
    return create_person(email="charlie@other.example", password=PASSWORD, name="Charlie Cole")


@pytest.fixture
def acme(alice: User, bob: User) -> Account:
    """The account that alice owns and where bob is a developer."""
    account = open_account(user=alice, name="acme", by=COMMAND)
    join_account(account=account, user=bob, role=Role.DEVELOPER, by=COMMAND)
    return account


@pytest.fixture
def other(charlie: User) -> Account:
    """The account that charlie owns; nothing of acme may show there."""
    return open_account(user=charlie, name="other", by=COMMAND)


@pytest.fixture
def signed_in() -> SignedIn:
    """Return a client in whose session a person has just signed in with their password."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
        assert "_auth_user_id" in client.session
        return client

    return sign_in
