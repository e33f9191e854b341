"""Sending by hand and watching what becomes of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from messaging.transports import sandbox
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.live]


def send(page: Page, to: str, text: str = "Your table is ready") -> None:
    """Send a test message by the page's form, which leads to the message's own page."""
    page.goto("/messages/new/")
    page.get_by_label("Number", exact=True).fill(to)
    page.get_by_label("Text").fill(text)
    page.get_by_role("button", name="Send message").click()


def test_a_message_turns_delivered_without_a_reload(page: Page) -> None:
    send(page, "+15550100100")
    page.wait_for_url(re.compile(r"/messages/\d+/$"))
    page.evaluate("window.isStillThisPage = true")
    details = page.get_by_role("region", name="Message details")

    expect(details.get_by_text("Live", exact=True)).to_be_visible()
    expect(details.locator(".badge", has_text="Delivered")).to_be_visible()

    expect(details.get_by_role("listitem")).to_have_text(
        [re.compile("Accepted"), re.compile("Sent"), re.compile("Delivered")]
    )
    expect(details.get_by_text("Live", exact=True)).to_have_count(0)
    assert page.evaluate("window.isStillThisPage")


def test_a_failed_message_says_why_and_what_to_do(page: Page) -> None:
    send(page, sandbox.FAILS)

    details = page.get_by_role("region", name="Message details")
    expect(details.get_by_role("listitem").last).to_contain_text("This sandbox number always fails. (SANDBOX_FAILED)")
    page.goto("/")
    expect(page.get_by_role("region", name="Why messages failed today")).to_contain_text(
        "Write to any other number to see a delivery."
    )


def test_a_message_that_fails_once_shows_both_tries(page: Page) -> None:
    send(page, sandbox.FAILS_ONCE)

    details = page.get_by_role("region", name="Message details")
    expect(details.locator(".badge", has_text="Delivered")).to_be_visible(timeout=20_000)
    expect(details.get_by_role("listitem").nth(1)).to_contain_text("Did not go through, tried again later")


def test_stop_is_received_and_then_kept(page: Page, watch: Watch) -> None:
    send(page, sandbox.SENDS_STOP)
    details = page.get_by_role("region", name="Message details")
    expect(details.locator(".badge", has_text="Delivered")).to_be_visible()

    page.goto("/messages/?state=received")
    expect(page.get_by_role("article").filter(has_text="STOP")).to_be_visible()

    watch.expect(422, "/messages/new/")
    send(page, sandbox.SENDS_STOP)
    expect(page.get_by_text("This person wrote STOP and gets no more messages.", exact=True)).to_be_visible()


def test_searching_and_filtering_narrow_the_list(page: Page) -> None:
    send(page, "+15550100101", "A needle")
    send(page, "+15550100102", "Some hay")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Messages").click()

    page.get_by_role("searchbox").fill("needle")
    page.get_by_role("searchbox").press("Enter")

    expect(page.get_by_role("article")).to_have_count(1)
    assert "needle" not in page.url
    page.get_by_role("link", name="Clear filters").click()
    expect(page.get_by_role("article").filter(has_text="Some hay")).to_be_visible()


def test_the_parts_of_a_text_are_counted_while_it_is_written(page: Page) -> None:
    page.goto("/messages/new/")
    page.get_by_label("Text").fill("é" * 161)
    expect(page.locator("#parts")).to_have_text("161 of 306 characters, GSM-7, parts: 2")
    page.get_by_label("Text").fill("é" * 60 + "ж")
    expect(page.locator("#parts")).to_have_text("61 of 70 characters, UCS-2, parts: 1")
