"""The pages about templates, without script."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from accounts.roles import Role
from messaging import templating
from messaging.drafting import Draft, Sender
from messaging.models import StoredMessage, Template
from messaging.sending import accept
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db
FORM = {
    "name": "order_update",
    "language": "en",
    "category": "utility",
    "header_format": "text",
    "header": "Order {{1}}",
    "body": "Hello {{1}}, order {{2}} left.",
    "footer": "Thank you",
    "kind_1": "url",
    "label_1": "Track",
    "value_1": "https://example.com/{{1}}",
    "kind_2": "",
    "kind_3": "copy_code",
    "value_3": "SPRING",
}
COMPONENTS: list[dict[str, Any]] = [
    {"type": "header", "format": "text", "text": "Order {{1}}"},
    {"type": "body", "text": "Hello {{1}}, order {{2}} left."},
    {"type": "footer", "text": "Thank you"},
    {
        "type": "buttons",
        "buttons": [
            {"type": "url", "text": "Track", "url": "https://example.com/{{1}}"},
            {"type": "copy_code", "example": "SPRING"},
        ],
    },
]


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def update(acme: Account) -> Template:
    return templating.create_template(
        acme, name="order_update", language="en", category="utility", components=COMPONENTS, by=COMMAND
    )


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_where_those_of_other_programs_are(alices: Client, acme: Account) -> None:
    link = '<a href="/settings/workspaces/">workspaces</a>'
    StoredMessage.objects.create(account=acme, name="Fire", kind="scenario")
    assert link not in page(alices, "/templates/")
    StoredMessage.objects.create(account=acme, name="Alarm", kind="template")
    assert link in page(alices, "/templates/")


def test_a_template_is_created_and_shown(alices: Client) -> None:
    assert "No templates yet." in page(alices, "/templates/")
    shown = alices.post("/templates/new/", FORM, follow=True).content.decode()
    made = Template.objects.get()
    assert (made.components, made.status) == (COMPONENTS, "pending")
    for said in ("order_update", "Pending", "Hello {{1}}, order {{2}} left.", "Copy code", "value 2"):
        assert said in shown
    assert "Hello {{1}}, order {{2}} left." in page(alices, "/templates/")
    assert "No template is in this state." in page(alices, "/templates/?show=stopped")
    assert AuditEntry.objects.get(action="template.created").actor_label == "alice@acme.example"


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"name": "Order"}, "name", "must be lower-case letters, digits and underscores."),
        ({"language": "??"}, "language", "must be a language such as en or en_US."),
        ({"header": "{{1}} {{2}}"}, "header", "It must have at most 1 gap."),
        ({"header_format": "text", "header": ""}, "header", "It is required."),
        ({"body": "Hello {{2}}"}, "body", "It must number its gaps"),
        ({"footer": "x" * 61}, "footer", "It must have at most 60 characters."),
        ({"label_1": ""}, "label_1", "It is required."),
        ({"value_1": "example.com"}, "value_1", "It must be an http or https address."),
        ({"kind_2": "phone_number", "label_2": "Call", "value_2": "x"}, "value_2", "It must be a number."),
    ],
)
def test_what_is_no_template_is_refused_beside_its_field(
    alices: Client, change: dict[str, str], field: str, said: str
) -> None:
    answer = alices.post("/templates/new/", FORM | change)
    assert answer.status_code == 422
    (problem,) = answer.context["form"].errors[field]
    assert said in problem
    assert not Template.objects.exists()


def test_a_name_is_taken_once_in_each_language(alices: Client, update: Template) -> None:
    assert "There is a template order_update in en already." in alices.post("/templates/new/", FORM).content.decode()
    assert alices.post("/templates/new/", FORM | {"language": "tr"}).status_code == 302


def test_a_look_at_it_makes_nothing_and_keeps_what_was_typed(alices: Client) -> None:
    shown = alices.post("/templates/new/", FORM | {"name": "", "preview": "on"}).content.decode()
    assert "This field is required." not in shown
    assert '<div dir="auto">Hello {{1}}, order {{2}} left.</div>' in shown
    assert 'value="https://example.com/{{1}}"' in shown
    part = alices.post("/templates/preview/", FORM | {"body": "<b>Hi</b>", "header_format": "image"}).content.decode()
    assert "&lt;b&gt;Hi&lt;/b&gt;" in part
    assert "Image" in part
    assert "<html" not in part
    assert not Template.objects.exists()


def test_another_is_made_from_one_that_is_there(alices: Client, update: Template, other: Account) -> None:
    shown = page(alices, f"/templates/new/?copy={update.pk}")
    for value in ("order_update", "Order {{1}}", "https://example.com/{{1}}", "SPRING"):
        assert f'value="{value}"' in shown
    theirs = templating.create_template(
        other, name="secret", language="en", category="utility", components=COMPONENTS, by=COMMAND
    )
    for asked in (str(theirs.pk), "x", "9" * 30):
        assert "secret" not in page(alices, f"/templates/new/?copy={asked}")


def test_people_approve_reject_pause_and_resume(alices: Client, update: Template, settings: Settings) -> None:
    settings.GATEWAY_TEMPLATE_REVIEW = "people"
    at = f"/templates/{update.pk}/decide/"

    def decide(verb: str, reason: str = "") -> tuple[str, str]:
        shown = alices.post(at, {"verb": verb, "reason": reason}, follow=True)
        assert shown.status_code == 200
        update.refresh_from_db()
        return update.status, update.reason

    assert decide("reject") == ("pending", "")
    assert decide("pause") == ("pending", "")
    assert decide("reject", "Too loud") == ("rejected", "Too loud")
    assert decide("resume") == ("rejected", "Too loud")
    assert decide("approve") == ("approved", "")
    assert decide("pause", "Prices") == ("paused", "Prices")
    assert "Prices" in page(alices, f"/templates/{update.pk}/")
    assert decide("resume") == ("approved", "")
    assert decide("nonsense") == ("approved", "")
    actions = AuditEntry.objects.filter(target_type="template", proof="session").order_by("pk")
    assert [entry.action.partition(".")[2] for entry in actions] == ["rejected", "approved", "paused", "approved"]


def test_a_template_is_deleted_after_a_question(alices: Client, update: Template) -> None:
    assert "Keep template" in page(alices, f"/templates/{update.pk}/delete/")
    assert "is deleted." in alices.post(f"/templates/{update.pk}/delete/", follow=True).content.decode()
    assert not Template.objects.exists()


def test_a_message_shows_the_words_of_its_template(alices: Client, acme: Account, update: Template) -> None:
    texts = {"header": ["77"], "body": ["Ayşe", "77"]}
    components: list[dict[str, Any]] = [
        {"type": name, "parameters": [{"type": "text", "text": word} for word in words]}
        for name, words in texts.items()
    ]
    button = {"type": "button", "sub_type": "url", "index": 0, "parameters": [{"type": "text", "text": "77"}]}
    code = {"type": "coupon_code", "coupon_code": "SPRING"}
    copies = {"type": "button", "sub_type": "copy_code", "index": 1, "parameters": [code]}
    body = {"name": "order_update", "language": {"code": "en"}, "components": [*components, button, copies]}
    sent = accept(Sender.from_person(acme), Draft(to=["+905321234567"], kind="template", body=body))
    assert "Hello Ayşe, order 77 left." in page(alices, f"/messages/{sent.first_id}/")
    update.components = [*COMPONENTS[:1], {"type": "body", "text": "Another"}]
    update.save()
    assert "order_update" in page(alices, f"/messages/{sent.first_id}/")


@pytest.mark.parametrize(("role", "makes"), [(Role.DEVELOPER, True), (Role.VIEWER, False)])
def test_each_role_does_what_its_row_says(
    acme: Account, bob: User, update: Template, signed_in: SignedIn, role: Role, makes: bool
) -> None:
    acme.memberships.filter(user=bob).update(role=role)
    client = signed_in(bob)
    shown = page(client, f"/templates/{update.pk}/")
    assert ("Make another from it" in shown) == makes
    assert "/decide/" not in shown
    assert client.post(f"/templates/{update.pk}/decide/", {"verb": "approve"}).status_code == 403
    assert client.post("/templates/new/", FORM | {"language": "tr"}).status_code == (302 if makes else 403)
    assert client.post(f"/templates/{update.pk}/delete/").status_code == (302 if makes else 403)


def test_a_stranger_finds_nothing(charlie: User, other: Account, update: Template, signed_in: SignedIn) -> None:
    client = signed_in(charlie)
    assert "No templates yet." in page(client, "/templates/")
    assert client.get(f"/templates/{update.pk}/").status_code == 404
    for path in ("decide", "delete"):
        assert client.post(f"/templates/{update.pk}/{path}/", {"verb": "approve"}).status_code == 404
    update.refresh_from_db()
    assert update.status == "pending"
