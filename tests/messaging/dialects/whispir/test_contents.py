"""What messages say: templates, events, variables, e-mails with files, and the channels that lead nowhere."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from django.core import mail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account
from messaging import routing
from messaging.dialects.whispir import mri
from messaging.models import Channel, Device, Incident, Media, Message, ResponseRule, StoredMessage, WebhookEndpoint
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import PHONE, Api, Make
from tests.messaging.dialects.whispir.test_recipients import contact, lines, told

FILE = b64encode(b"a,b\n1,2\n").decode()


def template(api: Api, **changes: Any) -> str:
    body = {"messageTemplateName": "Roster", "subject": "Roster", "body": "Shift @@shift@@", **changes}
    made = api("POST", "/templates", body, kind="template")
    assert made.status == 201, made.raw
    return str(made.json["id"])


def event(api: Api, **values: str) -> str:
    fields = [{"name": name, "value": value} for name, value in values.items()]
    body = {"eventLabel": "Flood", "status": "Open", "eventFormList": [{"formName": "A", "eventFieldList": fields}]}
    return str(api("POST", "/events", body, kind="event").json["id"])


def attributes(**values: str) -> dict[str, Any]:
    return {"attribute": [{"name": name, "value": value} for name, value in values.items()]}


def sent() -> dict[str, Any]:
    """Return what was accepted, by channel."""
    return {message.channel: message.content for message in Message.objects.all()}


# Templates and variables
def test_a_template_gives_what_the_message_does_not_say(api: Api) -> None:
    id = template(api, email={"body": "Mail @@shift@@", "type": "text/plain"}, type="defaultNoReply", label="week")
    values = attributes(shift="night")
    location = api(
        "POST", "/messages", {"to": f"{PHONE},a@b.example", "messageTemplateId": id, "messageattributes": values}
    ).headers["Location"]
    assert sent()["sms"] == {"body": "Roster\nShift night"}
    assert sent()["email"]["body"] == "Mail night"
    read = api("GET", location).json
    assert (read["type"], read["label"], read["subject"]) == ("defaultNoReply", "week", "Roster")
    own = {"to": PHONE, "messageTemplateName": "Roster", "subject": "Now", "body": "Call @@shift@@", "type": "noDlr"}
    api("POST", "/messages", own)
    newest = Message.objects.order_by("-pk")[0]
    assert newest.content == {"body": "Now\nCall @@shift@@"}
    assert newest.context["with_delivery_report"] is False


@pytest.mark.parametrize("name", ["messageTemplateId", "messageTemplateName", "eventId", "callbackId"])
def test_what_is_not_here_is_refused_by_its_field(api: Api, name: str) -> None:
    refused = api.send(**{name: "0123456789ABCDEF"})
    assert (refused.status, name in refused.json["errorText"]) == (422, True)


def test_attributes_come_before_the_events_values_and_these_before_the_persons(api: Api, acme: Account) -> None:
    id = event(api, location="Gaza St", first_name="Event", last_name="Field")
    body = "@@location@@ @@first_name@@ @@last_name@@ @@Recipient_Sms@@ @@messagelabel@@ @@none@@"
    values = attributes(first_name="Attribute")
    location = api.send(to=mri.of_contact(contact(acme)), body=body, eventId=id, messageattributes=values)
    assert sent()["sms"] == {"body": f"Hello\nGaza St Attribute Field {PHONE} Flood @@none@@"}
    assert api("GET", location.headers["Location"]).json["label"] == "Flood"
    about = next(link for link in api("GET", f"/events/{id}", kind="event").json["link"] if "Messages" in link["rel"])
    assert len(api("GET", about["uri"]).json["messages"]) == 1


def test_the_callers_own_words_come_into_html_as_they_are_and_others_escaped(api: Api, acme: Account) -> None:
    ana = contact(acme, "<i>Ana</i>", email="ana@example.org")
    email = {"body": "<p>@@first_name@@ @@own@@</p>", "type": "text/html"}
    api.send(to=mri.of_contact(ana), body=None, email=email, messageattributes=attributes(own="<b>!</b>"))
    assert sent()["email"]["body"] == "<p>&lt;i&gt;Ana&lt;/i&gt; <b>!</b></p>"


def test_a_text_that_is_too_long_for_one_person_fails_for_that_one(api: Api, acme: Account, deliver: Deliver) -> None:
    ana, bo = contact(acme, "A" * 100), contact(acme, "Bo", "61400400401")
    to = f"{mri.of_contact(ana)},{mri.of_contact(bo)}"
    location = api.send(to=to, body="@@first_name@@" + "x" * 1520).headers["Location"]
    deliver()
    long = next(line for line in lines(api, location) if line["name"].startswith("A"))
    assert (told(long)[0], "1570" in long["info"]) == ("FAILED", True)
    assert {told(line)[0] for line in lines(api, location)} == {"FAILED", "DELIVRD"}


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    attributes=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=False),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(("attribute", "name", "value", "x")), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    body=st.text(st.sampled_from("@ab_. "), max_size=60),
)
def test_whatever_is_given_as_attributes_is_accepted_or_refused(api: Api, attributes: Any, body: str) -> None:
    answer = api.send(messageattributes=attributes, body=body)
    assert answer.status in (202, 400, 422), answer.raw


# E-mail
def test_each_recipient_gets_what_fits_its_address(api: Api, deliver: Deliver) -> None:
    email = {"body": "By mail", "footer": "Bye", "type": "text/plain"}
    location = api.send(to=f"{PHONE},ann@example.org", email=email).headers["Location"]
    deliver()
    phone, ann = lines(api, location)
    assert (told(phone), told(phone, "email")) == (("DELIVRD", PHONE), ("", ""))
    assert (told(ann, "email"), told(ann)) == (("SENT", "ann@example.org"), ("", ""))
    [letter] = mail.outbox
    assert (letter.subject, letter.to, letter.body) == ("Hello", ["ann@example.org"], "By mail\n\nBye")


def test_an_address_that_nothing_else_goes_to_gets_the_text_by_email(api: Api, deliver: Deliver) -> None:
    """As the vendor's own client relies on."""
    location = api.send(to=f"{PHONE},ann@example.org", email={"body": ""}).headers["Location"]
    deliver()
    phone, ann = lines(api, location)
    assert (told(phone), told(phone, "email")) == (("DELIVRD", PHONE), ("", ""))
    assert (told(ann, "email"), told(ann)) == (("SENT", "ann@example.org"), ("", ""))
    [letter] = mail.outbox
    assert (letter.subject, letter.to, letter.body) == ("Hello", ["ann@example.org"], "This is a test message")


