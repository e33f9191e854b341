"""/v1/templates, and messages made from what is created there."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import templating
from messaging.dialects.startmessaging.serializers import timestamp
from messaging.models import Template
from messaging.working import run_due
from tests.messaging.dialects.startmessaging.conftest import TO, Api, Keys
from tokens import issuing
from tokens.scopes import Scope

COMPONENTS: list[dict[str, Any]] = [
    {"type": "header", "format": "text", "text": "Order update"},
    {"type": "body", "text": "Hello {{1}}, your order {{2}} is on its way."},
    {"type": "footer", "text": "Thank you"},
    {"type": "buttons", "buttons": [{"type": "url", "text": "Track", "url": "https://example.com/track"}]},
]
NEW: dict[str, Any] = {"name": "order_update", "language": "en", "category": "utility", "components": COMPONENTS}
PATH = "/v1/templates"


@pytest.fixture
def api(key: Keys, acme: Account) -> Api:
    """Several requests in a row are no test of the limit here."""
    acme.plan.requests_per_second = 1000
    acme.plan.save(update_fields=["requests_per_second"])
    return key()


def send(api: Api, *words: str) -> Any:
    body = {"type": "body", "parameters": [{"type": "text", "text": word} for word in words]}
    template = {"name": "order_update", "language": {"code": "en"}, "components": [body]}
    return api.send({"to": TO, "type": "template", "template": template}, path="/v1/messages")


def test_a_template_is_pending_and_then_approved(api: Api) -> None:
    created = api.send(NEW, path=PATH)
    row = Template.objects.get()
    assert created.status == 201
    assert created.body["template_id"].startswith("tmpl_")
    assert created.body == {"template_id": created.body["template_id"], "name": "order_update", "status": "pending"}
    shown = {
        **NEW,
        "template_id": created.body["template_id"],
        "status": "pending",
        "reason": None,
        "timestamp": timestamp(row.created_at),
    }
    assert api.get(f"{PATH}?status=pending").body == {"data": [shown]}
    assert api.get(f"{PATH}?status=approved").body == {"data": []}
    run_due("tidying")
    assert api.get(f"{PATH}?status=pending").body == {"data": []}
    assert api.get(f"{PATH}/order_update").body == shown | {"status": "approved"}


def test_a_name_belongs_to_one_template_in_each_language(api: Api) -> None:
    api.send(NEW, path=PATH)
    again = api.send(NEW, path=PATH)
    assert (again.status, again.code) == (409, "DUPLICATE_TEMPLATE")
    assert again.body["error"]["details"] == {"field": "name", "value": "order_update"}
    assert api.send(NEW | {"language": "pt_BR"}, path=PATH).status == 201
    assert api.get(f"{PATH}/order_update").body["language"] == "pt_BR"
    assert api.get(f"{PATH}/order_update?language=en").body["language"] == "en"
    assert len(api.get(PATH).body["data"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"name": "Order update"}, "name"),
        ({"name": "x" * 513}, "name"),
        ({"language": "every language"}, "language"),
        ({"category": "news"}, "category"),
        ({"components": None}, "components"),
        ({"components": []}, "components"),
        ({"components": [{"type": "body", "text": "{{2}}"}]}, "components.0.text"),
        ({"components": [{"type": "body", "text": "x" * 1025}]}, "components.0.text"),
        ({"components": [{"type": "buttons", "buttons": [{"type": "link"}]}]}, "components.0.buttons.0.type"),
    ],
)
def test_what_is_no_template_is_refused(api: Api, change: dict[str, Any], field: str) -> None:
    asked = {name: value for name, value in (NEW | change).items() if value is not None}
    answer = api.send(asked, path=PATH)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert answer.body["error"]["details"]["field"] == field
    assert not Template.objects.exists()


def test_a_body_is_json_and_a_status_one_of_four(api: Api) -> None:
    assert api.call("POST", PATH, b"{}", content_type="text/plain").code == "INVALID_REQUEST"
    assert api.send([], path=PATH).code == "INVALID_REQUEST"
    answer = api.get(f"{PATH}?status=waiting")
    assert (answer.status, answer.body["error"]["details"]) == (400, {"field": "status", "value": "waiting"})


def test_a_template_is_deleted_in_all_its_languages_or_in_one(api: Api) -> None:
    for language in ("en", "de", "tr"):
        api.send(NEW | {"language": language}, path=PATH)
    assert api.call("DELETE", f"{PATH}/order_update?language=de").status == 204
    assert [each["language"] for each in api.get(PATH).body["data"]] == ["tr", "en"]
    assert api.call("DELETE", f"{PATH}/order_update").status == 204
    for method in ("GET", "DELETE"):
        gone = api.call(method, f"{PATH}/order_update")
        assert (gone.status, gone.code) == (404, "TEMPLATE_NOT_FOUND")


def test_a_message_must_fit_the_template_it_names(api: Api, acme: Account, settings: Settings) -> None:
    settings.GATEWAY_TEMPLATE_REVIEW = "people"
    api.send(NEW, path=PATH)
    waiting = send(api, "Ayşe", "77")
    assert (waiting.status, waiting.code) == (400, "TEMPLATE_PAUSED")
    template = templating.approve_template(Template.objects.get(), by=COMMAND)
    assert send(api, "Ayşe", "77").status == 200
    wrong = send(api, "Ayşe")
    assert (wrong.status, wrong.code) == (400, "INVALID_REQUEST")
    assert wrong.body["error"]["details"]["field"] == "template.components.0.parameters"
    templating.pause_template(template, by=COMMAND)
    assert send(api, "Ayşe", "77").code == "TEMPLATE_PAUSED"
    template.delete()
    assert send(api, "Ayşe").status == 200
    Account.objects.filter(pk=acme.pk).update(strict_templates=True)
    strict = Api(issuing.create_token(account=acme, name="strict", by=COMMAND, grantor=None)[1])
    assert (send(strict).status, send(strict).code) == (404, "TEMPLATE_NOT_FOUND")


def test_each_act_has_its_permission(api: Api, key: Keys) -> None:
    api.send(NEW, path=PATH)
    reading, sending = key("reads", type="read_only"), key("sends", scopes=[Scope.MESSAGES_SEND])
    assert reading.get(f"{PATH}/order_update").status == 200
    assert sending.get(PATH).code == "INSUFFICIENT_PERMISSIONS"
    for each in (reading, sending):
        assert each.send(NEW | {"language": "de"}, path=PATH).status == 403
        assert each.call("DELETE", f"{PATH}/order_update").status == 403
    assert Template.objects.count() == 1


def test_strangers_see_and_delete_nothing(api: Api, key: Keys, other: Account) -> None:
    api.send(NEW, path=PATH)
    stranger = key("theirs", account=other)
    assert stranger.get(PATH).body == {"data": []}
    assert stranger.get(f"{PATH}/order_update").status == 404
    assert stranger.call("DELETE", f"{PATH}/order_update").status == 404
    assert stranger.send(NEW, path=PATH).status == 201
    assert len(api.get(PATH).body["data"]) == 1
