"""What browsers and caches are told, whatever is answered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, User
from tests.conftest import SignedIn

FORM = "application/x-www-form-urlencoded"
ANSWERS: dict[str, tuple[int, Callable[[Client], Any]]] = {
    "a page": (200, lambda client: client.get("/accounts/login/")),
    "a page that is not there": (404, lambda client: client.get("/nothing/")),
    "a path kept for programs that nothing answers": (404, lambda client: client.get("/hooks/x")),
    "the console": (200, lambda client: client.get("/docs/api/")),
    "another host": (400, lambda client: client.get("/accounts/login/", headers={"host": "evil.example"})),
    "too many fields": (400, lambda client: client.post("/accounts/login/", b"a=1&" * 1001, FORM)),
    "too large a form": (400, lambda client: client.post("/accounts/login/", b"a=" + b"x" * 2_700_000, FORM)),
    "a form from elsewhere": (403, lambda _: Client(enforce_csrf_checks=True).post("/accounts/login/")),
    "whether it is well": (200, lambda client: client.get("/health")),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_every_answer_to_a_browser_has_the_strict_policy(what: str, client: Client, db: None) -> None:
    status, ask = ANSWERS[what]
    answer = ask(client)
    policy = answer["Content-Security-Policy"]
    assert answer.status_code == status
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy or what == "the console"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/openapi.json", "/v1/messages", "/api/devices", "/api/nothing"])
def test_no_answer_to_a_program_is_taken_for_a_page(path: str, client: Client, db: None) -> None:
    answer = client.get(path)
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/", "/messages/", "/messages/new/", "/devices/", "/tokens/", "/settings/people/", "/accounts/email/",
     "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/sessions/"],
)  # fmt: skip
def test_no_page_of_an_account_is_kept_for_the_back_button(
    path: str, alice: User, acme: Account, signed_in: SignedIn
) -> None:
    assert {"private", "no-store"} <= set(signed_in(alice).get(path)["Cache-Control"].split(", "))


@pytest.mark.parametrize(
    "place",
    ["//evil.example", "https://evil.example", "/\\evil.example", "///evil.example", "http:///evil.example",
     "\0//evil.example", "javascript:alert(1)"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(place: str, client: Client, alice: User, signed_in: SignedIn) -> None:
    assert client.post("/accounts/theme/", {"theme": "dark", "next": place})["Location"] == "/"
    form = {"login": alice.email, "password": "a long enough password", "next": place}
    assert client.post("/accounts/login/", form)["Location"] == "/"
    proof = {"password": "a long enough password", "next": place}
    assert signed_in(alice).post("/accounts/reauthenticate/", proof)["Location"] == "/"


@pytest.mark.parametrize("path", ["/docs/api/", "/docs/whispir/"])
def test_the_consoles_open_for_people_who_are_signed_in_too(
    signed_in: SignedIn, alice: User, acme: Account, path: str
) -> None:
    assert signed_in(alice).get(path).status_code == 200