def test_a_contact_is_one_line_with_all_its_channels(api: Api, acme: Account, deliver: Deliver) -> None:
    location = api.send(to=mri.of_contact(contact(acme)), email={"body": "Dear @@first_name@@"}).headers["Location"]
    deliver()
    [line] = lines(api, location)
    assert (told(line), told(line, "email")) == (("DELIVRD", PHONE), ("SENT", "ana@example.org"))
    counts = api("GET", f"{location}/messagestatus").json["messageStatuses"][0]["categories"]
    assert {row["name"]: row["recipientCount"] for row in counts}["Received"] == 1


def test_a_sandbox_key_sends_emails_nowhere(make: Make, deliver: Deliver) -> None:
    sandbox = make(type="sandbox")
    location = sandbox.send(to="ann@example.org", email={"body": "Hi"}).headers["Location"]
    deliver()
    assert not mail.outbox
    assert told(lines(sandbox, location)[0], "email")[0] == "DELIVRD"


def test_files_are_kept_once_and_go_with_each_email(api: Api, acme: Account, deliver: Deliver) -> None:
    resources = {"attachment": [{"attachmentName": "a.csv", "attachmentDesc": "A", "derefUri": FILE}]}
    to = ",".join(mri.of_contact(contact(acme, name, "")) for name in ("Ana", "Bo"))
    sent = api.send(to=to, body=None, email={"body": "Dear @@first_name@@", "resources": resources})
    deliver()
    assert Media.objects.get().account == acme
    assert [(a.to, a.body, a.attachments[0][:2]) for a in mail.outbox] == [
        ([f"{name.lower()}@example.org"], f"Dear {name}", ("a.csv", "a,b\n1,2\n")) for name in ("Ana", "Bo")
    ]
    assert FILE not in api("GET", sent.headers["Location"]).raw.decode()


