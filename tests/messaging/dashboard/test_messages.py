"""The list of messages, one message's page, and sending by hand, through the browser's requests."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account, User
from accounts.opening import create_person, join_account
from accounts.roles import Role
from messaging import dialect, receiving, routing
from messaging.dashboard import filters
from messaging.ids import LARGEST
from messaging.models import Message
from messaging.states import State
from tests.conftest import PASSWORD, SignedIn
from tests.messaging.conftest import Deliver, Send
from tokens import issuing

FAILS = "+15550100001"
pytestmark = pytest.mark.django_db


def words(answer: Any) -> str:
    """Return the body of a test client's answer, a class that has no public name."""
    body: bytes = answer.content
    return body.decode()


def listed(client: Client, query: str = "") -> list[str]:
    """Return the numbers in the list, newest first."""
    return re.findall(r'class="rowlink num ltr"[^>]*>([^<]*)</a>', words(client.get(f"/messages/{query}")))


def search(client: Client, what: str, query: str = "") -> list[str]:
    answer = client.post(f"/messages/search/{query}", {"q": what})
    assert not what or what not in answer["Location"]
    return listed(client, answer["Location"].removeprefix("/messages/"))


def asked(**changes: object) -> dict[str, object]:
    return {"to": "+966500000142", "text": "Hello", "sandbox": "on", "once": str(uuid4()), **changes}


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def viewer(acme: Account, signed_in: SignedIn) -> Client:
    vera = create_person(email="vera@acme.example", password=PASSWORD)
    join_account(account=acme, user=vera, role=Role.VIEWER, by=COMMAND)
    return signed_in(vera)


def test_the_newest_message_comes_first(alices: Client, send: Send) -> None:
    send("+966500000141", "first")
    send("+966500000142", "second")
    assert listed(alices) == ["+966500000142", "+966500000141"]


def test_a_row_says_number_state_text_token_and_reason(alices: Client, send: Send, deliver: Deliver) -> None:
    send(FAILS, "Your <b>code</b> is 1")
    deliver()
    page = words(alices.get("/messages/"))
    for said in (FAILS, "Failed", "Your &lt;b&gt;code&lt;/b&gt; is 1", "shop", "This sandbox number always fails."):
        assert said in page


def test_a_stranger_sees_no_message_of_another_account(
    charlie: User, other: Account, signed_in: SignedIn, send: Send
) -> None:
    message = send()
    strangers = signed_in(charlie)
    assert listed(strangers) == []
    assert search(strangers, str(message.pk)) == []
    for path in ("", "live/"):
        assert strangers.get(f"/messages/{message.pk}/{path}").status_code == 404
    assert strangers.post(f"/messages/{message.pk}/cancel/").status_code == 404
    assert "Hello" not in words(strangers.get(f"/messages/new/?again={message.pk}"))


def test_nobody_sees_messages_without_signing_in(client: Client, send: Send) -> None:
    for path in ("/messages/", f"/messages/{send().pk}/", "/messages/new/"):
        assert client.get(path)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("state", "expected"),
    [("way", ["+966500000143"]), ("failed", [FAILS]), ("received", ["+966500000144"]), ("nonsense", 4)],
)
def test_the_list_narrows_to_a_state(
    alices: Client, acme: Account, send: Send, deliver: Deliver, state: str, expected: object
) -> None:
    send(FAILS)
    send("+966500000142")
    deliver()
    receiving.record_inbound(
        device=routing.sandbox(acme), sender="+966500000144", kind="text", content={"body": "Hi"}, channel="sms"
    )
    send("+966500000143")
    found = listed(alices, f"?state={state}")
    assert (len(found) if isinstance(expected, int) else found) == expected


@pytest.mark.parametrize("what", ["500000142", "+966 50 000 0142", "ellO thERE", "  Hello there "])
def test_a_search_finds_number_and_text(alices: Client, send: Send, what: str) -> None:
    send("+966500000141", "Nothing to see")
    send("+966500000142", "Hello there")
    assert search(alices, what) == ["+966500000142"]


def test_a_search_finds_arabic(alices: Client, send: Send) -> None:
    send("+966500000142", "رمز التحقق الخاص بك")
    send("+966500000141", "Your code")
    assert search(alices, "التحقق") == ["+966500000142"]


def test_a_search_finds_the_id_as_any_api_style_writes_it(alices: Client, send: Send) -> None:
    message = send("+966500000142")
    send("+966500000141")
    forms = {str(message.pk)} | {each.render_id(message.pk) for each in dialect.found().values()}
    assert len(forms) > 1
    for form in forms:
        assert search(alices, form) == ["+966500000142"]


