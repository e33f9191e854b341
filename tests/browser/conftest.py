"""Chromium in front of a real gateway. Every page that a test opens is watched."""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tests.browser.watching import Watch
from tests.live.databases import new_database
from tests.live.gateways import PASSWORD, Gateway

PACE = "0.3"  # a message is delivered after 0.3 to 0.6 seconds: slowly enough to be watched
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
Opens = Callable[..., Page]

expect.set_options(timeout=10_000)


# Not for the session: while Playwright runs, Django refuses to ask the database in this thread.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no Chromium here: the pages are not tested")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def empty_gateway(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Gateway]:
    """A gateway that nobody has signed up to yet."""
    folder = tmp_path_factory.mktemp("gateway")
    gateway = Gateway(folder, new_database(folder), pace=PACE)
    gateway.start()
    yield gateway
    gateway.end()


@pytest.fixture(scope="package")
def first_run_link(empty_gateway: Gateway) -> str:
    found = re.search(r"create the owner at (\S+)", empty_gateway.said())
    assert found, empty_gateway.said()
    return found[1]


@pytest.fixture(scope="package")
def owner(empty_gateway: Gateway, first_run_link: str, browser: Browser) -> StorageState:
    """The cookies of the person who followed the first-run link."""
    context = browser.new_context()
    watch = Watch(context, empty_gateway.url)
    page = context.new_page()
    page.goto(first_run_link)
    page.get_by_label("Email").fill("alice@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Account name").fill("acme")
    page.get_by_role("button", name="Create owner").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert not watch.problems
    return _cookies(context)


@pytest.fixture(scope="package")
def gateway(empty_gateway: Gateway, owner: StorageState) -> Gateway:
    """A gateway that has its owner, so that others may sign up."""
    return empty_gateway


@pytest.fixture(scope="module")
def person(gateway: Gateway, browser: Browser, request: pytest.FixtureRequest) -> StorageState:
    """The cookies of somebody who signed up for the tests of one file, with an account of their own."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{gateway.url}/accounts/signup/")
    page.get_by_label("Email").fill(f"{request.module.__name__.rpartition('.')[2]}@other.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    return _cookies(context)


def _cookies(context: BrowserContext) -> StorageState:
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def watches(gateway: Gateway) -> Iterator[list[Watch]]:
    """What was noticed on the pages of the test; anything fails it."""
    watches: list[Watch] = []
    yield watches
    problems = [problem for watch in watches for problem in watch.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def opened(browser: Browser, gateway: Gateway, watches: list[Watch]) -> Iterator[Opens]:
    """Return a new browser window's page, watched: signed in with `cookies`, of the given kind."""
    contexts: list[BrowserContext] = []

    def open_page(cookies: StorageState | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=gateway.url, storage_state=cookies, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        watches.append(Watch(context, gateway.url))
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(opened: Opens, person: StorageState) -> Page:
    """A desktop's window in which the file's person is signed in."""
    return opened(person)


@pytest.fixture
def watch(page: Page, watches: list[Watch]) -> Watch:
    """What watches `page`."""
    return watches[0]