def test_a_repeat_with_the_same_key_keeps_and_sends_nothing_anew(api: Api) -> None:
    resources = {"attachment": {"attachmentName": "a.csv", "derefUri": FILE}}
    body = {"to": "ann@example.org", "subject": "Hi", "email": {"body": "Hi", "resources": resources}}
    first, second = (api("POST", "/messages", body, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Message.objects.count() == 1
    assert Media.objects.for_account(Account.objects.get()).count() == 1


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ({"footer": "x"}, "body"),
        ({"body": "x", "type": "text/rtf"}, "type"),
        ({"body": ["x"]}, "body"),
        ({"body": "x", "resources": {"attachment": [{"derefUri": FILE}]}}, "attachmentName"),
        ({"body": "x", "resources": {"attachment": [{"attachmentName": "a"}]}}, "derefUri"),
        ({"body": "x", "resources": {"attachment": [{"attachmentName": "a", "derefUri": "%%%"}]}}, "derefUri"),
        ({"body": "x", "resources": {"attachment": [FILE]}}, "attachment"),
        ({"body": "x", "resources": {"attachment": [{"attachmentName": "a", "derefUri": FILE}] * 21}}, "attachment"),
    ],
)
def test_an_email_that_cannot_be_sent_is_422_and_leaves_nothing(api: Api, email: Any, said: str) -> None:
    refused = api.send(to="ann@example.org", body="Hi", email=email)
    assert (refused.status, said in refused.json["errorText"]) == (422, True), refused.raw
    assert not Message.objects.exists()
    assert not Media.objects.exists()


def test_files_of_more_than_ten_megabytes_together_are_refused(api: Api) -> None:
    half = b64encode(b"x" * (5 * 1024 * 1024 + 1)).decode()
    files = [{"attachmentName": name, "derefUri": half} for name in ("a.txt", "b.txt")]
    refused = api.send(to="ann@example.org", email={"body": "Hi", "resources": {"attachment": files}})
    assert (refused.status, "10485760" in refused.json["errorText"]) == (422, True)


# Other channels
def test_what_leads_nowhere_is_accepted_and_says_so(api: Api, deliver: Deliver) -> None:
    location = api.send(
        voice={"header": "Hello", "body": "Read this", "type": "Pin:"},
        web={"body": "On the page", "type": "text/plain"},
        social={"social": [{"id": "social", "body": "Short"}, {"id": "social_long", "body": "Long"}]},
        rcs={"body": "Rich"},
    ).headers["Location"]
    deliver()
    phone, *pages = lines(api, location)
    assert told(phone) == ("DELIVRD", PHONE)
    assert (told(phone, "voice"), told(phone, "rcs")) == (("FAILED", PHONE), ("FAILED", PHONE))
    assert "Voice" in phone["info"]
    assert [(page["name"], told(page, page["name"])[0]) for page in pages] == [("web", "FAILED"), ("social", "FAILED")]
    for message in Message.objects.exclude(channel="sms"):
        assert message.timeline.get().code == "no_route"
    assert api("GET", location).json["voice"]["body"] == "Read this"
    assert api("GET", f"{location}/messageresponses").json["messageresponses"][0]["responseCount"] == "1"


def test_what_is_for_pages_alone_says_that_it_goes_to_nobody(api: Api, deliver: Deliver) -> None:
    location = api.send(body=None, web={"body": "On the page", "type": "text/plain"}).headers["Location"]
    deliver()
    page, phone = lines(api, location)
    assert (page["name"], told(phone), "for pages" in phone["info"]) == ("web", ("FAILED", ""), True)


