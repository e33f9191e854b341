"""Every page that links lead to, for everybody: with a keyboard, on a phone, in the dark."""

import re
from collections.abc import Iterator
from itertools import chain
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, StorageState, expect

from messaging import dialect
from messaging.transports import sandbox
from tests.browser.conftest import Opens
from tests.browser.looking import faults_of
from tests.browser.test_messages import send
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.live]

NOT_OURS = ("/admin/", "/docs/")  # pages of Django and of Swagger UI


def create_secrets(page: Page) -> Iterator[str]:
    """Make a token and a login, and yield the name of each page that shows what it shows once."""
    page.goto("/tokens/new/?name=A%20rather%20long%20name%20for%20the%20checkout%20of%20the%20shop")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy your token now")
    yield "a token, shown once"
    page.goto("/tokens/logins/")
    page.get_by_label("Name", exact=True).fill("Legacy ERP")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy the password now")
    yield "a login, shown once"


def send_messages(page: Page) -> Iterator[str]:
    """Send what is delivered, fails, is answered or is refused, and yield the names of the pages."""
    for number in (sandbox.SENDS_STOP, sandbox.FAILS, "+15550100100"):
        send(page, number)
        page.wait_for_url(re.compile(r"/messages/\d+/$"))
        yield f"a message to {number}"
    send(page, "nobody")
    expect(page.get_by_role("alert").first).to_be_visible()
    yield "a refused message"


def walk(page: Page, *starts: str) -> Iterator[str]:
    """Open every page that links lead to, one of each kind, and yield its path."""
    waiting, seen = list(starts), set[str]()
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"\d+", "N", urlsplit(path).path)
        if kind in seen or kind.startswith(NOT_OURS):
            continue
        seen.add(kind)
        page.goto(path)
        yield path
        links = page.eval_on_selector_all("a[href]:not([download])", "links => links.map((link) => link.href)")
        home = urlsplit(page.url).netloc
        waiting += [urlsplit(link).path for link in links if urlsplit(urljoin(page.url, link)).netloc == home]


@pytest.mark.timeout(300)  # there are many
def test_every_page_is_whole_on_every_screen(page: Page, watch: Watch) -> None:
    watch.expect(422, "/messages/new/")
    watch.expect(404, "/nowhere/")

    pages = chain(send_messages(page), create_secrets(page), walk(page, "/", "/nowhere/"))
    faults = {name: faults_of(page) for name in pages}

    assert {"/", "/messages/", "/tokens/", "/devices/", "/settings/security/", "/settings/account/"} < set(faults)
    assert len(faults) > 30, list(faults)
    assert not any(faults.values()), {name: found for name, found in faults.items() if found}


def test_every_page_before_signing_in_is_whole_on_every_screen(opened: Opens) -> None:
    page = opened()

    faults = {path: faults_of(page) for path in walk(page, "/accounts/login/")}

    assert {"/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"} <= set(faults)
    assert not any(faults.values()), {name: found for name, found in faults.items() if found}


@pytest.mark.parametrize(
    "path", ["/admin/", "/docs/api/", *(f"/docs/{style.mount}/" for style in dialect.found().values())]
)
def test_a_page_by_others_keeps_to_the_policy_and_asks_no_outside_host(
    opened: Opens, owner: StorageState, path: str
) -> None:
    page = opened(owner)
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading").first).to_be_visible()


def test_the_watch_notices_what_no_page_may_do(page: Page, watch: Watch) -> None:
    bad = """<p style="color: red">Inline.</p><script>alert()</script><script src="/throws.js"></script>
        <img src="https://outside.example/dot.png"><img src="/missing.png">"""
    policy = "default-src 'none'; script-src 'self'; img-src *"
    page.route("**/bad/", lambda route: route.fulfill(body=bad, headers={"Content-Security-Policy": policy}))
    page.route("**/throws.js", lambda route: route.fulfill(body="throw new Error('thrown')"))
    page.route("https://outside.example/**", lambda route: route.abort())

    page.goto("/bad/")
    page.wait_for_load_state("networkidle")

    noticed, watch.problems = "\n".join(watch.problems), []
    for expected in ("inline style", "inline script", "thrown", "outside request", "failed request", "answer 404"):
        assert expected in noticed, noticed


def test_a_keyboard_skips_to_the_content(page: Page) -> None:
    page.goto("/messages/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_a_chosen_theme_shows_at_once_and_stays(page: Page) -> None:
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("complementary").get_by_role("button").click()

    with page.expect_response(lambda response: response.url.endswith("/accounts/theme/")):
        page.get_by_role("button", name="Dark").click()

    dark = page.evaluate(ground)
    page.reload()
    assert page.evaluate(ground) == dark != light


def test_a_theme_is_chosen_without_script(opened: Opens, person: StorageState) -> None:
    page = opened(person, java_script_enabled=False)
    page.goto("/devices/")
    page.get_by_role("complementary").get_by_role("button").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile(r"/devices/$"))


def test_the_phone_has_a_bar_and_shows_list_or_message(opened: Opens, person: StorageState) -> None:
    page = opened(person, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    send(page, "+15550100100", "Read this on the train")
    bar = page.get_by_role("navigation", name="Main, phone")
    expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_hidden()

    bar.get_by_role("link", name="Messages").tap()
    row = page.get_by_role("article").filter(has_text="Read this on the train")
    row.get_by_role("link").tap()
    details = page.get_by_role("region", name="Message details")
    expect(details).to_be_visible()
    expect(row).to_be_hidden()
    details.get_by_role("link", name="Messages").tap()
    expect(row).to_be_visible()

    bar.get_by_role("button", name="More").tap()
    page.get_by_role("navigation", name="More").get_by_role("link", name="Security").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("Security")
    bar.get_by_role("link", name="API Tokens").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("API Tokens")
