"""Templates by our own API, and messages made from them."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from messaging import templating
from messaging.models import Message, Template
from messaging.working import run_due
from tests.messaging.api.conftest import Call, Issue
from tokens import issuing
from tokens.scopes import Scope

TO = "+905321234567"
ORDER: dict[str, Any] = {
    "name": "order_confirmation",
    "language": "en",
    "category": "utility",
    "components": [
        {"type": "footer", "text": "Thank you"},
        {"type": "header", "format": "text", "text": "Order {{1}}"},
        {"type": "body", "text": "Hello {{1}}, order {{2}} left. Order {{2}}!"},
        {
            "type": "buttons",
            "buttons": [
                {"type": "url", "text": "Track", "url": "https://example.com/o/{{1}}"},
                {"type": "quick_reply", "text": "Stop"},
                {"type": "phone_number", "text": "Call", "phone_number": "+905321234567"},
                {"type": "copy_code", "example": "SPRING"},
            ],
        },
    ],
}


def texts(*words: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": word} for word in words]


FITTING: list[dict[str, Any]] = [
    {"type": "header", "parameters": texts("77")},
    {"type": "body", "parameters": texts("Ayşe", "77")},
    {"type": "button", "sub_type": "url", "index": 0, "parameters": texts("77")},
    {
        "type": "button",
        "sub_type": "copy_code",
        "index": 3,
        "parameters": [{"type": "coupon_code", "coupon_code": "X"}],
    },
]


@pytest.fixture
def secret(issue: Issue) -> str:
    return issue()[1]


@pytest.fixture
def strangers(other: Account) -> str:
    return issuing.create_token(account=other, name="theirs", by=COMMAND, grantor=None)[1]


@pytest.fixture
def made(acme: Account) -> Template:
    return templating.create_template(acme, **ORDER, by=COMMAND)


def message(components: object, name: str = "order_confirmation", language: str = "en") -> dict[str, Any]:
    template = {"name": name, "language": {"code": language}, "components": components}
    return {"to": TO, "channel": "whatsapp", "type": "template", "template": template}


def test_a_template_is_created_in_order_and_read(call: Call, secret: str) -> None:
    created = call("POST", "templates", secret, ORDER)
    assert (created.status_code, created.json()["status"]) == (201, "pending")
    assert [part["type"] for part in created.json()["components"]] == ["header", "body", "footer", "buttons"]
    read = call("GET", created["Location"].removeprefix("/api/v1/"), secret)
    assert read.json() == created.json()
    assert AuditEntry.objects.get(action="template.created").target_label == "order_confirmation (en)"


def test_a_name_belongs_to_one_template_in_each_language(call: Call, secret: str, made: Template) -> None:
    again = call("POST", "templates", secret, ORDER)
    assert (again.status_code, again.json()["error"]["code"], again.json()["error"]["field"]) == (409, "exists", "name")
    assert call("POST", "templates", secret, ORDER | {"language": "en_US"}).status_code == 201
    assert Template.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Order"}, "name"),
        ({"name": "a" * 513}, "name"),
        ({"language": "english please"}, "language"),
        ({"category": "spam"}, "category"),
        ({"components": []}, "components"),
        ({"components": [{"type": "footer", "text": "Bye"}]}, "components"),
        ({"components": [{"type": "body", "text": "A"}, {"type": "body", "text": "B"}]}, "components"),
        ({"components": [{"type": "body", "text": " "}]}, "components.0.text"),
        ({"components": [{"type": "body", "text": "x" * 1025}]}, "components.0.text"),
        ({"components": [{"type": "body", "text": "Hi {{2}}"}]}, "components.0.text"),
        ({"components": [{"type": "body", "text": "Hi {{1}} {{name}}"}]}, "components.0.text"),
        ({"components": [{"type": "body", "text": "Hi {{First Name}}"}]}, "components.0.text"),
        ({"components": [{"type": "body", "text": "Hi {{1"}]}, "components.0.text"),
        ({"components": [{"type": "header", "format": "text", "text": "{{1}} {{2}}"}]}, "components.0.text"),
        ({"components": [{"type": "header", "format": "gif"}]}, "components.0.format"),
        ({"components": [{"type": "body", "text": "A"}, {"type": "footer", "text": "{{1}}"}]}, "components.1.text"),
        (
            {"components": [{"type": "buttons", "buttons": [{"type": "url", "text": "Go"}]}]},
            "components.0.buttons.0.url",
        ),
        (
            {
                "components": [
                    {"type": "buttons", "buttons": [{"type": "url", "text": "Go", "url": "https://a.b/{{1}}/c"}]}
                ]
            },
            "components.0.buttons.0.url",
        ),
        ({"status": "approved"}, "status"),
    ],
)
def test_what_is_no_template_is_refused(call: Call, secret: str, change: dict[str, Any], field: str) -> None:
    answer = call("POST", "templates", secret, ORDER | change)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert not Template.objects.exists()


def test_the_list_is_filtered_and_paged(call: Call, secret: str, made: Template) -> None:
    for language in ("de", "tr"):
        call("POST", "templates", secret, ORDER | {"language": language})
    Template.objects.filter(language="tr").update(status="paused")
    listed = call("GET", "templates?limit=2", secret).json()
    assert [item["language"] for item in listed["items"]] == ["tr", "de"]
    rest = call("GET", f"templates?cursor={listed['next_cursor']}", secret).json()
    assert [item["id"] for item in rest["items"]] == [str(made.pk)]
    paused = call("GET", "templates?status=paused", secret).json()["items"]
    assert [item["language"] for item in paused] == ["tr"]
    assert len(call("GET", "templates?name=order_confirmation&language=de", secret).json()["items"]) == 1


def test_strangers_see_and_change_nothing(call: Call, strangers: str, made: Template) -> None:
    assert call("GET", "templates", strangers).json()["items"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume")):
        assert call(method, f"templates/{made.pk}{path}", strangers).status_code == 404
    made.refresh_from_db()
    assert made.status == "pending"


def test_each_act_has_its_permission(call: Call, issue: Issue, made: Template) -> None:
    _, reading = issue(type="read_only")
    _, sending = issue("sends", scopes=[Scope.MESSAGES_SEND])
    assert call("GET", f"templates/{made.pk}", reading).status_code == 200
    assert call("GET", "templates", sending).json()["error"]["code"] == "missing_scope"
    for secret in (reading, sending):
        assert call("POST", "templates", secret, ORDER | {"language": "de"}).status_code == 403
        assert call("DELETE", f"templates/{made.pk}", secret).status_code == 403
    assert Template.objects.count() == 1


def test_without_review_a_template_is_approved_by_itself(call: Call, secret: str, made: Template) -> None:
    assert call("POST", "messages", secret, message(FITTING)).status_code == 202
    run_due("tidying")
    assert call("GET", f"templates/{made.pk}", secret).json()["status"] == "approved"


def test_with_review_it_waits_for_people(call: Call, secret: str, made: Template, settings: Settings) -> None:
    settings.GATEWAY_TEMPLATE_REVIEW = "people"
    assert templating.approve_due() == 0
    refused = call("POST", "messages", secret, message(FITTING)).json()["error"]
    assert refused == {
        "code": "template_unusable",
        "message": "The template order_confirmation (en) is not approved yet.",
        "field": "template.name",
    }
    templating.reject_template(made, reason="No prices, please", by=COMMAND)
    refused = call("POST", "messages", secret, message(FITTING)).json()["error"]
    assert refused["message"] == "The template order_confirmation (en) was rejected: No prices, please"
    templating.approve_template(made, by=COMMAND)
    assert call("POST", "messages", secret, message(FITTING)).status_code == 202


def test_a_paused_template_takes_no_messages_until_it_is_resumed(call: Call, secret: str, made: Template) -> None:
    assert call("POST", f"templates/{made.pk}/pause", secret).json()["error"]["code"] == "template_unusable"
    templating.approve_template(made, by=COMMAND)
    paused = call("POST", f"templates/{made.pk}/pause", secret, {"reason": "Prices have changed"}).json()
    assert (paused["status"], paused["reason"]) == ("paused", "Prices have changed")
    assert call("POST", "messages", secret, message(FITTING)).json()["error"]["code"] == "template_unusable"
    assert not Message.objects.exists()
    resumed = call("POST", f"templates/{made.pk}/resume", secret).json()
    assert (resumed["status"], resumed["reason"]) == ("approved", "")
    assert call("POST", "messages", secret, message(FITTING)).status_code == 202


def test_the_sandbox_tries_what_is_not_approved_and_decides_on_nothing(
    call: Call, issue: Issue, made: Template, settings: Settings
) -> None:
    settings.GATEWAY_TEMPLATE_REVIEW = "people"
    _, sandbox = issue(type="sandbox")
    assert call("POST", "messages", sandbox, message(FITTING)).status_code == 202
    assert call("POST", "messages", sandbox, message([])).json()["error"]["code"] == "invalid"
    Template.objects.update(status="approved")
    assert call("POST", f"templates/{made.pk}/pause", sandbox).status_code == 403
    made.refresh_from_db()
    assert made.status == "approved"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({0: None}, "template.components.parameters"),
        ({1: {"type": "body", "parameters": texts("Ayşe")}}, "template.components.1.parameters"),
        ({1: {"type": "body", "parameters": texts("Ayşe", "77", "!")}}, "template.components.1.parameters"),
        (
            {1: {"type": "body", "parameters": [*texts("A"), {"type": "image", "image": {"link": "https://a.b/c"}}]}},
            "template.components.1.parameters",
        ),
        ({2: None}, "template.components.parameters"),
        ({2: {"type": "button", "sub_type": "quick_reply", "index": 0}}, "template.components.2.sub_type"),
        ({3: {"type": "button", "sub_type": "url", "index": 9, "parameters": texts("1")}}, None),
    ],
)
def test_parameters_that_do_not_fit_are_refused(
    call: Call, secret: str, made: Template, change: dict[int, Any], field: str | None
) -> None:
    components = [change.get(place, part) for place, part in enumerate(FITTING)]
    answer = call("POST", "messages", secret, message([part for part in components if part]))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "invalid")
    assert field is None or error["field"] == field
    assert not Message.objects.exists()


def test_gaps_with_names_are_filled_by_name(call: Call, secret: str) -> None:
    body = {"type": "body", "text": "Hello {{first_name}}, see you in {{city}}"}
    call("POST", "templates", secret, ORDER | {"components": [body]})
    named = [
        {"type": "text", "text": word, "parameter_name": name}
        for name, word in [("city", "İzmir"), ("first_name", "Can")]
    ]
    assert call("POST", "messages", secret, message([{"type": "body", "parameters": named}])).status_code == 202
    refused = call("POST", "messages", secret, message([{"type": "body", "parameters": texts("Can", "İzmir")}]))
    assert "parameter_name first_name" in refused.json()["error"]["message"]


def test_a_header_with_a_picture_needs_one(call: Call, secret: str) -> None:
    parts = [{"type": "header", "format": "image"}, {"type": "body", "text": "Look"}]
    call("POST", "templates", secret, ORDER | {"components": parts})
    picture = {"type": "image", "image": {"link": "https://example.com/a.jpg"}}
    with_one = message([{"type": "header", "parameters": [picture]}])
    assert call("POST", "messages", secret, with_one).status_code == 202
    for wrong in ([], [{"type": "header", "parameters": texts("Look")}]):
        assert call("POST", "messages", secret, message(wrong)).json()["error"]["code"] == "invalid"


def test_a_template_that_is_unknown_here_may_exist_elsewhere_unless_the_account_is_strict(
    call: Call, acme: Account, secret: str, issue: Issue, made: Template
) -> None:
    unknown = message([{"type": "body", "parameters": texts("1")}], name="kept_at_meta")
    assert call("POST", "messages", secret, unknown).status_code == 202
    acme.strict_templates = True
    acme.save(update_fields=["strict_templates"])
    issuing_anew = issue("another")[1]  # whose account is read from the database
    refused = call("POST", "messages", issuing_anew, unknown)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "unknown_template")
    assert call("POST", "messages", issue("tries", type="sandbox")[1], unknown).status_code == 202
    assert call("POST", "messages", issuing_anew, message(FITTING)).status_code == 202


def test_deleting_a_template_forgets_it(call: Call, secret: str, made: Template) -> None:
    assert call("DELETE", f"templates/{made.pk}", secret).status_code == 204
    assert call("DELETE", f"templates/{made.pk}", secret).status_code == 404
    assert AuditEntry.objects.filter(action="template.deleted", target_id=made.pk).exists()
    assert call("POST", "messages", secret, message([])).status_code == 202
