"""The pages about webhooks, as people use them."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from time_machine import travel

from accounts.models import Account, User
from messaging import routing
from messaging.drafting import Draft, Sender
from messaging.models import ResponseRule, WebhookDelivery, WebhookEndpoint
from messaging.receiving import record_inbound
from messaging.sending import accept
from messaging.webhooks import format, keyring, raising
from tests.conftest import SignedIn
from tests.messaging.conftest import Deliver, Send
from tests.messaging.webhooks.conftest import Listen
from tests.messaging.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Post = Callable[[], None]


@pytest.fixture
def page(acme: Account, alice: User, signed_in: SignedIn) -> Client:
    return signed_in(alice)


def text(answer: Any) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def form(address: str, **changed: Any) -> dict[str, Any]:
    usual = {"url": address, "events": ["message.delivered", "message.failed"], "concurrency": 4, "once": "a"}
    return usual | changed


def test_adds_an_endpoint_once_however_often_the_form_is_sent(page: Client, receiver: Receiver) -> None:
    first = page.post("/webhooks/new/", form(receiver.url, name="Shop"))
    again = page.post("/webhooks/new/", form(receiver.url, name="Shop"))
    endpoint = WebhookEndpoint.objects.get()
    assert first["Location"] == again["Location"] == f"/webhooks/{endpoint.pk}/"
    assert endpoint.events == ["message.delivered", "message.failed"]
    listed = text(page.get("/webhooks/"))
    assert "Shop" in listed
    assert "Active" in listed
    assert "No calls yet" in listed


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "http://example.com/"}, "must be an https address"),
        ({"url": "https://10.0.0.1/"}, "must name a public host"),
        ({"events": []}, "This field is required"),
        ({"headers": "no colon here"}, "has no colon"),
        ({"headers": "Host: other"}, "cannot be a header of yours"),
        ({"retries": "soon"}, "Write seconds"),
        ({"retries": "999999"}, "0 to 86400 seconds"),
        ({"secret": "short"}, "The secret must be whsec_"),
        ({"concurrency": 0}, "greater than or equal to 1"),
    ],
)
def test_says_beside_the_field_what_is_wrong(
    page: Client, receiver: Receiver, changed: dict[str, Any], said: str
) -> None:
    answer = page.post("/webhooks/new/", form(receiver.url, **changed))
    assert answer.status_code == 422
    assert said in text(answer)
    assert not WebhookEndpoint.objects.exists()


def test_a_connexease_endpoint_may_go_without_a_secret(page: Client, receiver: Receiver, post: Post) -> None:
    assert "Custom Webhook Secret" in text(page.get("/webhooks/new/?format=connexease"))
    page.post("/webhooks/new/?format=connexease", form(receiver.url, events=["messages"]))
    endpoint = WebhookEndpoint.objects.get()
    assert keyring.live(endpoint) == []
    page.post(f"/webhooks/{endpoint.pk}/example/", {"event": "messages"})
    post()
    assert "authorization" not in receiver.got[0].headers
    page.post(f"/webhooks/{endpoint.pk}/rotate/", {"overlap": "now", "secret": "the-shops-own"})
    page.post(f"/webhooks/{endpoint.pk}/example/", {"event": "messages"})
    post()
    assert receiver.got[1].headers["authorization"] == "Bearer the-shops-own"


def test_changes_an_endpoint_and_keeps_the_headers_that_are_dotted_out(
    page: Client, listen: Listen, receiver: Receiver, post: Post
) -> None:
    endpoint = listen(headers={"X-Key": "the old key", "X-Team": "shop"}).endpoint
    shown = page.get(f"/webhooks/{endpoint.pk}/edit/").content.decode()
    assert "x-key: ••••" in shown
    assert "the old key" not in shown
    changed = form(receiver.url, headers="x-key: ••••\nX-Team: warehouse", retries="1, 2", sandbox="no")
    assert page.post(f"/webhooks/{endpoint.pk}/edit/", changed).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.retry_after, endpoint.sandbox) == ([1, 2], False)
    page.post(f"/webhooks/{endpoint.pk}/example/", {"event": "message.failed"})
    post()
    assert receiver.got[0].headers["x-key"] == "the old key"
    assert receiver.got[0].headers["x-team"] == "warehouse"


def test_pauses_resumes_and_deletes(page: Client, listen: Listen) -> None:
    endpoint = listen().endpoint
    path = f"/webhooks/{endpoint.pk}/"
    page.post(f"{path}pause/")
    assert "Paused" in text(page.get(path))
    page.post(f"{path}resume/")
    assert "Active" in text(page.get(path))
    assert "Delete" in text(page.get(f"{path}delete/"))
    page.post(f"{path}delete/")
    assert page.get(path).status_code == 404
    assert "No endpoints" in text(page.get("/webhooks/"))


def test_shows_a_secret_only_to_who_has_just_proved_who_they_are(page: Client, listen: Listen) -> None:
    listening = listen()
    path = f"/webhooks/{listening.endpoint.pk}/"
    assert listening.secret not in page.get(path).content.decode()
    assert page.get(f"{path}secret/").status_code == 405
    shown = page.post(f"{path}secret/")
    assert listening.secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    with travel(timezone.now() + timedelta(minutes=16)):
        asked = page.post(f"{path}secret/")
        assert asked.status_code == 302
        assert "/reauthenticate/" in asked["Location"]


def test_rotates_with_an_overlap(page: Client, listen: Listen) -> None:
    listening = listen()
    path = f"/webhooks/{listening.endpoint.pk}/"
    page.post(f"{path}rotate/", {"overlap": "day"})
    secrets = keyring.live(listening.fresh)
    assert [secret.until is None for secret in secrets] == [True, False]
    assert secrets[1].value == listening.secret
    assert "Two secrets work" in text(page.get(path))
    page.post(f"{path}rotate/", {"overlap": "now"})
    assert len(keyring.live(listening.fresh)) == 1


def test_the_accounts_own_secret_is_there_before_anybody_asks(page: Client, acme: Account) -> None:
    from messaging import webhooks

    shown = page.post("/webhooks/signing/startmessaging/secret/").content.decode()
    assert webhooks.signing_secret(acme, "startmessaging") in shown
    page.post("/webhooks/signing/startmessaging/rotate/", {"overlap": "day"})
    assert len(keyring.unseal(acme.webhook_signings.get().sealed_secrets)) == 2
    assert page.post("/webhooks/signing/standard/secret/").status_code in (200, 404)
    assert page.post("/webhooks/signing/nothing/secret/").status_code == 404


def test_a_call_shows_each_attempt(
    page: Client, listen: Listen, acme: Account, post: Post, later: Callable[[timedelta], None], receiver: Receiver
) -> None:
    receiver.status, receiver.text = 500, b"<b>out of order</b>"
    endpoint = listen().endpoint
    raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    post()
    receiver.status = 200
    later(timedelta(hours=1))
    post()
    delivery = WebhookDelivery.objects.get()
    answer = page.get(f"/webhooks/{endpoint.pk}/calls/{delivery.pk}/")
    said = text(answer)
    assert "Attempt 1" in said
    assert "Attempt 2" in said
    assert "It answered 500." in said
    assert "&lt;b&gt;out of order" in answer.content.decode()
    assert "webhook-signature: v1," in said
    listed = text(page.get(f"/webhooks/{endpoint.pk}/"))
    assert "2 attempts" in listed
    assert "50% of 2 calls" in listed


def test_replays_one_call_and_those_of_a_time_having_shown_how_many(
    page: Client, listen: Listen, acme: Account, post: Post, receiver: Receiver
) -> None:
    endpoint = listen().endpoint
    for _ in range(3):
        raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    post()
    path = f"/webhooks/{endpoint.pk}/"
    page.post(f"{path}calls/{WebhookDelivery.objects.order_by('pk')[0].pk}/replay/")
    post()
    assert len(receiver.got) == 4
    asked = {"since": (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"), "which": "all"}
    counted = text(page.post(f"{path}replay/", asked))
    assert "These are 3 calls" in counted
    assert "ignores event IDs" in counted
    post()
    assert len(receiver.got) == 4
    page.post(f"{path}replay/", {**asked, "really": "1"})
    post()
    assert len(receiver.got) == 7
    assert page.post(f"{path}replay/", {"since": "never", "which": "all"}).status_code == 422


def test_drops_what_waits(page: Client, listen: Listen, acme: Account, post: Post, receiver: Receiver) -> None:
    endpoint = listen().endpoint
    page.post(f"/webhooks/{endpoint.pk}/pause/")
    raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    assert "1 call" in text(page.get(f"/webhooks/{endpoint.pk}/drop/"))
    page.post(f"/webhooks/{endpoint.pk}/drop/")
    page.post(f"/webhooks/{endpoint.pk}/resume/")
    post()
    assert not receiver.got
    assert "Dropped" in text(page.get(f"/webhooks/{endpoint.pk}/?show=lost"))


def test_a_messages_page_shows_the_calls_it_caused_and_replays_them(
    page: Client, listen: Listen, send: Send, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    endpoint = listen(events=["message.delivered"]).endpoint
    message = send()
    deliver()
    post()
    shown = page.get(f"/messages/{message.pk}/")
    said = text(shown)
    assert "Webhook calls" in said
    assert "message.delivered" in said
    delivery = WebhookDelivery.objects.get()
    back = page.post(f"/webhooks/{endpoint.pk}/calls/{delivery.pk}/replay/", {"next": f"/messages/{message.pk}/"})
    assert back["Location"] == f"/messages/{message.pk}/"
    post()
    assert len(receiver.got) == 2
    away = page.post(f"/webhooks/{endpoint.pk}/calls/{delivery.pk}/replay/", {"next": "https://evil.example/"})
    assert away["Location"].startswith("/webhooks/")


def test_says_what_is_wrong_with_a_signature(
    page: Client, listen: Listen, acme: Account, post: Post, receiver: Receiver
) -> None:
    listening = listen()
    raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    post()
    got, pk = receiver.got[0], listening.endpoint.pk
    headers = "\r\n".join(f"{name}: {value}" for name, value in got.headers.items())
    asked = {"webhook": pk, "format": "standard", "headers": headers, "body": got.body.decode()}
    assert "The signature is right" in text(page.post("/webhooks/verify/", asked))
    changed = text(page.post("/webhooks/verify/", {**asked, "body": got.body.decode().replace('":"', '": "')}))
    assert "A receiver should refuse this call" in changed
    assert "use its bytes before parsing it" in changed
    assert "webhook-id is missing" in text(page.post("/webhooks/verify/", {**asked, "headers": "a: b"}))
    alone = {"format": "standard", "headers": headers, "body": got.body.decode(), "secret": listening.secret}
    assert "The signature is right" in text(page.post("/webhooks/verify/", alone))
    assert page.post("/webhooks/verify/", {**alone, "secret": "nonsense"}).status_code in (200, 422)
    filled = page.get(f"/webhooks/verify/?call={WebhookDelivery.objects.get().pk}").content.decode()
    assert "webhook-signature: v1," in filled


def test_leaves_message_texts_out(page: Client, acme: Account) -> None:
    page.post("/webhooks/texts/", {"texts": "no"})
    acme.refresh_from_db()
    assert not acme.webhook_texts
    assert "do not carry what messages say" in text(page.get("/webhooks/"))


def test_pages_stand_although_the_gateways_own_key_was_changed(
    page: Client, listen: Listen, receiver: Receiver, settings: Any, acme: Account, post: Post
) -> None:
    endpoint = listen(headers={"X-Key": "x"}).endpoint
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(sealed_secrets="of another key", sealed_headers="too")
    for path in ("", "edit/", "rotate/"):
        assert page.get(f"/webhooks/{endpoint.pk}/{path}").status_code == 200
    assert page.post(f"/webhooks/{endpoint.pk}/secret/").status_code == 200
    raising.raise_event(acme.pk, "device.status", data={"status": "connected"})
    post()
    assert not receiver.got
    assert "Its secret cannot be read" in text(
        page.get(f"/webhooks/{endpoint.pk}/calls/{WebhookDelivery.objects.get().pk}/")
    )
    page.post(f"/webhooks/{endpoint.pk}/rotate/", {"overlap": "day"})
    assert len(keyring.live(WebhookEndpoint.objects.get(pk=endpoint.pk))) == 1


@pytest.mark.parametrize("path", ["", "edit/", "delete/", "rotate/", "replay/", "drop/", "calls/1/"])
def test_a_stranger_finds_nothing(
    listen: Listen, other: Account, charlie: User, signed_in: SignedIn, path: str
) -> None:
    endpoint = listen().endpoint
    assert signed_in(charlie).get(f"/webhooks/{endpoint.pk}/{path}").status_code == 404


def test_who_only_sees_changes_nothing(listen: Listen, acme: Account, bob: User, signed_in: SignedIn) -> None:
    acme.memberships.filter(user=bob).update(role="viewer")
    endpoint, viewer = listen().endpoint, signed_in(bob)
    assert viewer.get(f"/webhooks/{endpoint.pk}/").status_code == 200
    for path in ("new/", "verify/", f"{endpoint.pk}/edit/", f"{endpoint.pk}/rotate/", f"{endpoint.pk}/replay/"):
        assert viewer.get(f"/webhooks/{path}").status_code == 403
    for path in ("secret/", "pause/", "example/", "drop/", "delete/"):
        assert viewer.post(f"/webhooks/{endpoint.pk}/{path}").status_code == 403


def test_the_form_has_what_a_format_leaves_open(page: Client, receiver: Receiver, post: Post) -> None:
    new = "/webhooks/new/?format=whispir"
    shown = text(page.get(new))
    assert "Content type" in shown
    assert "after 5 min (288 times)" in shown
    options = {"option_auth": "bearertoken", "option_content_type": "xml", "option_remove_html": "enabled"}
    asked = form(receiver.url, events=["reply"], email="ops@example.com", secret="hush-hush", **options)
    assert page.post(new, {**asked, "option_auth": "digest"}).status_code == 422
    page.post(new, asked)
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.options == {"auth": "bearertoken", "content_type": "xml", "remove_html": "enabled"}
    seen = text(page.get(f"/webhooks/{endpoint.pk}/"))
    assert "content_type: xml" in seen
    assert "ops@example.com" in seen
    page.post(f"/webhooks/{endpoint.pk}/example/", {"event": "reply"})
    post()
    assert receiver.got[0].headers["authorization"] == "Bearer hush-hush"
    changed = {**asked, "option_content_type": "json", "option_auth": "httpheader"}
    assert page.post(f"/webhooks/{endpoint.pk}/edit/", changed)["Location"] == f"/webhooks/{endpoint.pk}/"
    endpoint.refresh_from_db()
    assert (endpoint.options["content_type"], endpoint.options["auth"]) == ("json", "httpheader")


def test_an_endpoint_that_messages_name_is_paused_replayed_and_renamed_as_others_are(
    page: Client, acme: Account, listen: Listen, sender: Sender, deliver: Deliver, post: Post, receiver: Receiver
) -> None:
    named = {"is_by_name": True, "origin": "whispir", "format": "whispir", "events": ["reply", "undeliverable"]}
    endpoint = listen(name="Answers", **named).endpoint
    listen(name="Others", **named)
    rule = ResponseRule.objects.create(
        account=acme, name="Attendance", patterns=[{"name": "Coming", "prompt": "y", "match": "startswith"}]
    )
    draft = Draft(
        ["+966500000142"],
        "text",
        {"body": "Are you coming?"},
        awaits_answer=True,
        context={"answering": {"endpoint": endpoint.pk, "parameters": {}, "rule": rule.pk}},
    )
    sent = accept(sender, draft).first_id
    deliver()
    one = f"/webhooks/{endpoint.pk}/"
    page.post(f"{one}pause/")
    answer = record_inbound(
        device=routing.sandbox(acme), sender="+966500000142", kind="text", content={"body": "Yes"}, channel="sms"
    )
    post()
    assert not receiver.got
    page.post(f"{one}resume/")
    post()
    assert len(receiver.got) == 1
    seen = text(page.get(one))
    assert "Only those that name it" in seen
    assert "Whispir" in text(page.get("/webhooks/"))
    call = WebhookDelivery.objects.get()
    page.post(f"{one}calls/{call.pk}/replay/")
    post()
    assert len(receiver.got) == 2
    answered = text(page.get(f"/messages/{answer}/"))
    assert f"Answers {sent} , “Coming” by the rule “Attendance”" in answered
    options = {f"option_{name}": words[0] for name, words in format.found()["whispir"].options.items()}
    asked = form(receiver.url, events=["reply"], **options)
    refused = page.post(f"{one}edit/", {**asked, "name": "Others"})
    assert refused.status_code == 422
    assert "of this name already" in text(refused)
    assert page.post(f"{one}edit/", {**asked, "name": ""}).status_code == 422
    page.post(f"{one}edit/", {**asked, "name": "Renamed"})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.events) == ("Renamed", ["reply"])


def test_the_audit_log_calls_an_endpoint_without_a_name_by_its_host(page: Client, listen: Listen) -> None:
    listen(url="https://hooks.example.com/a-secret")
    log = text(page.get("/settings/audit/"))
    assert "webhook https://hooks.example.com/…" in log
    assert "a-secret" not in log


def test_the_times_of_a_replay_are_in_the_accounts_zone(page: Client, listen: Listen, acme: Account) -> None:
    acme.time_zone = "Asia/Riyadh"
    acme.save(update_fields=["time_zone"])
    assert "Times in Asia/Riyadh" in text(page.get(f"/webhooks/{listen().endpoint.pk}/replay/"))
