"""Every document, and every API held against its own."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client, RequestFactory
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from openapi_spec_validator import validate
from pytest_django import Settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    missing_required_header,
    positive_data_acceptance,
    response_schema_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from accounts.models import Account, Plan
from messaging import dialect, routing
from messaging.dialect import OWN_API, Dialect
from messaging.documents.described import description_of, mounted, samples
from messaging.documents.generator import document
from messaging.documents.requests import operations, requests
from messaging.errors import Refusal, Refused
from tests.messaging import describing
from tests.messaging.conftest import Send
from tests.messaging.describing import Document, Reader
from tokens import authentication

pytestmark = pytest.mark.django_db
DOCUMENTS = describing.documents()
STYLES = dialect.found()
each_document = pytest.mark.parametrize("name", DOCUMENTS)
each_style = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)


@pytest.fixture(autouse=True)
def as_often_as_they_like(acme: Account, settings: Settings) -> None:
    settings.GATEWAY_SANDBOX_PACE = 0
    Plan.objects.update(max_tokens=10_000, messages_per_day=None, requests_per_second=1_000_000)
    routing.sandbox(acme)
    authentication.forget()


@pytest.fixture
def reader(as_often_as_they_like: None, acme: Account) -> Reader:
    return Reader.of(acme)


@each_document
def test_it_is_a_valid_document_of_openapi_3_1(name: str) -> None:
    assert DOCUMENTS[name]["openapi"].startswith("3.1")
    validate(DOCUMENTS[name])


@each_style
def test_it_has_every_route_that_is_mounted_and_describes_no_other(style: Dialect) -> None:
    routes = {(method, path) for method, path, _ in mounted(style)}
    assert {(method, path) for method, path, _ in operations(DOCUMENTS[style.name])} == routes
    assert set(description_of(style).operations) == {f"{method} {path}" for method, path in routes}


@each_document
def test_operations_are_told_apart_and_say_how_they_are_refused(name: str) -> None:
    found = list(operations(DOCUMENTS[name]))
    ids = [operation["operationId"] for _, _, operation in found]
    assert len(ids) == len(set(ids)) > 0
    for method, path, operation in found:
        assert operation["summary"], (method, path)
        assert operation.get("security") == [] or {"401", "403"} & set(operation["responses"]), (method, path)


@each_style
def test_its_refusals_are_in_the_dialects_own_words(style: Dialect) -> None:
    examples = DOCUMENTS[style.name]["components"]["examples"]
    said = style.answer(Refused(Refusal.BAD_BODY), RequestFactory().post("/")).content.decode()
    value = examples[Refusal.BAD_BODY]["value"]
    assert value == said if isinstance(value, str) else set(value) == set(json.loads(said))


@each_document
def test_every_example_fits_its_schema(name: str) -> None:
    document = DOCUMENTS[name]
    wrong = [
        (method, path, title, complaint)
        for method, path, operation in operations(document)
        for media_type, schema, title, value in _examples(document, operation)
        if media_type.endswith("json")
        for complaint in describing.complaints(document, schema, value)
    ]
    assert wrong == []


def _examples(document: Document, operation: Document) -> Iterator[tuple[str, Document, str, Any]]:
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [answer.get("content", {}) for answer in operation["responses"].values()]
    for content in contents:
        for media_type, body in content.items():
            for title, example in body.get("examples", {}).items():
                shared = document["components"].get("examples", {}).get(example.get("$ref", "").rpartition("/")[2])
                yield media_type, body["schema"], title, (shared or example)["value"]
    for parameter in operation.get("parameters", ()):
        for title, example in parameter.get("examples", {}).items():
            yield "application/json", parameter["schema"], f"{parameter['name']}, {title}", example["value"]


@each_document
def test_every_example_gets_a_documented_answer(name: str, reader: Reader, send: Send) -> None:
    found = _for_message(name, send)
    wrong = []
    for method, path, operation in operations(found):
        assert not _lacks_example(operation), f"{method} {path} has a body and no example of it"
        for request in requests(found, method, path, operation):
            response = describing.send(found, request, reader.headers(found, operation))
            complaints = describing.documented(found, operation, response)
            wrong += [f"{method} {path}, {request.title}: {complaint}" for complaint in complaints]
    assert wrong == []


def _lacks_example(operation: Document) -> bool:
    content = operation.get("requestBody", {}).get("content", {})
    return bool(content) and not any(body.get("examples") for body in content.values())


def _for_message(name: str, send: Send) -> Document:
    """Return the document with a real message in its examples."""
    if name == OWN_API:
        return DOCUMENTS[name]
    return document(STYLES[name], samples(STYLES[name], id=send().pk))


@each_style
def test_its_examples_of_sending_work(style: Dialect, reader: Reader) -> None:
    found = DOCUMENTS[style.name]
    operation = found["paths"][f"/{style.send.path}"][style.send.method.lower()]
    for request in requests(found, style.send.method, f"/{style.send.path}", operation):
        response = describing.send(found, request, reader.headers(found, operation))
        assert 200 <= response.status_code < 300, (request.title, response.content)


# What is served
@each_style
def test_the_document_and_its_console_are_open_to_everyone(style: Dialect) -> None:
    answer = Client().get(f"/docs/{style.mount}/openapi.json")
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["paths"].keys() == DOCUMENTS[style.name]["paths"].keys()
    assert answer.json()["servers"] == [{"url": f"/{style.mount}"}]

    page = Client().get(f"/docs/{style.mount}/", headers={"Accept": "text/html"})
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self' 'unsafe-inline'" in policy
    text = page.content.decode()
    assert "//" not in text.replace("<!-- ", "")
    assert "<script>" not in text
    script = Client().get(f"/docs/{style.mount}/?script=").content.decode()
    assert f"/docs/{style.mount}/openapi.json" in script
    assert "https://" not in script


def test_a_command_writes_every_document(tmp_path: Path) -> None:
    call_command("documents", tmp_path / "made", stdout=StringIO())
    written = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "made").iterdir()}
    assert written.keys() == {"api", *(style.mount for style in STYLES.values())}
    assert all(found["paths"] for found in written.values())


def test_there_is_no_document_of_an_unknown_style() -> None:
    assert Client().get("/docs/nobody/openapi.json").status_code == 404
    assert Client().get("/docs/nobody/").status_code == 404


# Held against them, with all of schemathesis's checks

# What is well-formed may still ask for what cannot be: not every rule fits a schema.
_ACCEPTING = ["2xx", "4xx"]
_CONFIG = SchemathesisConfig.from_dict({
    "checks": {"positive_data_acceptance": {"expected-statuses": _ACCEPTING}},
    "generation": {"allow-extra-parameters": False},
})  # fmt: skip


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests stay within the test's transaction, as Django's own test client sees to it."""
    requests = (request_started, request_finished)
    for signal in requests:
        signal.disconnect(close_old_connections)
    yield
    for signal in requests:
        signal.connect(close_old_connections)


