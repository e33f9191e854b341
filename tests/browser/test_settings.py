"""Settings: the same keys under StartMessaging's words, API logins, and from where credentials may be used."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.watching import Watch
from tests.live.gateways import Gateway

pytestmark = [pytest.mark.browser, pytest.mark.live]


def generate_key(page: Page, label: str) -> str:
    page.goto("/settings/api-keys/")
    page.get_by_role("link", name="Generate New Key").first.click()
    page.get_by_label("Name", exact=True).fill(label)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy your token now")
    return page.locator("#secret").inner_text().strip()


def ask_for_messages(gateway: Gateway, secret: str) -> httpx.Response:
    return httpx.get(f"{gateway.url}/v1/messages", headers={"Authorization": f"Bearer {secret}"})


def test_a_key_is_generated_and_revoked_under_settings(page: Page, watch: Watch, gateway: Gateway) -> None:
    secret = generate_key(page, "Production Server")
    assert ask_for_messages(gateway, secret).status_code == 200

    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="API Keys").click()
    page.get_by_role("button", name="Actions for Production Server").click()
    page.get_by_role("link", name="Revoke…").click()
    watch.expect(422, re.sub(r"^https?://[^/]+", "", page.url))
    page.get_by_role("textbox", name="to confirm").fill("Production")
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text("This is not its name.").first).to_be_visible()
    assert ask_for_messages(gateway, secret).status_code == 200
    page.get_by_role("textbox", name="to confirm").fill("Production Server")
    page.get_by_role("button", name="Revoke token").click()

    expect(page.get_by_role("main").locator(".badge", has_text="Revoked")).to_be_visible()
    assert ask_for_messages(gateway, secret).json()["error"]["code"] == "INVALID_API_KEY"


def test_a_pasted_key_finds_its_row_and_is_not_kept(page: Page) -> None:
    generate_key(page, "One of many")
    secret = generate_key(page, "The one that leaked")

    page.goto("/tokens/")
    page.get_by_role("searchbox").fill(secret)
    page.get_by_role("searchbox").press("Enter")

    table = page.get_by_role("table")
    expect(table.get_by_role("link", name="The one that leaked")).to_be_visible()
    expect(table.get_by_role("link", name="One of many")).to_have_count(0)
    assert secret not in page.content()
    assert secret not in page.url


def test_what_a_token_will_do_is_restated_while_its_form_is_filled_in(page: Page) -> None:
    page.goto("/tokens/new/")
    summary = page.get_by_role("complementary", name="This token will be able to")
    expect(summary).to_contain_text("It never expires")

    page.get_by_label("Sandbox").check()
    page.get_by_label("Expires").select_option(index=1)

    expect(summary).to_contain_text("gw_test_")
    expect(summary).not_to_contain_text("It never expires")


def test_an_address_list_refuses_every_other_address(page: Page, gateway: Gateway) -> None:
    secret = generate_key(page, "From the office")
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Security").click()
    page.get_by_label("Allowed IP addresses").fill("192.0.2.0/24")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your own address is not on the list")).to_be_visible()

    refused = ask_for_messages(gateway, secret)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "IP_NOT_ALLOWED")
    expect(page.get_by_text("Address list changed").first).to_be_visible()

    page.get_by_label(re.compile("Add mine")).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The address list is saved.")).to_be_visible()
    assert ask_for_messages(gateway, secret).status_code == 200


def test_an_api_login_shows_its_password_once(page: Page) -> None:
    page.goto("/tokens/logins/")
    page.get_by_label("Name", exact=True).fill("Legacy ERP")
    page.get_by_role("button", name="Create", exact=True).click()
    password = page.locator("#password").inner_text().strip()
    assert password

    page.reload()
    assert password not in page.content()
    page.goto("/tokens/logins/")
    expect(page.get_by_role("cell").filter(has_text="Legacy ERP")).to_be_visible()
    assert password not in page.content()
