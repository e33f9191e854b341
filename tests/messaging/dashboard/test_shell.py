"""The frame around every page: navigation, accounts, the plan's meter, times, and what pages may load."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, User
from accounts.opening import join_account
from accounts.roles import Role
from tests.conftest import SignedIn
from tests.messaging.conftest import Send

pytestmark = pytest.mark.django_db
PAGES = ("/", "/messages/", "/messages/new/", "/devices/")


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def page(client: Client, path: str = "/") -> str:
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_marks_its_place_in_the_navigation(alices: Client, path: str) -> None:
    shown = page(alices, path)
    places = set(re.findall(r'<a href="([^"]*)" aria-current="page"', shown))
    assert places == {"/messages/" if path.startswith("/messages/") else path}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_inline_style_or_script(alices: Client, path: str) -> None:
    answer = alices.get(path)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    shown = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", shown)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_for_signed_in_people(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_the_accounts_one_is_in_are_offered(alice: User, alices: Client, other: Account) -> None:
    assert "/accounts/switch/" not in page(alices)
    join_account(account=other, user=alice, role=Role.VIEWER, by=COMMAND)
    assert "<bdi>other</bdi>" in page(alices)


def test_the_meter_shows_todays_messages_and_is_gone_without_a_limit(alices: Client, acme: Account, send: Send) -> None:
    send()
    assert "<bdi>1</bdi> of <bdi>1,000</bdi>" in page(alices, "/devices/")
    acme.plan.messages_per_day = None
    acme.plan.save()
    assert 'class="plan"' not in page(alices, "/devices/")


def test_the_chosen_theme_is_written_by_the_server(alices: Client) -> None:
    alices.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in page(alices)


def test_sign_in_costs_no_query_for_the_frame(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's fixture has no public type
        client.get("/accounts/login/")


def test_times_are_said_in_the_accounts_zone(alices: Client, acme: Account, send: Send) -> None:
    acme.time_zone = "Asia/Riyadh"
    acme.save()
    made = send().created_at + timedelta(hours=3)
    assert f'title="{made.day} {made:%B %Y, %H:%M}' in page(alices, "/messages/")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(), "now"),
        (timedelta(seconds=12), "12 s ago"),
        (timedelta(minutes=4, seconds=30), "4 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=1), "20 November"),
        (timedelta(days=400), "17 October 2025"),
        (-timedelta(minutes=5), "in 5 min"),
    ],
)
def test_times_are_relative_under_a_day(ago: timedelta, words: str) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        shown = Template("{% load times %}{% when moment %}").render(Context({"moment": now - ago}))
    assert f">{words}</time>" in shown
