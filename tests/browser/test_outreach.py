"""Contacts, segments and templates with a mouse: what links, forms and the live look do together."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import faults_of
from tests.browser.watching import Watch

pytestmark = [pytest.mark.browser, pytest.mark.live]
FILE = "phone,first_name,a rather long name of a column\n" + "".join(
    f"+90532{n:07},Firstname{n} of some length,x\n" for n in range(1200100, 1200160)
)


def import_people(page: Page) -> None:
    page.goto("/contacts/import/")
    buffer = (FILE + "nobody,X,\n").encode()
    page.set_input_files("input[type=file]", files={"name": "a.csv", "mimeType": "text/csv", "buffer": buffer})
    page.get_by_label("Or to a new segment").fill("Newsletter")
    page.get_by_role("button", name="Import contacts").click()
    expect(page.get_by_role("heading", name="Refused lines")).to_be_visible()


def test_people_are_imported_found_and_grouped(page: Page, watch: Watch) -> None:
    import_people(page)
    faults = {"imported": faults_of(page)}

    page.goto("/contacts/")
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Newer")).to_be_visible()
    faults["contacts"] = faults_of(page)
    page.get_by_label("Search contacts").fill("0532 1200133")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Firstname1200133").click()
    page.get_by_role("button", name="Take out of Newsletter").click()
    expect(page.get_by_text("In none.")).to_be_visible()
    faults["contact"] = faults_of(page)

    page.goto("/contacts/segments/")
    faults["segments"] = faults_of(page)
    page.get_by_role("link", name="Newsletter").click()
    expect(page.get_by_text("59 contacts")).to_be_visible()
    faults["segment"] = faults_of(page)
    assert not any(faults.values()), faults


def test_a_template_is_looked_at_while_it_is_written(page: Page, watch: Watch) -> None:
    watch.expect(422, "/templates/new/")
    page.goto("/templates/new/")
    look = page.locator("#preview")
    page.get_by_label("Name", exact=True).fill("order_update")
    page.get_by_label("Body").fill("Hello {{2}}")
    expect(look).to_contain_text("Hello {{2}}")
    page.get_by_label("Button 1", exact=True).select_option(label="Opens a page")
    page.get_by_label("Label of button 1", exact=True).fill("Track")
    page.get_by_label("Page, number or code of button 1").fill("https://example.com/{{1}}")
    expect(look).to_contain_text("Track")
    page.get_by_role("button", name="Create template").click()
    expect(page.get_by_role("alert")).to_contain_text("It must number its gaps")
    faults = {"refused": faults_of(page)}

    page.get_by_label("Body").fill("Hello {{1}}, your order left.")
    page.get_by_role("button", name="Create template").click()
    page.wait_for_url(re.compile(r"/templates/\d+/$"))
    faults["template"] = faults_of(page)
    expect(page.locator("#sample")).to_contain_text('"type": "text", "text": "value 1"')

    page.goto("/templates/")
    faults["templates"] = faults_of(page)
    assert not any(faults.values()), faults


def test_a_template_is_looked_at_without_script_too(page: Page) -> None:
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto("/templates/new/")
    page.get_by_label("Body").fill("Hello you")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Hello you")
    expect(page.get_by_label("Body")).to_have_value("Hello you")
