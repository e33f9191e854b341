"""`/callbacks`: which addresses may be registered, how they are shown, and who may see them."""

from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from messaging.dialects.whispir import callbacks
from messaging.models import WebhookEndpoint
from messaging.webhooks import endpoints, keyring, probing
from tests.messaging.dialects.whispir.conftest import Answer, Api, Make, vendor
from tests.messaging.webhooks.receiver import HOST, Receiver, receiving

pytestmark = pytest.mark.django_db
KIND = "api-callback"
KEY = "MY_AUTH_TOKEN"
Register = Callable[..., Answer]


@pytest.fixture(autouse=True)
def loopback_is_listed(settings: Settings) -> None:
    settings.GATEWAY_WEBHOOK_ALLOW = [HOST]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def payload(receiver: Receiver, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Answers",
        "url": receiver.url,
        "auth": {"type": "httpheader", "key": KEY},
        "contentType": "json",
        "removeHTML": "disabled",
        "retriesEnabled": True,
        "email": "ops@example.com",
        "callbacks": {"reply": "enabled", "undeliverable": "enabled"},
        **changes,
    }


@pytest.fixture
def register(api: Api, receiver: Receiver) -> Register:
    return lambda **changes: api("POST", "/callbacks", payload(receiver, **changes), kind=KIND)