def test_a_token_pasted_into_the_search_is_not_kept(alices: Client, acme: Account) -> None:
    _, secret = issuing.create_token(account=acme, name="shop", by=COMMAND, grantor=None)
    search(alices, secret)
    assert secret not in str(dict(alices.session))
    assert secret not in words(alices.get("/messages/?search=on"))


def test_an_empty_search_shows_everything_again(alices: Client, send: Send) -> None:
    send()
    assert search(alices, "zebra") == []
    assert len(search(alices, "", "?search=on")) == 1


def test_filters_that_are_on_show_as_chips_that_remove_them(alices: Client, acme: Account, send: Send) -> None:
    token = send().token
    assert token is not None
    today = timezone.localdate(timezone=acme.zone)
    page = words(alices.get(f"/messages/?token={token.pk}&since={today}&style=dashboard"))
    for chip in ("Token: shop", f"From {today.day} ", "API style: Dashboard", "No messages match. 3 filters are on."):
        assert chip in page
    assert f"?token={token.pk}&amp;since={today}" in page


def test_days_are_those_of_the_accounts_own_zone(alices: Client, acme: Account, send: Send) -> None:
    acme.time_zone = "Pacific/Kiritimati"
    acme.save()
    send()
    here = timezone.localdate(timezone=acme.zone)
    assert len(listed(alices, f"?since={here}&until={here}")) == 1
    assert listed(alices, f"?since={here + timedelta(days=1)}") == []
    assert listed(alices, f"?until={here - timedelta(days=1)}") == []


@pytest.mark.parametrize(
    "query",
    [
        "?before=x",
        "?after=-1",
        f"?before={10**30}",
        f"?after={LARGEST}",
        "?device=x&token=0",
        "?since=0&until=9999-12-31",
    ],
)
def test_an_address_that_makes_no_sense_still_shows_the_list(alices: Client, send: Send, query: str) -> None:
    send()
    assert alices.get(f"/messages/{query}").status_code == 200


def test_pages_are_turned_without_losing_or_doubling_a_row(
    alices: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "PAGE", 2)
    sent = [send(f"+96650000014{n}").to for n in range(5)][::-1]
    seen, page = [], words(alices.get("/messages/"))
    for _ in range(3):
        seen += re.findall(r'class="rowlink num ltr"[^>]*>([^<]*)</a>', page)
        older = re.search(r'rel="next" href="([^"]*)"', page)
        page = words(alices.get(f"/messages/{older[1]}")) if older else ""
    assert seen == sent


def test_the_newer_page_leads_back(alices: Client, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "PAGE", 2)
    ids = [send(f"+96650000014{n}").pk for n in range(4)]
    page = words(alices.get(f"/messages/?before={ids[2]}"))
    newer = re.search(r'rel="prev" href="([^"]*)"', page)
    assert newer
    assert listed(alices, newer[1]) == ["+966500000143", "+966500000142"]


def test_a_search_that_stops_early_says_how_far_it_looked(
    alices: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "WINDOW", 2)
    for n in range(4):
        send(f"+96650000014{n}", "needle" if n == 0 else "hay")
    location = alices.post("/messages/search/", {"q": "needle"})["Location"]
    page = words(alices.get(location))
    assert "Searched back to" in page
    older = re.search(r'rel="next" href="([^"]*)"', page)
    assert older
    assert listed(alices, older[1].replace("&amp;", "&")) == ["+966500000140"]


def test_a_message_shows_text_parts_timeline_and_ids(alices: Client, send: Send, deliver: Deliver) -> None:
    message = send(FAILS, "Ünïcode ✓", channel="sms", context={"webhook_url": "https://app.example/hook"})
    deliver()
    page = words(alices.get(f"/messages/{message.pk}/"))
    for said in (
        "Ünïcode ✓",
        "1 part, UCS-2, 9 of 70 characters",
        "Accepted",
        "(SANDBOX_FAILED)",
        "https://app.example/hook",
    ):
        assert said in page
    for each in dialect.found().values():
        assert each.render_id(message.pk) in page


def test_a_message_to_several_shows_each_of_them(alices: Client, send: Send, deliver: Deliver) -> None:
    message = send([FAILS, "+966500000142"])
    deliver()
    page = words(alices.get(f"/messages/{message.pk}/"))
    assert page.count("and 1 more") == 2  # in the list and above its details
    assert page.count("+966500000142") >= 2


