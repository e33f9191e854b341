"""The API docs: a page for each style, whose every command does something that the style's document knows."""

import html
import re
import shlex
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart

from accounts.audit import COMMAND
from accounts.models import Account, Plan, User
from accounts.roles import Role
from messaging import dialect, routing
from messaging.dashboard import wording
from messaging.documents.described import description_of
from messaging.documents.requests import Variables, operations
from tests.conftest import SignedIn
from tests.messaging import describing
from tokens import issuing

pytestmark = pytest.mark.django_db
STYLES = dialect.found()
SLUGS = {"gateway": "api"} | {name: style.mount for name, style in STYLES.items()}
each_page = pytest.mark.parametrize("name", SLUGS)


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def shown(client: Client, name: str, query: str = "") -> str:
    answer = client.get(f"/api-docs/{SLUGS[name]}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_index_leads_to_every_style(alices: Client) -> None:
    page = alices.get("/api-docs/").content.decode()
    for name, label in dialect.names().items():
        assert f'href="/api-docs/{SLUGS[name]}/">{label}</a>' in page
    assert '<a href="/api-docs/" aria-current="page">' in page


@each_page
def test_a_page_has_every_operation_and_its_place_in_the_navigation(alices: Client, name: str) -> None:
    page = shown(alices, name)
    for method, path, operation in operations(describing.documents()[name]):
        assert f'id="operation-{operation["operationId"]}"' in page, (method, path)
        assert f"<b>{method}</b> {path}" in page
    assert settings.GATEWAY_URL in page
    assert '<a href="/api-docs/" aria-current="page">' in page


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_page_has_the_styles_words_and_what_is_not_there(alices: Client, style: dialect.Dialect) -> None:
    page = shown(alices, style.name)
    for state, word in style.states.items():
        row = rf"{wording.STATES[state].word}</span></td><td[^>]*>{re.escape(word)}</td>"
        assert re.search(row, re.sub(r"\s*\n\s*", "", page)), (state, word)
    for operation in description_of(style).absent:
        assert operation in page


@pytest.mark.parametrize("path", ["/api-docs/", "/api-docs/api/"])
def test_a_page_keeps_the_strict_policy_and_is_for_signed_in_people(alices: Client, client: Client, path: str) -> None:
    answer = alices.get(path)
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", answer.content.decode())
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_a_viewer_reads_the_docs(bob: User, acme: Account, other: Account, signed_in: SignedIn) -> None:
    acme.memberships.filter(user=bob).update(role=Role.VIEWER)
    assert "Create a sandbox token" not in shown(signed_in(bob), "gateway")


def test_there_is_no_page_of_an_unknown_style(alices: Client) -> None:
    assert alices.get("/api-docs/nobody/").status_code == 404


def test_the_commands_name_the_chosen_sandbox_token(alices: Client, acme: Account, other: Account) -> None:
    mine, _ = issuing.create_token(account=acme, name="ERP, orders", type="sandbox", by=COMMAND, grantor=None)
    issuing.create_token(account=acme, name="Live", by=COMMAND, grantor=None)
    foreign, _ = issuing.create_token(account=other, name="Foreign", type="sandbox", by=COMMAND, grantor=None)

    page = shown(alices, "gateway", f"?token={mine.pk}")
    assert "selected>ERP, orders</option>" in page
    assert "read -rs ERP_ORDERS_TOKEN" in page
    assert "Bearer $ERP_ORDERS_TOKEN" in html.unescape(page)
    assert ">Live</option>" not in page
    for unknown in (foreign.pk, "x", ""):
        page = shown(alices, "gateway", f"?token={unknown}")
        assert "Bearer $GATEWAY_TOKEN" in html.unescape(page)
        assert "Foreign" not in page


def test_a_token_that_a_style_does_not_take_is_not_offered_there(alices: Client, acme: Account) -> None:
    name = next(iter(STYLES))
    issuing.create_token(
        account=acme,
        name="Ours",
        type="sandbox",
        dialects=["gateway"],
        known_dialects=dialect.names(),
        by=COMMAND,
        grantor=None,
    )
    assert ">Ours</option>" in shown(alices, "gateway")
    assert ">Ours</option>" not in shown(alices, name)


def test_where_tokens_are_not_taken_a_login_is_offered(alices: Client, acme: Account) -> None:
    issuing.create_token(account=acme, name="Mine", type="sandbox", by=COMMAND, grantor=None)
    for name, style in STYLES.items():
        assert (">Mine</option>" in shown(alices, name)) == style.takes_tokens
        if not style.takes_tokens:
            assert "Create an API login" in shown(alices, name)


# Every command, as it is printed
@each_page
def test_every_command_does_what_the_document_says(alices: Client, acme: Account, name: str) -> None:
    Plan.objects.update(max_tokens=10_000, messages_per_day=None, requests_per_second=1_000_000)
    routing.sandbox(acme)
    document = describing.documents()[name]
    secrets = _secrets(acme)
    printed = list(_commands(shown(alices, name)))
    wrong, statuses, usual = [], set(), next(operations(document))[2]["security"]
    for command in printed:
        method, path, response = _run(command, secrets)
        operation = _operation(document, method, path)
        wrong += [f"{method} {path}: {complaint}" for complaint in describing.documented(document, operation, response)]
        statuses.add(response.status_code)
        assert response.status_code != 401 or operation["security"] != usual, command
    assert wrong == []
    assert statuses & {200, 201, 202}
    assert len(printed) >= len(list(operations(document)))


def _secrets(account: Account) -> dict[str, str]:
    names, reader = Variables(), describing.Reader.of(account)
    return {names.token: reader.token, names.username: reader.username, names.password: reader.password}


def _commands(page: str) -> Iterator[str]:
    for code in re.findall(r"<code id=[^>]*>(.*?)</code>", page, re.DOTALL):
        if (text := html.unescape(code)).startswith("curl "):
            yield text


def _run(command: str, secrets: dict[str, str]) -> tuple[str, str, HttpResponse]:
    """Do what curl would, and return the method, the path and the answer."""
    words = iter(shlex.split(command.replace(" \\\n", ""))[1:])
    method, url, headers, fields, raw = "GET", "", dict[str, str](), dict[str, Any](), b""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            header, _, value = _filled(next(words), secrets).partition(": ")
            headers[header] = value
        elif word == "-u":
            headers["Authorization"] = f"Basic {b64encode(_filled(next(words), secrets).encode()).decode()}"
        elif word == "--data-binary":
            raw = next(words).encode()
        elif word == "-F":
            field, _, value = next(words).partition("=")
            fields[field] = _part(value)
        else:
            assert word.startswith("http"), word
            url = word
    if fields:
        headers["Content-Type"], raw = f"multipart/form-data; boundary={BOUNDARY}", encode_multipart(BOUNDARY, fields)
    assert url.startswith(f"{settings.GATEWAY_URL}/")
    path, query = urlsplit(url).path, urlsplit(url).query
    client = Client(raise_request_exception=False)
    options: dict[str, Any] = {"content_type": headers.pop("Content-Type", "")}
    response: Any = client.generic(method, f"{path}?{query}", raw, headers=headers, **options)
    return method, path, response


def _filled(text: str, secrets: dict[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: secrets[found[1]], text)


def _part(value: str) -> Any:
    content, *more = value.split(";")
    said = dict(word.split("=", 1) for word in more)
    return SimpleUploadedFile(said["filename"], content.encode(), said["type"]) if said else content


def _operation(document: describing.Document, method: str, path: str) -> describing.Document:
    """Return the operation that the path leads to."""
    base, found = describing.base_of(document), list[tuple[str, describing.Document]]()
    for known, template, operation in operations(document):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if known == method and re.fullmatch(rf"({re.escape(base)})?{pattern}", path):
            found.append((template, operation))
    assert found, f"{method} {path} is in no document"
    return min(found, key=lambda one: one[0].count("{"))[1]