def test_a_whatsapp_template_goes_by_whatsapp_where_a_device_sends_it(
    api: Api, acme: Account, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    whatsapp = {"type": "template", "name": "order_update", "language": "en_US", "parameters": ["@@n@@", {"text": "b"}]}
    body = {"to": PHONE, "subject": "Order", "whatsapp": whatsapp, "messageattributes": attributes(n="17")}
    location = api("POST", "/messages", body).headers["Location"]
    assert sent() == {
        "whatsapp": {
            "name": "order_update",
            "language": {"code": "en_US"},
            "components": [
                {"type": "body", "parameters": [{"type": "text", "text": "17"}, {"type": "text", "text": "b"}]}
            ],
        }
    }
    deliver()
    assert told(lines(api, location)[0], "whatsapp") == ("DELIVRD", PHONE)
    Device.objects.create(account=acme, name="Phone", number="+61400000000", transport="android")
    routing.forget()
    location = api("POST", "/messages", body).headers["Location"]
    deliver()
    [line] = lines(api, location)
    assert (line["info"], told(line)[0]) == ("Nothing here sends by this channel: WhatsApp.", "FAILED")


def test_an_alias_that_is_a_number_of_the_account_is_the_sender_and_any_other_is_kept(api: Api, acme: Account) -> None:
    second = Device.objects.create(
        account=acme, name="Second", number="+61400000002", transport="sandbox", status=Device.Status.CONNECTED
    )
    routing.forget()
    features = {"aliasOption": {"aliasName": "61400000002"}}
    location = api.send(features=features).headers["Location"]
    assert Message.objects.get().device == second
    assert api("GET", location).json["features"] == features
    assert api.send(features={"aliasOption": {"aliasName": "Whispir"}}).status == 202


# Answers
def test_a_callback_and_a_templates_rule_wait_for_answers(api: Api, acme: Account) -> None:
    rule = ResponseRule.objects.create(account=acme, name="Yes or no")
    StoredMessage.objects.create(
        account=acme, kind="template", name="Asking", rule=rule, content={"subject": "Coming?", "body": "Say yes"}
    )
    endpoint = WebhookEndpoint.objects.create(
        account=acme, format="whispir", origin="whispir", name="cb one", is_by_name=True
    )
    plain = {"to": PHONE, "subject": "Hi", "body": "x"}
    for body in (
        {"to": PHONE, "messageTemplateName": "Asking"},
        {**plain, "callbackId": "cb one", "callbackParameters": {"Order": 17}},
        {**plain, "callbackId": "cb one", "type": "defaultNoReply"},
        plain,
    ):
        assert api("POST", "/messages", body).status == 202
    found = [
        (message.recipients.get().awaits_answer, message.context.get("answering"))
        for message in Message.objects.order_by("pk")
    ]
    assert found == [
        (True, {"endpoint": None, "parameters": {}, "rule": rule.pk}),
        (True, {"endpoint": endpoint.pk, "parameters": {"Order": "17"}, "rule": None}),
        (False, {"endpoint": endpoint.pk, "parameters": {}, "rule": None}),
        (False, None),
    ]


def test_a_stranger_uses_nothing_of_ours(api: Api, make: Make, acme: Account, other: Account) -> None:
    id, about = template(api), event(api, a="b")
    WebhookEndpoint.objects.create(account=acme, format="whispir", origin="whispir", name="cb one", is_by_name=True)
    stranger = make(other)
    for field, value in (
        ("messageTemplateId", id),
        ("messageTemplateName", "Roster"),
        ("eventId", about),
        ("callbackId", "cb one"),
    ):
        assert stranger.send(**{field: value}).status == 422, field
    assert not Message.objects.exists()


def test_templates_and_events_stay_in_their_workspace(api: Api) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    id, about = template(api), event(api, a="b")
    for more in ({"messageTemplateId": id}, {"eventId": about}):
        answer = api("POST", f"{place}/messages", {"to": PHONE, "subject": "Hi", **more})
        assert answer.status == 422
    assert (StoredMessage.objects.count(), Incident.objects.count()) == (1, 1)
    assert Channel.SMS not in sent()


def test_a_value_that_stands_in_a_text_many_times_does_not_make_it_endless(api: Api) -> None:
    long = {"attribute": [{"name": "a", "value": "x" * 10_000}]}
    answer = api(
        "POST", "/messages", {"to": PHONE, "subject": "s", "body": "@@a@@" * 150_000, "messageattributes": long}
    )
    assert (answer.status, "1,000,000 characters together" in answer.json["errorSummary"]) == (422, True), answer.raw
    assert not Message.objects.exists()