def test_slow_addresses_leave_threads_for_everything_else(
    register: Register, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = BoundedSemaphore(1)
    monkeypatch.setattr(probing, "_room", room)
    room.acquire()
    assert register().status == 503
    room.release()
    assert [register(name=name).status for name in ("one", "two")] == [201, 201]
    receiver.status = 500
    assert register(name="three").status == 400
    assert room.acquire(blocking=False)


def test_a_callback_is_made_shown_listed_changed_and_removed(api: Api, register: Register, receiver: Receiver) -> None:
    made = register()
    assert made.status == 201, made.raw
    assert made.headers["Location"].endswith(f"/whispir/callbacks/{made.json['id']}")
    assert made.headers["Content-Type"] == vendor(KIND)
    one = f"/callbacks/{made.json['id']}"
    shown = api("GET", one, kind=KIND).json
    assert shown == made.json
    assert {link["rel"]: link["method"] for link in shown["link"]} == {
        "self": "GET",
        "updateCallback": "PUT",
        "deleteCallback": "DELETE",
        "retrieveCallbackHistory": "GET",
    }
    listed = api("GET", "/callbacks", kind=KIND).json
    assert listed["status"].strip() == "1 to 1 of 1"
    assert [row["name"] for row in listed["callbacks"]] == ["Answers"]
    changed = payload(receiver, name="Others", contentType="xml", retriesEnabled="false", removeHTML="enabled")
    assert api("PUT", one, changed, kind=KIND).status == 204
    shown = api("GET", one, kind=KIND).json
    assert (shown["name"], shown["contentType"], shown["retriesEnabled"]) == ("Others", "xml", False)
    gone = api("DELETE", one, kind=KIND)
    assert (gone.status, gone.json) == (200, {"link": []})
    assert api("GET", one, kind=KIND).status == 404
    assert api("GET", "/callbacks", kind=KIND).json == {"status": "No records found", "link": []}


def test_in_xml_as_in_json(api: Api, receiver: Receiver) -> None:
    body = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
        <ns2:companyapicallback xmlns:ns2="http://schemas.api.whispir.com">
          <name>In XML</name><url>{receiver.url}</url>
          <auth><type>querystring</type><key>{KEY}</key></auth>
          <contentType>xml</contentType><removeHTML>enabled</removeHTML><retriesEnabled>true</retriesEnabled>
          <email>ops@example.com</email>
          <callbacks><reply>enabled</reply><undeliverable>disabled</undeliverable></callbacks>
        </ns2:companyapicallback>""".encode()
    xml = vendor(KIND, "xml")
    made = api("POST", "/callbacks", body, accept=xml, content_type=xml)
    assert made.status == 201, made.raw
    assert made.xml.tag == "{http://schemas.api.whispir.com}callback"
    assert made.xml.findtext("auth/type") == "querystring"
    assert KEY.encode() not in made.raw
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.events, endpoint.options["content_type"]) == (["reply"], "xml")
    listed = api("GET", "/callbacks", accept=xml).xml
    assert [row.findtext("name") for row in listed.iter("{http://schemas.api.whispir.com/dap}callback")] == ["In XML"]


@pytest.mark.parametrize("type", ["querystring", "queryparam", "QueryString", "httpheader", "BasicAuth", "bearertoken"])
def test_each_way_to_show_the_key_is_known_in_any_case(register: Register, type: str) -> None:
    made = register(auth={"type": type, "key": KEY})
    assert made.status == 201, made.raw
    assert made.json["auth"]["type"] == type.lower()


def test_the_address_is_asked_once_with_the_key_as_calls_have_it(register: Register, receiver: Receiver) -> None:
    register()
    register(name="By address", auth={"type": "querystring", "key": "a b&c"})
    first, second = receiver.got
    assert first.headers["x-whispir-callback-key"] == KEY
    assert second.path.endswith("?auth=a%20b%26c")
    assert not first.body


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 404, 500])
def test_only_a_200_lets_it_in(register: Register, receiver: Receiver, status: int) -> None:
    receiver.status, receiver.answer_headers = status, {"Location": "http://169.254.169.254/"}
    receiver.text = b"" if status == 204 else receiver.text
    refused = register()
    assert refused.status == 400
    assert str(status) in refused.json["errorDetail"]
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "https://metadata.google.internal/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://10.0.0.1/hook",
        "https://192.168.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://localhost/",
        "https://user:pass@example.com/",
        "https://example.com:25/",
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "javascript:alert(1)",
        "//example.com/",
        "example.com",
        "https://exa mple.com/",
        "https://example.com\\@10.0.0.1/",
        "https://ex\u00e4mple.com/",
    ],
)
def test_an_address_that_must_not_be_asked_is_refused_with_the_reason(register: Register, url: str) -> None:
    refused = register(url=url)
    assert refused.status == 400, refused.raw
    assert refused.json["errorText"] == "Bad Request"
    assert refused.json["errorDetail"].startswith("The address ")
    assert not WebhookEndpoint.objects.exists()


def test_nobody_listens_there(register: Register) -> None:
    refused = register(url=f"http://{HOST}:1/hook")
    assert refused.status == 400
    assert "another service" in refused.json["errorDetail"]
    refused = register(url=f"http://{HOST}:65000/hook")
    assert (refused.status, refused.json["errorDetail"]) == (400, "The host could not be reached.")


def test_a_name_is_there_once(api: Api, register: Register, receiver: Receiver) -> None:
    first, second = register(), register(name="Others")
    refused = register()
    assert refused.status == 400
    assert "of this name" in refused.json["errorDetail"]
    one = f"/callbacks/{second.json['id']}"
    assert api("PUT", one, payload(receiver, name="Answers"), kind=KIND).status == 400
    assert api("PUT", one, payload(receiver, name="Others"), kind=KIND).status == 204
    api("DELETE", f"/callbacks/{first.json['id']}", kind=KIND)
    assert register().status == 201


def test_of_two_requests_at_once_for_one_name_one_is_refused(
    register: Register, receiver: Receiver, acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other is there by the time the address has answered."""

    def be_quicker() -> None:
        made: dict[str, Any] = {"name": "Answers", "url": receiver.url, "is_by_name": True, "origin": "whispir"}
        endpoints.create(acme, by=COMMAND, format="whispir", **made)

    monkeypatch.setattr(callbacks, "probe", lambda *args, **more: be_quicker())
    refused = register()
    assert refused.status == 400
    assert "of this name" in refused.json["errorDetail"]
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": "a\nDear customer"}, "name"),
        ({"url": None}, "url"),
        ({"url": 5}, ""),
        ({"auth": None}, "auth"),
        ({"auth": "key"}, "auth"),
        ({"auth": {"key": KEY}}, "type"),
        ({"auth": {"type": "digest", "key": KEY}}, "type"),
        ({"auth": {"type": "httpheader"}}, "key"),
        ({"auth": {"type": "httpheader", "key": "x" * 129}}, "key"),
        ({"auth": {"type": "httpheader", "key": "a\r\nX-Evil: 1"}}, "key"),
        ({"auth": {"type": "httpheader", "key": "schlüssel"}}, "key"),
        ({"auth": {"type": "httpheader", "key": {"a": 1}}}, "key"),
        ({"contentType": "yaml"}, "contentType"),
        ({"contentType": None}, "contentType"),
        ({"removeHTML": True}, "removeHTML"),
        ({"retriesEnabled": None}, "retriesEnabled"),
        ({"retriesEnabled": "perhaps"}, "retriesEnabled"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"email": "a@" + "b" * 60 + ".example"}, "email"),
        ({"email": "ops@example.com\nBcc: all@example.com"}, "email"),
        ({"callbacks": None}, "callbacks"),
        ({"callbacks": {"reply": "enabled"}}, "undeliverable"),
        ({"callbacks": {"reply": "on", "undeliverable": "enabled"}}, "reply"),
    ],
)
def test_what_is_missing_or_wrong_is_named(register: Register, changes: dict[str, Any], field: str) -> None:
    refused = register(**changes)
    assert refused.status == (400 if changes == {"url": 5} else 422), refused.raw
    assert field in refused.json["errorText"] or refused.status == 400
    assert not WebhookEndpoint.objects.exists()


