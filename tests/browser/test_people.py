"""The first owner and those after: signing up, in and out."""

from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.sync_api import StorageState, expect

from tests.browser.conftest import Opens
from tests.browser.looking import faults_of
from tests.browser.watching import Watch
from tests.live.gateways import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.live]


def test_the_first_run_link_makes_the_owner_and_is_over_then(
    opened: Opens, owner: StorageState, first_run_link: str, watches: list[Watch]
) -> None:
    page = opened(owner)
    page.goto("/")
    expect(page.get_by_role("complementary").get_by_text("acme", exact=True)).to_be_visible()

    other = opened()
    watches[1].expect(410, urlsplit(first_run_link).path)
    other.goto(first_run_link)

    expect(other.get_by_role("button", name="Create owner")).to_have_count(0)


def test_a_second_person_signs_up_out_and_in(opened: Opens, watches: list[Watch]) -> None:
    email = f"{uuid4().hex}@other.example"
    page = opened()
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.get_by_text("Nothing sent yet")).to_be_visible()

    page.get_by_role("complementary").get_by_role("button").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Gatehouse")

    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_a_new_account_has_whole_pages_where_nothing_is_yet(opened: Opens) -> None:
    page = opened()
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill(f"{uuid4().hex}@other.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("Nothing sent yet")).to_be_visible()

    for path in ("/", "/messages/", "/tokens/", "/tokens/logins/", "/settings/api-keys/", "/devices/"):
        page.goto(path)
        assert not faults_of(page), path


def test_a_passkey_signs_in_alone(opened: Opens, owner: StorageState) -> None:
    page = opened(owner)
    authenticator = page.context.new_cdp_session(page)
    authenticator.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
    authenticator.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")

    page.goto("/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Remove")
