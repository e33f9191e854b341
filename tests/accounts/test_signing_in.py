"""Sign-in: its limits, and the address that they count on."""

import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.addresses import client_address
from accounts.models import User
from tests.conftest import PASSWORD

LOGIN = "/accounts/login/"


def test_the_sixth_wrong_password_for_one_address_is_not_tried(client: Client, alice: User) -> None:
    for _ in range(5):
        client.post(LOGIN, {"login": alice.email, "password": "wrong"})
    answer = client.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    assert "Too many attempts" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_address_that_keeps_trying_gets_a_plain_page(client: Client, alice: User) -> None:
    answers = [client.post(LOGIN, {"login": f"{n}@new.example", "password": "x"}) for n in range(31)]
    assert answers[-1].status_code == 429
    assert "Wait a minute" in answers[-1].content.decode()
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.post(LOGIN, {"login": alice.email, "password": PASSWORD}).status_code == 302


def test_a_made_up_forwarded_address_does_not_reset_the_limit(client: Client) -> None:
    answers = [
        client.post(LOGIN, {"login": f"{n}@new.example"}, headers={"x-forwarded-for": f"198.51.100.{n}"})
        for n in range(31)
    ]
    assert answers[-1].status_code == 429


def test_a_wrong_sign_in_does_not_say_what_was_wrong(client: Client, alice: User) -> None:
    known = client.post(LOGIN, {"login": alice.email, "password": "wrong"}).content.decode()
    unknown = client.post(LOGIN, {"login": "nobody@new.example", "password": "wrong"}).content.decode()
    for page in (known, unknown):
        assert "The email address and/or password" in page


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("203.0.113.9", "198.51.100.1", [], "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", ["10.0.0.0/8"], "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, 10.0.0.3", ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, unknown", ["10.0.0.0/8"], "10.0.0.2"),
        ("10.0.0.2", "", ["10.0.0.0/8"], "10.0.0.2"),
        ("::ffff:10.0.0.2", "2001:db8::1", ["10.0.0.2"], "2001:db8::1"),
        ("::ffff:203.0.113.9", "", [], "203.0.113.9"),
        ("fe80::1%<b>", "", [], "fe80::1"),  # a zone, which no database takes
        ("", "198.51.100.1", ["10.0.0.0/8"], ""),
    ],
)
def test_only_named_proxies_are_believed(
    settings: Settings, peer: str, forwarded: str, trusted: list[str], found: str
) -> None:
    settings.GATEWAY_TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"x-forwarded-for": forwarded})
    assert client_address(request) == found
