"""A broadcast by hand: made, watched while it is sent, and stopped; with script and without."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, StorageState, expect

from messaging.transports import sandbox
from tests.browser.conftest import Opens
from tests.browser.looking import faults_of
from tests.browser.watching import Watch
from tests.live.gateways import Gateway

pytestmark = [pytest.mark.browser, pytest.mark.live]
PHONE = {"width": 390, "height": 844}
BODY = "Hello {{first_name}}, our winter sale begins on {{day}}. Everything is 20% off."


@pytest.fixture(scope="module", autouse=True)
def plan_for_tests(gateway: Gateway) -> None:
    gateway.database.change("UPDATE accounts_plan SET broadcasts_per_day = NULL, may_schedule_broadcasts = true")


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where GATEHOUSE_PICTURES names a folder for them."""
    if folder := os.environ.get("GATEHOUSE_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def begin(page: Page, name: str, *, text: str = "We open at nine tomorrow.") -> None:
    """Fill in a text to some numbers, one of which fails."""
    page.goto("/broadcasts/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("#id_says").get_by_text("Text", exact=True).click()
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    numbers = [f"+1555010{place:04d}" for place in range(200, 240)]
    page.get_by_role("textbox", name="Numbers").fill(
        "\n".join([*numbers, sandbox.FAILS, sandbox.IS_READ, sandbox.ANSWERS])
    )


def test_a_broadcast_is_made_and_watched_to_its_end(page: Page) -> None:
    page.goto("/broadcasts/")
    picture(page, "list-empty")
    page.get_by_role("link", name="New broadcast").first.click()
    begin(page, "Opening hours")
    expect(page.locator("select[name=template]")).to_be_hidden()
    picture(page, "new-text")
    page.get_by_role("button", name="Send broadcast").click()
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    picture(page, "running")
    expect(page.get_by_text("Completed")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("43 of 43 people, 100.0%")).to_be_visible()
    expect(page.get_by_text("This sandbox number always fails.")).to_be_visible()
    picture(page, "completed")
    assert not faults_of(page)
    page.goto("/broadcasts/")
    picture(page, "list")
    assert not faults_of(page)


def test_a_template_shows_its_gaps_when_it_is_chosen(page: Page) -> None:
    page.goto("/templates/new/")
    page.get_by_label("Name", exact=True).fill("winter_sale")
    page.get_by_label("Body").fill(BODY)
    page.get_by_role("button", name="Create template").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("winter_sale")
    choice = approved(page, "winter_sale (en)")
    page.locator("select[name=template]").select_option(choice)
    page.get_by_label("Body, {{first_name}}").fill("{{contact.first_name|there}}")
    page.get_by_label("Body, {{day}}").fill("Monday")
    picture(page, "new-template")
    assert not faults_of(page)
    page.get_by_label("Name", exact=True).fill("Winter sale")
    page.get_by_role("textbox", name="Numbers").fill("+15550100100")
    page.get_by_role("button", name="Send broadcast").click()
    expect(page.get_by_text("Hello {{contact.first_name|there}}, our winter sale begins on Monday.")).to_be_visible()


def approved(page: Page, label: str) -> str:
    """Open the form when the template can be chosen there, which takes a second or two."""
    for _ in range(40):
        page.goto("/broadcasts/new/")
        if page.locator("select[name=template] option", has_text=label).count():
            break
        page.wait_for_timeout(500)
    return label


def test_one_that_waits_is_cancelled_in_a_dialog(page: Page, watch: Watch) -> None:
    watch.expect(422, "/broadcasts/new/")
    begin(page, "Too early")
    page.locator("#id_when").get_by_text("Later", exact=True).click()
    page.locator("input[name=send_at]").fill("2099-01-01T10:00")
    page.get_by_role("button", name="Send broadcast").click()
    expect(page.get_by_text("This is more than 366 days ahead.").first).to_be_visible()
    picture(page, "refused")
    at = datetime.now(UTC) + timedelta(days=2)
    page.locator("input[name=send_at]").fill(at.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="Send broadcast").click()
    expect(page.get_by_text("Scheduled").first).to_be_visible()
    page.get_by_role("button", name="Cancel broadcast…").click()
    picture(page, "cancelling")
    page.get_by_role("button", name="Cancel broadcast", exact=True).click()
    expect(page.get_by_text("“Too early” is cancelled. Nobody got it.")).to_be_visible()


def test_it_works_without_script_on_a_phone(opened: Opens, person: StorageState) -> None:
    page = opened(person, java_script_enabled=False, viewport=PHONE)
    begin(page, "By hand")
    picture(page, "phone-new")
    page.get_by_role("button", name="Send broadcast").click()
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    for _ in range(60):
        if page.get_by_text("Completed").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("43 of 43 people, 100.0%")).to_be_visible()
    picture(page, "phone-completed")
    page.goto("/broadcasts/")
    picture(page, "phone-list")


def test_without_script_a_button_shows_a_templates_gaps(opened: Opens, person: StorageState) -> None:
    page = opened(person, java_script_enabled=False)
    page.goto("/broadcasts/new/")
    page.locator("select[name=template]").select_option("winter_sale (en)")
    page.get_by_role("button", name="Show its gaps").click()
    expect(page.get_by_label("Body, {{day}}")).to_be_visible()
