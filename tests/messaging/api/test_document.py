"""The document of our own API, and the API held against it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings, strategies
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts.models import Plan
from messaging.api import schema
from tests.messaging.api.conftest import Issue

pytestmark = pytest.mark.django_db

# 422: well-formed, but asks for what cannot be, such as a time that has passed; not every rule fits a schema.
ACCEPTING = ["2xx", "401", "403", "404", "409", "422", "429"]
# 400 also for an address that must not be called, which no schema can say.
NAMING_ADDRESSES = {"create_webhook", "change_webhook"}


schemathesis.openapi.media_type("text/csv", strategies.text().map(str.encode))
checks = {"positive_data_acceptance": {"expected-statuses": ACCEPTING}}
described = schemathesis.openapi.from_wsgi(
    "/api/v1/openapi.json",
    get_wsgi_application(),
    config=SchemathesisConfig.from_dict({"checks": checks, "generation": {"allow-extra-parameters": False}}),
)


@pytest.fixture
def secret(issue: Issue) -> str:
    """A token that may do everything, as often as it likes."""
    Plan.objects.update(max_tokens=10_000, messages_per_day=None)
    return issue()[1]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests stay within the test's transaction, as Django's own test client sees to it."""
    requests = (request_started, request_finished)
    for signal in requests:
        signal.disconnect(close_old_connections)
    yield
    for signal in requests:
        signal.connect(close_old_connections)


def _holding(operation_id: str) -> Any:
    @described.include(operation_id=operation_id).parametrize()
    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def test(case: schemathesis.Case[Any], secret: str) -> None:
        left_out: list[Any] = [positive_data_acceptance] if operation_id in NAMING_ADDRESSES else []
        case.call_and_validate(headers={"Authorization": f"Bearer {secret}"}, excluded_checks=left_out)

    return test


# One function each: the items of one function would share their node's id, and xdist would run the first alone.
OPERATIONS = [
    operation["operationId"] for path in json.loads(schema.document())["paths"].values() for operation in path.values()
]
vars().update({f"test_{id}_does_what_the_document_says": _holding(id) for id in OPERATIONS})


def test_every_operation_is_held_against_the_document() -> None:
    assert len(OPERATIONS) == len(set(OPERATIONS)) > 20


def test_the_document_is_complete_and_has_our_own_paths_alone() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file="/dev/null")
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert all(path.startswith(schema.PREFIX) for path in document["paths"])
    sending = document["paths"]["/api/v1/messages"]["post"]
    assert sending["security"] == [{"token": []}]
    assert sending["requestBody"]["content"]["application/json"]["examples"]


def test_the_console_asks_nothing_of_another_host() -> None:
    page = Client().get("/docs/api/", headers={"Accept": "text/html"})
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "img-src 'self' data:" in policy
    text = page.content.decode()
    assert "//" not in text.replace("<!-- ", "")
    assert "<script>" not in text
    script = Client().get("/docs/api/?script=")
    assert '"validatorUrl": null' in script.content.decode()
    assert "https://" not in script.content.decode()


def test_the_other_pages_keep_the_strict_policy() -> None:
    assert "unsafe-inline" not in Client().get("/accounts/login/")["Content-Security-Policy"]
