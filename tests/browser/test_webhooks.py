"""A webhook as a person sets one up, in a browser with and without script."""

import re

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import Opens
from tests.browser.looking import faults_of
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.live]
ADDRESS = "https://receiver.invalid/a/rather/long/path/for/the/orders/of/the/shop/that/nobody/can/shorten"


def add(page: Page, **options: str) -> None:
    page.goto("/webhooks/new/")
    page.get_by_label("URL").fill(ADDRESS)
    page.get_by_label("Name", exact=True).fill(options.get("name", "Shop"))
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(options.get("name", "Shop"))


def test_every_page_about_a_webhook_is_whole_on_every_screen(page: Page, watch: Watch) -> None:
    watch.expect(422, "/webhooks/new/")
    faults: dict[str, list[str]] = {}

    def look(name: str) -> None:
        faults[name] = faults_of(page)

    page.goto("/webhooks/new/")
    page.get_by_label("URL").fill("http://localhost/")
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    look("a refused form")
    add(page)
    own = page.url
    look("an endpoint")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url(re.compile(r"/calls/\d+/$"))
    look("a call")
    for name in ("edit", "rotate", "replay", "delete"):
        page.goto(f"{own}{name}/")
        look(name)
    page.goto(own)
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signing secret")
    look("a secret")
    page.goto("/webhooks/verify/")
    page.get_by_label("Headers").fill("webhook-id: evt_1")
    page.get_by_label("Webhook", exact=True).select_option(label="Shop")
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("The header webhook-timestamp is missing.")).to_be_visible()
    look("a verdict")
    page.goto("/webhooks/")
    look("the list")
    assert not any(faults.values()), {name: found for name, found in faults.items() if found}


def test_it_all_works_without_script(opened: Opens, person: StorageState) -> None:
    page = opened(person, java_script_enabled=False)
    add(page, name="Warehouse")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("The webhook is paused.")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("link", name="Rotate…").click()
    page.get_by_role("button", name="Rotate", exact=True).click()
    expect(page.get_by_text("Two secrets work.")).to_be_visible()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_text("whsec_").first).to_be_visible()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete endpoint").click()
    expect(page.get_by_role("link", name="Warehouse")).to_have_count(0)