def test_a_step_without_a_reason_names_its_recipient_alone(alices: Client, send: Send, deliver: Deliver) -> None:
    message = send(["+966500000141", "+966500000142"])
    deliver()
    page = words(alices.get(f"/messages/{message.pk}/"))
    assert "<p>+966500000142</p>" in page
    assert ":</p>" not in page


def test_a_waiting_message_asks_for_news_until_it_is_final(alices: Client, send: Send, deliver: Deliver) -> None:
    message = send()
    page = words(alices.get(f"/messages/{message.pk}/"))
    news = re.search(r'hx-get="([^"]*)"', page)
    assert news
    assert alices.get(news[1]).status_code == 204
    deliver()
    answer = alices.get(news[1])
    assert answer.status_code == 200
    assert "Delivered" in words(answer)
    assert "hx-get" not in words(answer)


def test_a_waiting_message_is_cancelled_by_who_may_send(alices: Client, send: Send) -> None:
    message = send(scheduled_at=timezone.now() + timedelta(hours=1))
    assert "Cancel message" in words(alices.get(f"/messages/{message.pk}/"))
    alices.post(f"/messages/{message.pk}/cancel/")
    message.refresh_from_db()
    assert message.state == State.CANCELLED
    assert "Cancelled by alice@acme.example." in words(alices.get(f"/messages/{message.pk}/"))


def test_it_says_so_when_it_is_too_late_to_cancel(alices: Client, send: Send, deliver: Deliver) -> None:
    message = send()
    deliver()
    answer = alices.post(f"/messages/{message.pk}/cancel/", follow=True)
    assert "It was too late to cancel" in words(answer)


def test_a_viewer_neither_sends_nor_cancels(viewer: Client, send: Send) -> None:
    message = send()
    page = words(viewer.get(f"/messages/{message.pk}/"))
    assert "Cancel message" not in page
    assert "Send again" not in page
    for answer in (
        viewer.post(f"/messages/{message.pk}/cancel/"),
        viewer.get("/messages/new/"),
        viewer.post("/messages/new/", asked()),
    ):
        assert answer.status_code == 403
    assert Message.objects.count() == 1


def test_a_test_message_lands_on_its_page(alices: Client, acme: Account) -> None:
    answer = alices.post("/messages/new/", asked(text="Hello there"))
    message = Message.objects.get()
    assert answer["Location"] == f"/messages/{message.pk}/"
    assert (message.account, message.token, message.dialect) == (acme, None, "dashboard")
    assert (message.to, message.content["body"], message.channel) == ("+966500000142", "Hello there", "sms")
    assert "Sent from the dashboard" in words(alices.get(answer["Location"]))


def test_a_form_that_is_sent_twice_makes_one_message(alices: Client) -> None:
    form = asked()
    assert alices.post("/messages/new/", form)["Location"] == alices.post("/messages/new/", form)["Location"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"to": "12"}, "to"), ({"to": ""}, "to"), ({"text": ""}, "text"), ({"device": "999"}, "device")],
)
def test_a_refused_form_says_which_field_and_keeps_the_rest(alices: Client, changes: dict[str, str], said: str) -> None:
    answer = alices.post("/messages/new/", asked(**{"text": "Keep me"} | changes))
    assert answer.status_code == 422
    assert f'id="id_{said}_error"' in words(answer)
    assert said == "text" or "Keep me" in words(answer)
    assert not Message.objects.exists()


def test_another_accounts_device_cannot_be_sent_through(alices: Client, other: Account) -> None:
    theirs = routing.sandbox(other)
    assert alices.post("/messages/new/", asked(device=theirs.pk)).status_code == 422


def test_the_daily_limit_is_named(alices: Client, acme: Account) -> None:
    acme.plan.messages_per_day = 1
    acme.plan.save()
    alices.post("/messages/new/", asked())
    answer = alices.post("/messages/new/", asked())
    assert answer.status_code == 422
    assert "Over 1 messages a day." in words(answer)


def test_sending_again_begins_with_the_same_text_and_number(alices: Client, send: Send) -> None:
    message = send("+966500000142", "Hello there")
    page = words(alices.get(f"/messages/{message.pk}/"))
    again = f"/messages/new/?again={message.pk}"
    assert again in page
    form = words(alices.get(again))
    assert "Hello there" in form
    assert 'value="+966500000142"' in form


def test_the_form_names_the_sandbox_numbers(alices: Client) -> None:
    page = words(alices.get("/messages/new/"))
    assert FAILS in page
    assert "fails for good" in page


def test_before_the_first_message_the_list_offers_a_test(alices: Client) -> None:
    assert "No messages yet." in words(alices.get("/messages/"))
