"""What a newcomer does in the first quarter of an hour, with script and without."""

import json
import re
import shlex
from dataclasses import dataclass
from itertools import pairwise

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opens
from tests.live.gateways import PASSWORD, Gateway, until

pytestmark = [pytest.mark.browser, pytest.mark.live]

NAME = "Checkout"
NOT_THIS_TOKEN = {"message": "invalid Access-Token"}
NOT_NOW = {"success": False, "message": "this Access-Token may not do this"}


@dataclass(frozen=True)
class Journey:
    """A page and a terminal beside it."""

    page: Page
    gateway: Gateway
    has_script: bool

    def sign_up(self) -> None:
        page = self.page
        page.goto("/accounts/signup/")
        page.get_by_label("Email").fill(f"journey-{self.has_script}@new.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()

    def create_token(self) -> str:
        page = self.page
        page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="API Tokens").click()
        page.get_by_role("link", name="Create Token").first.click()
        page.get_by_label("Name", exact=True).fill(NAME)
        page.get_by_role("button", name="Create", exact=True).click()
        return self.copy_secret()

    def copy_secret(self) -> str:
        """Take the secret from the page that shows it once."""
        page = self.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Copy your token now")
        secret = (page.locator("#secret").text_content() or "").strip()
        assert secret.startswith("gw_live_")
        assert secret not in page.url
        if self.has_script:
            page.get_by_role("button", name="Copy token").click()
            expect(page.get_by_role("button", name="Copied")).to_be_visible()
            assert page.evaluate("navigator.clipboard.readText()") == secret
        return secret

    def shown_commands(self) -> list[str]:
        """Read off how each API style is called."""
        page = self.page
        for summary in page.locator("main summary").all():
            summary.click()
        return [code.inner_text() for code in page.locator("main pre").all()]

    def soon(self, hoped: Locator) -> None:
        """Wait until the page shows something: by itself, or by reloading where there is no script."""
        if self.has_script:
            expect(hoped).to_be_visible()
            return
        until(lambda: hoped.is_visible() or self.page.reload() is None, within=15)

    def whatsgate(self, secret: str, device: str) -> httpx.Response:
        return httpx.post(
            f"{self.gateway.url}/api/send/text",
            headers={"Access-Token": secret},
            json={"sender_device": device, "phone": "15550100100", "message": "Your table is ready"},
        )

    def startmessaging(self, secret: str) -> httpx.Response:
        return httpx.post(
            f"{self.gateway.url}/v1/messages",
            headers={"Authorization": f"Bearer {secret}"},
            json={"to": "15550100100", "type": "text", "text": {"body": "Your order has left"}},
        )

    def choose(self, action: str) -> Locator:
        """Choose what to do with the token, and return where that is asked: in a dialog, or on a page of its own."""
        page = self.page
        if self.has_script:
            page.get_by_role("button", name=action).click()
            return page.get_by_role("dialog")
        page.goto("/tokens/")
        page.get_by_role("button", name=f"Actions for {NAME}").click()
        page.get_by_role("link", name=action).click()
        return page.get_by_role("main")

    def open_token(self) -> None:
        self.page.goto("/tokens/")
        self.page.get_by_role("table").get_by_role("link", name=NAME).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(NAME)


def type_as_shown(command: str, secret: str) -> httpx.Response:
    """Send what a shown curl command would."""
    words = shlex.split(command.partition("curl ")[2].replace("\\\n", ""))
    options = list(pairwise(words))
    (url,) = [word for word in words if word.startswith("http")]
    (method,) = [value for option, value in options if option == "-X"]
    given = [value.replace("$GATEWAY_TOKEN", secret).split(": ", 1) for option, value in options if option == "-H"]
    body = next((json.loads(value) for option, value in options if option == "-d"), None)
    return httpx.request(method, url, headers=dict(given), json=body)


@pytest.mark.parametrize("has_script", [True, False], ids=["with script", "without script"])
def test_from_signing_up_to_a_revoked_token(opened: Opens, gateway: Gateway, has_script: bool) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    page = opened(java_script_enabled=has_script, permissions=permissions)
    journey = Journey(page, gateway, has_script)
    main = page.get_by_role("main")

    journey.sign_up()
    secret = journey.create_token()

    # A first message, by the shown commands
    expect(main.get_by_text("Waiting for the first request")).to_be_visible()
    own, *vendors = [type_as_shown(command, secret) for command in journey.shown_commands()]
    assert own.status_code in {201, 202}, own.text
    assert {answer.status_code for answer in vendors} == {200}, [answer.text for answer in vendors]
    if has_script:
        page.evaluate("window.isStillThisPage = true")
        expect(main.get_by_text("Waiting for the first request")).to_have_count(0)
        expect(main.get_by_text("Hello from the gateway").first).to_be_visible()
        assert page.evaluate("window.isStillThisPage")

    # The secret is shown once
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This token was already shown")
    assert secret not in page.content()

    # The message is delivered
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Messages").click()
    page.get_by_role("article").first.get_by_role("link").click()
    details = page.get_by_role("region", name="Message details")
    journey.soon(details.locator(".badge", has_text="Delivered"))
    expect(details.get_by_text(f"Token “{NAME}”").first).to_be_visible()

    # The token's page knows of the requests
    journey.open_token()
    journey.soon(main.get_by_role("cell", name="POST /v1/messages"))
    journey.soon(main.get_by_role("cell", name="POST /api/send/text"))

    # A second secret beside the old one
    asked = journey.choose("Regenerate…")
    asked.get_by_label("In 24 hours").check()
    asked.get_by_role("button", name="Regenerate", exact=True).click()
    renewed = journey.copy_secret()
    page.get_by_label("I have stored the token").check()
    page.get_by_role("button", name="Done").click()
    assert [journey.startmessaging(each).status_code for each in (secret, renewed)] == [200, 200]
    expect(main.get_by_text("Two secrets work until")).to_be_visible()
    page.get_by_role("button", name="End old secret").click()
    expect(main.get_by_text("The old secret has ended.")).to_be_visible()
    assert [journey.startmessaging(each).status_code for each in (secret, renewed)] == [401, 200]

    # A pause
    page.goto("/devices/")
    device = main.locator(".vitals dd").first.inner_text().lstrip("+")
    journey.open_token()
    page.get_by_role("button", name="Pause token").click()
    expect(main.locator(".badge", has_text="Paused")).to_be_visible()
    paused = journey.whatsgate(renewed, device)
    assert (paused.status_code, paused.json()) == (403, NOT_NOW)
    page.get_by_role("button", name="Resume token").click()
    expect(main.locator(".badge", has_text="Active")).to_be_visible()
    assert journey.whatsgate(renewed, device).status_code == 200

    # The end
    asked = journey.choose("Revoke…")
    asked.get_by_label(re.compile("to confirm")).fill(NAME)
    asked.get_by_role("button", name="Revoke token").click()
    expect(main.locator(".badge", has_text="Revoked")).to_be_visible()
    ended = journey.whatsgate(renewed, device)
    assert (ended.status_code, ended.json()) == (403, NOT_THIS_TOKEN)
    assert journey.startmessaging(renewed).json()["error"]["code"] == "INVALID_API_KEY"