def test_the_key_is_sealed_masked_and_stays_if_the_mask_comes_back(
    api: Api, register: Register, receiver: Receiver
) -> None:
    made = register()
    assert made.json["auth"]["key"] == "********"
    endpoint = WebhookEndpoint.objects.get()
    assert KEY not in endpoint.sealed_secrets
    assert not any(KEY in str(entry.changes) for entry in AuditEntry.objects.all())
    one = f"/callbacks/{made.json['id']}"
    read = api("GET", one, kind=KIND).json
    assert api("PUT", one, {**read, "name": "Renamed"}, kind=KIND).status == 204
    endpoint.refresh_from_db()
    assert [secret.value for secret in keyring.live(endpoint)] == [KEY]
    api("PUT", one, payload(receiver, auth={"type": "httpheader", "key": "another"}), kind=KIND)
    endpoint.refresh_from_db()
    assert [secret.value for secret in keyring.live(endpoint)] == ["another"]


def test_an_empty_key_is_no_key(api: Api, register: Register, receiver: Receiver) -> None:
    made = register(auth={"type": "httpheader", "key": ""})
    assert (made.status, made.json["auth"]["key"]) == (201, "")
    assert "x-whispir-callback-key" not in receiver.got[0].headers
    api("PUT", f"/callbacks/{made.json['id']}", payload(receiver), kind=KIND)
    assert receiver.got[1].headers["x-whispir-callback-key"] == KEY


def test_a_stranger_sees_and_changes_nothing(
    register: Register, make: Make, other: Account, receiver: Receiver
) -> None:
    one = f"/callbacks/{register().json['id']}"
    stranger = make(other)
    assert stranger("GET", "/callbacks", kind=KIND).json == {"status": "No records found", "link": []}
    for method, path in (("GET", one), ("PUT", one), ("DELETE", one), ("GET", f"{one}/calls"), ("PUT", f"{one}/calls")):
        body = payload(receiver) if method == "PUT" else None
        assert stranger(method, path, body, kind=KIND).status in (404, 422), (method, path)
    assert stranger("POST", "/callbacks", payload(receiver), kind=KIND).status == 201  # names are each account's own
    assert WebhookEndpoint.objects.filter(removed_at=None).count() == 2


def test_a_sandbox_key_reaches_only_what_was_made_with_one(
    api: Api, register: Register, make: Make, receiver: Receiver
) -> None:
    real = register().json["id"]
    sandbox = make(type="sandbox")
    assert sandbox("GET", f"/callbacks/{real}", kind=KIND).status == 404
    made = sandbox("POST", "/callbacks", payload(receiver, name="Trying"), kind=KIND)
    assert made.status == 201, made.raw
    assert WebhookEndpoint.objects.get(name="Trying").sandbox is True
    assert len(api("GET", "/callbacks", kind=KIND).json["callbacks"]) == 2


def test_a_key_without_the_scope_may_not(make: Make, receiver: Receiver) -> None:
    reader = make(scopes=["webhooks:list"])
    assert reader("GET", "/callbacks", kind=KIND).status == 200
    assert reader("POST", "/callbacks", payload(receiver), kind=KIND).status == 403


def test_one_that_was_switched_off_is_on_again_once_it_is_changed(
    api: Api, register: Register, receiver: Receiver
) -> None:
    made = register()
    WebhookEndpoint.objects.update(status="off", reason="Every call failed.")
    assert api("PUT", f"/callbacks/{made.json['id']}", payload(receiver), kind=KIND).status == 204
    assert WebhookEndpoint.objects.get().state == "active"


@how(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["name", "url", "auth", "contentType", "removeHTML", "retriesEnabled", "email", "callbacks"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
            max_leaves=8,
        ),
        min_size=1,
    )
)
def test_whatever_is_sent_is_answered(api: Api, receiver: Receiver, changes: dict[str, Any]) -> None:
    answer = api("POST", "/callbacks", payload(receiver, **changes), kind=KIND)
    assert answer.status in (201, 400, 422), answer.raw
    if answer.status == 201:
        api("DELETE", f"/callbacks/{answer.json['id']}", kind=KIND)
