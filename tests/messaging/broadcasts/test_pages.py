"""The dashboard's pages about broadcasts: list, a new one, one that runs, and stopping it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, Plan, User
from accounts.roles import Role
from messaging import contacts, templating
from messaging.dashboard import paging
from messaging.models import Broadcast, BroadcastRecipient, Message, Template
from messaging.transports import sandbox
from tests.conftest import SignedIn
from tests.messaging.broadcasts.conftest import Broadcasting, phones

Run = Callable[[], None]
PAGE = "/broadcasts/"


@pytest.fixture
def alices(alice: User, enterprise: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def template(acme: Account) -> Template:
    components = [
        {"type": "header", "format": "text", "text": "{{1}} sale"},
        {"type": "body", "text": "Hello {{first_name}}, {{percent}} off"},
        {"type": "buttons", "buttons": [{"type": "url", "text": "Look", "url": "https://example.com/{{1}}"}]},
    ]
    made = templating.create_template(
        acme, name="sale", language="en", category="marketing", components=components, by=COMMAND
    )
    return templating.approve_template(made, by=COMMAND)


def asked(**changed: Any) -> dict[str, Any]:
    return {
        "once": str(uuid4()),
        "name": "Hours",
        "says": "text",
        "text": "We open at nine",
        "to": "list",
        "numbers": "+90 555 000 00 00\n905550000001, 905550000000",
        "when": "now",
        **changed,
    }


def post(client: Client, **changed: Any) -> tuple[int, str]:
    """Send the form; returns the status, and the page or where it leads."""
    answer = client.post(f"{PAGE}new/", asked(**changed))
    return answer.status_code, answer.headers.get("Location", answer.content.decode())


def page(client: Client, path: str = "") -> str:
    answer = client.get(f"{PAGE}{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_empty_list_leads_to_the_first_broadcast(alices: Client) -> None:
    shown = page(alices)
    assert "No broadcasts yet." in shown
    assert f'href="{PAGE}new/"' in shown
    assert f'<a href="{PAGE}" aria-current="page">' in shown


def test_pasted_numbers_get_a_text(alices: Client, run: Run) -> None:
    status, leads_to = post(alices)
    stored = Broadcast.objects.get()
    assert (status, leads_to) == (302, f"{PAGE}{stored.pk}/")
    assert (stored.total, stored.kind, stored.channel, stored.dialect) == (2, "text", "sms", "dashboard")
    assert "is on its way" in page(alices, f"{stored.pk}/")
    run()
    assert {message.content["body"] for message in Message.objects.all()} == {"We open at nine"}
    done = page(alices, f"{stored.pk}/")
    assert "Completed" in done
    assert "2 of 2 people, 100.0%" in done
    assert "hx-get" not in done


def test_the_same_form_sent_twice_is_one_broadcast(alices: Client) -> None:
    once = str(uuid4())
    assert post(alices, once=once) == post(alices, once=once)
    assert Broadcast.objects.count() == 1


def test_a_templates_gaps_are_asked_for_and_filled(alices: Client, template: Template, run: Run) -> None:
    shown = alices.get(f"{PAGE}new/gaps/", {"template": template.pk}).content.decode()
    for label in ("Header, {{1}}", "Body, {{first_name}}", "Body, {{percent}}", "Button “Look”, {{1}}"):
        assert label in shown
    values = {"gap_0": "Spring", "gap_1": "{{contact.first_name|you}}", "gap_2": "20%", "gap_3": "spring"}
    status, _ = post(alices, says="template", template=template.pk, **values)
    assert status == 302
    run()
    first = Message.objects.all()[0].content
    assert (first["name"], first["language"]) == ("sale", {"code": "en"})
    assert first["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "Spring"}]},
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "you", "parameter_name": "first_name"},
                {"type": "text", "text": "20%", "parameter_name": "percent"},
            ],
        },
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "spring"}]},
    ]
    assert "Hello {{contact.first_name|you}}, 20% off" in page(alices, f"{Broadcast.objects.get().pk}/")


def test_without_script_a_button_shows_the_gaps(alices: Client, template: Template) -> None:
    answer = alices.post(f"{PAGE}new/", asked(says="template", template=template.pk, look="on", name="Kept"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "Body, {{percent}}" in shown
    assert 'value="Kept"' in shown
    assert not Broadcast.objects.exists()


def test_a_gap_left_empty_is_named(alices: Client, template: Template) -> None:
    status, shown = post(alices, says="template", template=template.pk, gap_0="Spring", gap_1="x", gap_3="y")
    assert status == 422
    assert 'href="#id_gap_2"' in shown
    assert not Broadcast.objects.exists()


def test_a_csv_file_is_read_by_its_columns(alices: Client) -> None:
    text = "first name;phone\nAda;905550000000\nBob;+90 555 000 00 01\n"
    file = SimpleUploadedFile("people.csv", text.encode(), "text/csv")
    assert post(alices, to="file", file=file)[0] == 302
    assert set(BroadcastRecipient.objects.values_list("address", flat=True)) == {"+905550000000", "+905550000001"}


def test_a_segment_is_chosen_from_the_accounts_own(alices: Client, acme: Account, other: Account) -> None:
    segments = [contacts.create_segment(account, name=account.name, by=COMMAND) for account in (acme, other)]
    person = contacts.create_contact(acme, address=phones(1)[0], by=COMMAND)
    contacts.add_members(segments[0], [person.pk])
    assert post(alices, to="segment", segment=segments[1].pk)[0] == 422
    assert post(alices, to="segment", segment=segments[0].pk)[0] == 302
    stored = Broadcast.objects.get()
    assert (stored.segment, stored.total) == (segments[0], 1)
    assert "acme" in page(alices, f"{stored.pk}/")


def test_a_time_is_in_the_accounts_zone(alices: Client, acme: Account) -> None:
    acme.time_zone = "Asia/Riyadh"
    acme.save(update_fields=["time_zone"])
    at = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT09:30")
    assert post(alices, when="later", send_at=at)[0] == 302
    stored = Broadcast.objects.get()
    assert stored.scheduled_at == datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Riyadh"))
    shown = page(alices, f"{stored.pk}/")
    assert "Scheduled" in shown
    assert "Asia/Riyadh" in shown


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"text": ""}, "This field is required."),
        ({"numbers": ""}, "This field is required."),
        ({"numbers": "905550000000\nAda\nBob\n1\n2\n3\n4\n5"}, "country code: Ada, Bob, 1, 2, 3 and 2 more."),
        ({"to": "file"}, "This field is required."),
        ({"to": "file", "file": SimpleUploadedFile("a.csv", b"a,b\n1,2\n")}, "The first line must name the columns"),
        ({"to": "file", "file": SimpleUploadedFile("a.csv", b"phone\n1\n")}, "no numbers with their country code: 1."),
        ({"to": "segment"}, "This field is required."),
        ({"says": "template"}, "This field is required."),
        ({"when": "later"}, "This field is required."),
        ({"when": "later", "send_at": "2020-01-01T10:00"}, "This time has passed."),
        ({"when": "later", "send_at": "soon"}, "Enter a valid date/time."),
        ({"text": "x" * 4097}, "at most 4096 characters"),
        ({"once": "x"}, "Enter a valid UUID."),
        ({"name": "n" * 151}, "at most 150 characters"),
        ({"numbers": "9\x0005550000000"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(alices: Client, change: dict[str, Any], said: str) -> None:
    if file := change.get("file"):
        file.seek(0)
    status, shown = post(alices, **change)
    assert status == 422
    assert said in shown.replace("&#x27;", "'")
    assert not Broadcast.objects.exists()
    assert not BroadcastRecipient.objects.exists()


def test_the_plans_limit_is_said(alice: User, acme: Account, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    assert "The Free plan allows 100 people in one broadcast." in page(client, "new/")
    status, shown = post(client, numbers="\n".join(phones(101)))
    assert status == 422
    assert "The Free plan allows 100 recipients in one broadcast." in shown
    Plan.objects.filter(code="free").update(broadcasts_per_day=0)
    assert "0 broadcasts a day" in post(client)[1]


def test_failures_are_shown_with_what_helps(alices: Client, broadcast: Broadcasting, run: Run) -> None:
    broadcast([*phones(1), sandbox.FAILS])
    run()
    shown = page(alices, f"{Broadcast.objects.get().pk}/")
    for said in ("This sandbox number always fails.", "Write to any other number", "SANDBOX_FAILED", "2 of 2 people"):
        assert said in shown


def test_the_page_asks_for_news_while_there_may_be_some(alices: Client, broadcast: Broadcasting, run: Run) -> None:
    broadcast(phones(2))
    pk = Broadcast.objects.get().pk
    first = page(alices, f"{pk}/")
    assert f'hx-get="{PAGE}{pk}/live/?seen=queued.0.0.0.0.0"' in first
    assert alices.get(f"{PAGE}{pk}/live/", {"seen": "queued.0.0.0.0.0"}).status_code == 204
    run()
    news = alices.get(f"{PAGE}{pk}/live/", {"seen": "queued.0.0.0.0.0"}).content.decode()
    assert "Completed" in news
    assert "hx-get" not in news
    assert "<html" not in news


def test_a_broadcast_that_stands_still_says_why(alices: Client, broadcast: Broadcasting, settings: Settings) -> None:
    broadcast(phones(2))
    pk = Broadcast.objects.get().pk
    assert "It stands still" not in page(alices, f"{pk}/")
    settings.GATEWAY_PRICE = Decimal("0.01")
    Account.objects.update(wallet=0)
    assert "wallet is empty" in page(alices, f"{pk}/")


def test_the_list_shows_how_far_each_is_and_can_be_narrowed(alices: Client, broadcast: Broadcasting, run: Run) -> None:
    broadcast(phones(2), name="Done one")
    run()
    broadcast(phones(2), name="Waiting one")
    shown = page(alices)
    assert "Completed" in shown
    assert "Not begun" in shown
    for show, name in (("waiting", "Waiting one"), ("over", "Done one")):
        narrowed = page(alices, f"?show={show}")
        assert [each for each in ("Waiting one", "Done one") if each in narrowed] == [name]
    assert "No broadcast is in this state." in page(alices, "?show=sending")


def test_a_message_leads_to_its_broadcast(alices: Client, broadcast: Broadcasting, run: Run) -> None:
    broadcast(phones(1), name="January Sale")
    run()
    shown = alices.get(f"/messages/{Message.objects.get().pk}/").content.decode()
    assert f'<a href="{PAGE}{Broadcast.objects.get().pk}/"><bdi>January Sale</bdi></a>' in shown
    assert "Part of a broadcast." in shown


def test_one_that_waits_is_cancelled_after_a_question(alices: Client, broadcast: Broadcasting) -> None:
    broadcast(phones(2), name="Sale")
    pk = Broadcast.objects.get().pk
    assert "The 2 people it is for get nothing." in page(alices, f"{pk}/cancel/")
    assert 'command="show-modal"' in page(alices, f"{pk}/")
    answer = alices.post(f"{PAGE}{pk}/cancel/", follow=True).content.decode()
    assert "“Sale” is cancelled. Nobody got it." in answer
    assert AuditEntry.objects.get(action="broadcast.cancelled").target_label == "Sale"


def test_one_that_has_begun_is_not(alices: Client, broadcast: Broadcasting, run: Run) -> None:
    broadcast()
    run()
    pk = Broadcast.objects.get().pk
    assert "cancel/" not in page(alices, f"{pk}/")
    assert "It was too late to cancel" in alices.post(f"{PAGE}{pk}/cancel/", follow=True).content.decode()
    assert Broadcast.objects.get().status == "completed"


def test_a_viewer_looks_and_does_nothing(
    bob: User, acme: Account, signed_in: SignedIn, broadcast: Broadcasting
) -> None:
    acme.memberships.filter(user=bob).update(role=Role.VIEWER)
    broadcast()
    pk, client = Broadcast.objects.get().pk, signed_in(bob)
    assert f"{PAGE}new/" not in page(client)
    assert "cancel/" not in page(client, f"{pk}/")
    for answer in (client.get(f"{PAGE}new/"), client.post(f"{PAGE}new/"), client.post(f"{PAGE}{pk}/cancel/")):
        assert answer.status_code == 403


def test_a_stranger_finds_none(charlie: User, other: Account, signed_in: SignedIn, broadcast: Broadcasting) -> None:
    broadcast(name="Secret sale")
    pk, client = Broadcast.objects.get().pk, signed_in(charlie)
    assert "Secret sale" not in page(client)
    for path in (f"{pk}/", f"{pk}/live/", f"{pk}/cancel/"):
        assert client.get(f"{PAGE}{path}").status_code == 404


def test_a_long_list_goes_page_by_page(
    alices: Client, broadcast: Broadcasting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 2)
    for name in ("First", "Second", "Third"):
        broadcast(name=name)
    first = page(alices)
    older = first.partition('rel="next" href="')[2].partition('"')[0]
    assert "Third" in first
    assert "First" not in first
    assert "First" in page(alices, older.replace("&amp;", "&"))
