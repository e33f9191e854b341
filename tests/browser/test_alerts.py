"""Alerts as a person meets them: rules changed, a leaked token paused by itself, and one click that undoes it."""

import re

import httpx
import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser.conftest import Opens
from tests.browser.looking import faults_of
from tests.browser.watching import Watch
from tests.live.gateways import Gateway, until

pytestmark = [pytest.mark.browser, pytest.mark.live]
PLACE = "https://github.com/octocat/Hello-World/blob/12345600b9cbe38a219f39a9941c9319b600c002/foo/bar/.env"


def make_token(page: Page, name: str) -> str:
    """Make a token in the dashboard and return its secret."""
    page.goto(f"/tokens/new/?name={name}")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy your token now")
    return page.locator("output#secret").inner_text().strip()


def uses(gateway: Gateway, secret: str) -> int:
    return httpx.get(f"{gateway.url}/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code


def report(gateway: Gateway, secret: str) -> None:
    said = httpx.post(f"{gateway.url}/api/v1/leaks", json=[{"token": secret, "type": "key", "url": PLACE}])
    assert (said.status_code, said.json()[0]["label"]) == (200, "true_positive")


def let_leaked_tokens_pause(page: Page) -> None:
    page.goto("/alerts/rules/")
    page.get_by_label("Pause the token").check()
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("The rules are saved.")).to_be_visible()
    expect(page.get_by_label("Pause the token")).to_be_checked()


def test_a_reported_token_is_paused_its_people_are_told_and_one_click_resumes_it(page: Page, gateway: Gateway) -> None:
    let_leaked_tokens_pause(page)
    secret = make_token(page, "Checkout")
    assert uses(gateway, secret) == 200
    report(gateway, secret)
    until(lambda: uses(gateway, secret) == 403)
    until(lambda: "The secret of the token Checkout was found" in gateway.said(), what="a letter")
    assert secret not in gateway.said()
    page.goto("/")
    page.get_by_role("link", name="See alerts").click()
    expect(page.get_by_text(PLACE)).to_be_visible()
    page.get_by_role("button", name="Resume this token").click()
    expect(page.get_by_text("The token works again.")).to_be_visible()
    until(lambda: uses(gateway, secret) == 200)


def test_its_pages_are_whole_on_every_screen(page: Page, gateway: Gateway, watch: Watch) -> None:
    watch.expect(422, "/alerts/rules/")
    faults: dict[str, list[str]] = {}
    let_leaked_tokens_pause(page)
    secret = make_token(page, "A%20rather%20long%20name%20for%20the%20checkout%20of%20the%20shop")
    report(gateway, secret)
    page.goto("/alerts/")
    faults["an open alert"] = faults_of(page)
    page.get_by_role("link", name="See the token").first.click()
    expect(page.get_by_text("An alert paused this token")).to_be_visible()
    faults["a paused token"] = faults_of(page)
    page.goto("/alerts/rules/")
    faults["the rules"] = faults_of(page)
    page.get_by_role("spinbutton", name="Minutes").first.evaluate(
        "input => { input.removeAttribute('max'); input.value = '99999999' }"
    )
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    faults["a refused rule"] = faults_of(page)
    assert not any(faults.values()), {name: found for name, found in faults.items() if found}


def test_it_all_works_without_script(opened: Opens, person: StorageState, gateway: Gateway) -> None:
    page = opened(person, java_script_enabled=False)
    page.goto("/alerts/rules/")
    page.get_by_role("spinbutton", name="Minutes").first.fill("25")
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_role("spinbutton", name="Minutes").first).to_have_value("25")
    page.get_by_role("link", name="Alerts", exact=True).first.click()
    page.wait_for_url(re.compile(r"/alerts/$"))