def _holding(described: OpenApiSchema, document: Document, operation: Document) -> Any:
    @described.include(operation_id=operation["operationId"]).parametrize()
    @hypothesis_settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def test(case: schemathesis.Case[Any], reader: Reader, one_connection: None) -> None:
        # The check wants 401 where the vendor, and so the document, says 403.
        without = [] if "401" in operation["responses"] else [missing_required_header]
        if operation.get("x-plain-text"):  # which the vendor calls JSON, and it is none
            without += [response_schema_conformance]
        if not any(status.startswith("2") for status in operation["responses"]):  # the vendor has it, we refuse it
            without += [not_a_server_error, positive_data_acceptance]
        case.call_and_validate(headers=reader.headers(document, operation), excluded_checks=without)

    return test


# One function each: the items of one function would share their node's id, and xdist would run the first alone.
for _name, _style in STYLES.items():
    _described = schemathesis.openapi.from_wsgi(
        f"/docs/{_style.mount}/openapi.json", get_wsgi_application(), config=_CONFIG
    )
    vars().update({
        f"test_{_name}_{operation['operationId']}_does_what_the_document_says": _holding(
            _described, DOCUMENTS[_name], operation
        )
        for _, _, operation in operations(DOCUMENTS[_name])
    })  # fmt: skip
