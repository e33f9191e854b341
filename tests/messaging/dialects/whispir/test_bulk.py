"""Messages to the rows of a file."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from accounts.models import Account
from messaging.dialects.whispir import parts, recipients
from messaging.models import Message, OptOut, Recipient
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import Api, Make
from tests.messaging.dialects.whispir.test_recipients import contact, lines, told

CSV = """Name,Mobile,Email,Order.Number
Ann,+61400400001,ann@example.org,17
Bob,61 400 400 002,,18
Nobody,,,19
Wrong,not a number,,20
"""
XML = """<root><row><name>Ann</name><mobile>61400400001</mobile><order><number>17</number></order></row>
<row><name>Bob</name><mobile>61400400002</mobile><order><number>18</number></order></row></root>"""
JSON = """[{"name": "Ann", "mobile": "61400400001", "order": {"number": 17}},
{"name": "Bob", "mobile": 61400400002, "order": {"number": 18}}]"""
BODY = {"subject": "Order", "body": "@@Name@@: @@order.number@@"}


def resource(api: Api, text: str = CSV, kind: str = "text/csv", path: str = "/resources") -> str:
    body = {
        "name": "rows",
        "scope": "private",
        "mimeType": kind,
        "derefUri": b64encode(text.encode()).decode(),
    }
    made = api("POST", path, body, kind="resource")
    assert made.status == 201, made.raw
    return str(made.json["id"])


def bulk(api: Api, id: str, *, kind: str = "bulkmessage", **more: Any) -> Any:
    own = {name: more.pop(name) for name in list(more) if name.endswith("MappingField") or name == "options"}
    return api("POST", "/messages", {"resource": {"resourceId": id, **own}, **BODY, **more}, kind=kind)


def texts() -> dict[str, str]:
    return {r.address: r.message.content["body"] for r in Recipient.objects.exclude(message__device=None)}


@pytest.mark.parametrize(("text", "kind"), [(CSV, "text/csv"), (XML, "application/xml"), (JSON, "application/json")])
def test_each_row_is_a_recipient_with_its_own_text(api: Api, text: str, kind: str) -> None:
    assert bulk(api, resource(api, text, kind)).status == 202
    assert texts() == {"+61400400001": "Order\nAnn: 17", "+61400400002": "Order\nBob: 18"}


def test_rows_without_an_address_fail_beside_the_others(api: Api, deliver: Deliver) -> None:
    location = bulk(api, resource(api)).headers["Location"]
    deliver()
    found = {line["name"]: (told(line)[0], line["info"]) for line in lines(api, location)}
    assert {name: state for name, (state, _) in found.items()} == {
        "61400400001": "DELIVRD",
        "61400400002": "DELIVRD",
        "row 3": "FAILED",
        "row 4": "FAILED",
    }
    assert found["row 3"][1] == "There is no address in this row."
    assert "not a number" in found["row 4"][1]
    assert api("GET", location).json["to"] == ""


def test_it_is_known_by_its_resource_also_below_the_plain_type_and_with_content_of_its_own(api: Api) -> None:
    id = resource(api)
    content = {"subject": "Order", "body": "Dear @@NAME@@"}
    sent = api("POST", "/messages", {"resource": {"resourceId": id}, "messageContent": content})
    assert sent.status == 202
    assert set(texts().values()) == {"Order\nDear Ann", "Order\nDear Bob"}


def test_columns_are_chosen_regardless_of_case_and_each_channel_has_its_own(api: Api) -> None:
    id = resource(api, "Phone,Post\n61400400001,ann@example.org\n")
    email = {"body": "By mail to @@post@@"}
    location = bulk(api, id, smsMappingField="PHONE", emailMappingField="post", email=email).headers["Location"]
    assert {m.channel: m.content["body"] for m in Message.objects.all()} == {
        "sms": "Order\n@@Name@@: @@order.number@@",
        "email": "By mail to ann@example.org",
    }
    [line] = lines(api, location)
    assert (told(line)[1], told(line, "email")[1]) == ("61400400001", "ann@example.org")


def test_rows_of_contacts_have_their_names_and_values_unless_told_otherwise(api: Api, acme: Account) -> None:
    contact(acme, "Ana", "61400400001", fields={"role1": "Nurse"})
    id = resource(api, "mobile,first_name\n61400400001,Anna\n")
    body = "@@first_name@@ @@last_name@@ @@recipient_role@@"
    location = bulk(api, id, body=body).headers["Location"]
    assert set(texts().values()) == {"Order\nAnna Roe Nurse"}
    assert lines(api, location)[0]["name"] == "Ana Roe"
    Recipient.objects.all().delete()
    bulk(api, id, body=body, options={"resolveRecipients": "false"})
    assert set(texts().values()) == {"Order\nAnna @@last_name@@ @@recipient_role@@"}


def test_rows_that_say_the_same_are_one(api: Api) -> None:
    id = resource(api, "mobile,n\n61400400001,1\n+61400400001,1\n61400400001,2\n")
    bulk(api, id, body="Number @@n@@")
    assert sorted(Message.objects.values_list("content__body", flat=True)) == ["Order\nNumber 1", "Order\nNumber 2"]


def test_whoever_wrote_stop_is_left_out(api: Api, acme: Account, deliver: Deliver) -> None:
    OptOut.objects.create(account=acme, address="+61400400001")
    Account.objects.update(has_opt_outs=True)
    location = bulk(api, resource(api)).headers["Location"]
    deliver()
    stopped = next(line for line in lines(api, location) if line["name"] == "61400400001")
    assert (told(stopped)[0], "STOP" in stopped["info"]) == ("FAILED", True)


def test_more_rows_than_one_request_takes_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "MOST", 3)
    refused = bulk(api, resource(api))
    assert (refused.status, "split" in refused.json["errorText"]) == (422, True)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (CSV, {"smsMappingField": "phone"}, "phone"),
        ("name,number\nAnn,61400400001\n", {}, "smsMappingField"),
        ("mobile\n,\n", {}, "row"),
        ("mobile,name\n", {}, "row"),
        ("mobile,name\n,Ann\n", {}, "row"),
        (CSV, {"options": {"resolveRecipients": "perhaps"}}, "resolveRecipients"),
        (CSV, {"options": "x"}, "options"),
    ],
)
def test_what_cannot_be_sent_is_422_and_leaves_nothing(api: Api, text: str, more: dict[str, Any], said: str) -> None:
    made = api(
        "POST",
        "/resources",
        {"name": "rows", "scope": "private", "mimeType": "text/csv", "derefUri": b64encode(text.encode()).decode()},
        kind="resource",
    )
    if made.status != 201:  # a file without rows is refused when it is uploaded
        assert made.status == 422
        return
    refused = bulk(api, made.json["id"], **more)
    assert (refused.status, said in refused.json["errorText"]) == (422, True), refused.raw
    assert not Message.objects.exists()


@pytest.mark.parametrize("id", ["", "0123456789ABCDEF", "x", None, 5, {}, []])
def test_a_resource_that_is_not_here_is_422(api: Api, id: Any) -> None:
    assert bulk(api, id).status == 422


def test_a_resource_belongs_to_its_account_and_its_workspace(api: Api, make: Make, other: Account) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    inside, outside = resource(api, path=f"{place}/resources"), resource(api)
    assert bulk(make(other), outside).status == 422
    assert bulk(api, inside).status == 422
    body = {"resource": {"resourceId": inside}, **BODY}
    assert api("POST", f"{place}/messages", body).status == 202


def test_in_xml_too(api: Api) -> None:
    kind = "application/vnd.whispir.bulkmessage-v1+xml"
    body = f"""<?xml version="1.0"?><ns2:message xmlns:ns2="https://schemas.api.whispir.com">
        <resource><resourceId>{resource(api)}</resourceId><smsMappingField>Mobile</smsMappingField></resource>
        <messageContent><subject>Order</subject><body>For @@name@@</body><email><body/><footer/></email><web/>
        </messageContent><callbackId/></ns2:message>""".encode()
    sent = api("POST", "/messages", body, accept=kind, content_type=kind)
    assert (sent.status, set(texts().values())) == (202, {"Order\nFor Ann", "Order\nFor Bob"})


def test_texts_of_ones_own_are_bounded_together(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_BYTES", 30_000)
    rows = "email\n" + "".join(f"p{n}@example.org\n" for n in range(4))
    email = {"body": "@@email@@ " + "x" * 10_000, "type": "text/plain"}
    answer = bulk(api, resource(api, rows), body=None, email=email)
    assert (answer.status, "30,000 bytes" in answer.json["errorSummary"]) == (422, True), answer.raw
    assert not Message.objects.exists()
    assert bulk(api, resource(api, rows), body=None, email={**email, "body": "Hello " + "x" * 10_000}).status == 202


def test_texts_that_are_too_long_for_each_are_not_tried_for_all(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_BYTES", 30_000)
    rows = "email,a\n" + "".join(f"p{n}@example.org,{'x' * 1000}\n" for n in range(4))
    email = {"body": "@@a@@" * 2000, "type": "text/plain"}
    assert bulk(api, resource(api, rows), body=None, email=email).status == 422
    assert not Message.objects.exists()
