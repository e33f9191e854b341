"""No value that somebody may send breaks a page or an API: what makes no sense is refused, or left aside."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, User
from accounts.roles import Role
from messaging import contacts, templating
from messaging.drafting import Draft, Sender
from messaging.models import Device
from messaging.sending import accept
from tests.conftest import SignedIn
from tokens import issuing

# As they stand in an address or a form's body, already quoted where they must be.
VALUES = (
    "",
    "%00",
    "a%00b",
    "%FF%FE",
    "%ED%A0%80",
    "%D9%A1%D9%A2",
    "-1",
    "9" * 19,
    "9" * 5000,
    "1e999",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00%2B14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "%0D%0AX-Evil:%20yes",
    "%E2%80%AE%F0%9F%98%80",
    "'%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "%25s%25(a)s{0}",
)
PAGES = {
    "/": ("page",),
    "/messages/": ("state", "device", "token", "style", "since", "until", "before", "after", "search"),
    "/messages/new/": ("device", "again"),
    "/tokens/": ("show", "style"),
    "/tokens/new/": (
        "name", "type", "preset", "permissions", "dialects", "expires", "date", "requests_per_second", "networks",
        "mine",
    ),
    "/tokens/{token}/": ("days",),
    "/tokens/{token}/first/": ("seen",),
    "/messages/{message}/": ("state", "before"),
    "/messages/{message}/live/": ("seen",),
    "/settings/api-keys/": ("show", "style"),
    "/contacts/": ("before", "after", "search"),
    "/contacts/new/": ("segment",),
    "/contacts/import/": ("segment",),
    "/contacts/segments/": ("before", "after"),
    "/contacts/segments/{segment}/": ("before", "after"),
    "/templates/": ("show", "before", "after"),
    "/templates/new/": ("copy",),
    "/accounts/login/": ("next",),
    "/docs/api/": ("lang", "version", "script"),
    "/health": ("x",),
}  # fmt: skip
FORMS = {
    "/messages/search/": ("q",),
    "/messages/new/": ("device", "to", "text", "sandbox", "once"),
    "/messages/{message}/cancel/": ("x",),
    "/devices/{device}/rename/": ("name",),
    "/tokens/": ("q",),
    "/settings/api-keys/": ("q",),
    "/tokens/new/": (
        "name", "type", "preset", "permissions", "dialects", "expires", "date", "requests_per_second", "networks",
        "mine", "once",
    ),
    "/tokens/new/summary/": ("name", "type", "preset", "expires", "date", "requests_per_second", "networks"),
    "/tokens/{token}/edit/": (
        "name", "type", "preset", "permissions", "dialects", "expires", "date", "requests_per_second", "networks",
    ),
    "/tokens/{token}/regenerate/": ("overlap", "made"),
    "/tokens/{token}/revoke/": ("name",),
    "/tokens/logins/": ("name", "once"),
    "/tokens/logins/{login}/renew/": ("made",),
    "/contacts/search/": ("q",),
    "/contacts/new/": ("address", "email", "first_name", "last_name", "own", "segment"),
    "/contacts/{contact}/": ("address", "email", "first_name", "last_name", "own"),
    "/contacts/{contact}/segments/": ("join", "leave"),
    "/contacts/segments/": ("name",),
    "/contacts/segments/{segment}/rename/": ("name",),
    "/contacts/segments/{segment}/numbers/": ("numbers",),
    "/templates/new/": (
        "name", "language", "category", "header_format", "header", "body", "footer", "kind_1", "label_1", "value_1",
    ),
    "/templates/preview/": ("header_format", "header", "body", "footer", "kind_1", "label_1"),
    "/templates/{template}/decide/": ("verb", "reason"),
    "/settings/account/": ("name", "time_zone", "default_region", "strict_numbers"),
    "/settings/security/": ("networks", "mine"),
    "/settings/workspaces/": ("name", "number", "cost_centre", "is_active"),
    "/settings/people/invite/": ("email", "role"),
    "/settings/people/{member}/role/": ("role",),
    "/accounts/switch/": ("account",),
    "/accounts/theme/": ("theme", "next"),
    "/accounts/open/": ("name",),
    "/accounts/invitations/": ("x",),
    "/accounts/email/": ("email", "action_add"),
}  # fmt: skip
SIGNED_OUT = {
    "/accounts/login/": ("login", "password", "next"),
    "/accounts/signup/": ("email", "password1", "next"),
    "/accounts/password/reset/": ("email",),
    "/accounts/theme/": ("theme", "next"),
}
FILLED = {
    "to": "%2B966500000142", "text": "Hello", "once": "9a3e6a4e-6e0a-4f0a-9d3b-2b3c4d5e6f70", "name": "Shop",
    "login": "alice@acme.example", "password": "wrong", "email": "dana@new.example",
    "password1": "a long enough password", "overlap": "now", "role": "viewer", "action_add": "1",
    "address": "%2B905321234567", "language": "en", "category": "utility", "header_format": "text", "header": "Hi",
    "body": "Hello", "kind_1": "url", "label_1": "Go", "value_1": "https://example.com", "verb": "reject",
}  # fmt: skip


@pytest.fixture
def alices(alice: User, signed_in: SignedIn) -> Client:
    client = signed_in(alice)
    client.raise_request_exception = False
    return client


@pytest.fixture
def ids(acme: Account) -> dict[str, int]:
    """One of everything that a path can name."""
    token, _ = issuing.create_token(account=acme, name="shop", by=COMMAND, grantor=None)
    login, _ = issuing.create_login(account=acme, name="phone", by=COMMAND, grantor=None)
    device = Device.objects.create(account=acme, name="Desk", number="+15550100001", transport="sandbox")
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    message = accept(Sender.from_person(acme), draft).first_id
    member = acme.memberships.get(role=Role.DEVELOPER).pk
    contact = contacts.create_contact(acme, address="+966500000142").pk
    segment = contacts.create_segment(acme, name="News", by=COMMAND).pk
    body = [{"type": "body", "text": "Hello"}]
    template = templating.create_template(
        acme, name="hello", language="en", category="utility", components=body, by=COMMAND
    ).pk
    return {
        "token": token.pk, "login": login.pk, "device": device.pk, "message": message, "member": member,
        "contact": contact, "segment": segment, "template": template,
    }  # fmt: skip


def address(path: str, names: Iterable[str], value: str) -> str:
    return f"{path}?search=on&" + "&".join(f"{name}={value}" for name in names)


def broken(answers: Iterable[tuple[str, Any]]) -> list[str]:
    return [f"{what[:120]} {answer.status_code}" for what, answer in answers if answer.status_code >= 500]


@pytest.mark.parametrize("page", PAGES)
def test_no_value_in_an_address_breaks_a_page(page: str, alices: Client, ids: dict[str, int]) -> None:
    alices.post("/messages/search/", {"q": "0500"})
    asked = [address(page.format(**ids), (*PAGES[page], "x"), value) for value in VALUES]
    assert broken((url, alices.get(url)) for url in asked) == []


@pytest.mark.parametrize("form", FORMS)
def test_no_value_in_a_form_breaks_a_page(form: str, alices: Client, ids: dict[str, int]) -> None:
    assert broken(sent(alices, form.format(**ids), FORMS[form])) == []


@pytest.mark.parametrize("form", SIGNED_OUT)
def test_no_value_in_a_form_breaks_the_way_in(form: str, client: Client, alice: User) -> None:
    client.raise_request_exception = False
    assert broken(sent(client, form, SIGNED_OUT[form])) == []


def sent(client: Client, path: str, fields: tuple[str, ...]) -> Iterable[tuple[str, Any]]:
    for changed in fields:
        for value in VALUES:
            filled = {name: FILLED.get(name, "") for name in fields} | {changed: value}
            body = "&".join(f"{name}={value}" for name, value in filled.items())
            yield f"{path} {changed}={value}", client.post(path, body, "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    "path",
    ["/tokens/{}/", "/tokens/logins/{}/revoke/", "/tokens/logins/{}/access/x/revoke/", "/messages/{}/",
     "/contacts/{}/", "/contacts/segments/{}/", "/templates/{}/",
     "/settings/workspaces/{}/", "/settings/workspaces/template/{}/", "/settings/workspaces/{}/1/",
     "/devices/{}/unlink/", "/accounts/invitations/{}/", "/settings/people/{}/remove/", "/accounts/first/{}/",
     "/admin/tokens/token/{}/change/", "/admin/accounts/user/{}/change/", "/mcp/{}", "/hooks/{}", "/{}"],
)  # fmt: skip
def test_no_id_in_a_path_breaks_a_page(path: str, alices: Client, alice: User, acme: Account) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    asked = [path.format(value or "x") for value in VALUES]
    assert broken((url, alices.get(url)) for url in asked) == []


@pytest.mark.parametrize(
    "model",
    ["accounts/user", "accounts/account", "accounts/plan", "accounts/membership", "accounts/invitation",
     "accounts/auditentry", "tokens/token", "tokens/apilogin", "tokens/accesstoken", "messaging/message",
     "messaging/device", "messaging/contact", "messaging/segment", "messaging/template"],
)  # fmt: skip
def test_no_value_breaks_a_list_of_the_admin(
    model: str, alices: Client, alice: User, acme: Account, ids: dict[str, int]
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    asked = [f"/admin/{model}/?{name}={value}" for name in ("q", "p") for value in VALUES]
    assert broken((url, alices.get(url)) for url in asked) == []


LISTS = {
    "messages": ("limit", "cursor", "state", "direction", "channel", "to", "device", "dialect", "since", "until"),
    "tokens": ("limit", "cursor"),
    "logins": ("limit", "cursor"),
    "devices": ("limit", "cursor"),
    "usage": ("from", "to"),
    "contacts": ("limit", "cursor", "search", "address", "email"),
    "segments": ("limit", "cursor"),
    "templates": ("limit", "cursor", "status", "name", "language"),
}
OTHER_LISTS = {
    "/v1/messages": ("limit", "cursor", "status", "to", "from_date"),
    "/v1/templates": ("status", "language"),
    "/api/reports/failed_numbers": ("device", "from", "to"),
}


def ask(path: str, secret: str, *, method: str = "GET", body: bytes = b"", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {secret}", "Access-Token": secret, **more.pop("headers", {})}
    client = Client(raise_request_exception=False)
    if method == "GET":
        return client.get(path, headers=headers)
    return client.generic(method, path, body, more.pop("content_type", "application/json"), headers=headers)


@pytest.mark.parametrize("path", [*(f"/api/v1/{name}" for name in LISTS), *OTHER_LISTS])
def test_no_value_in_an_address_breaks_an_api(path: str, secret: str, ids: dict[str, int]) -> None:
    names = OTHER_LISTS.get(path) or LISTS[path.rpartition("/")[2]]
    asked = [f"{path}?{name}={value}" for name in names for value in VALUES]
    assert broken((url, ask(url, secret)) for url in asked) == []


@pytest.mark.parametrize(
    "path",
    ["/api/v1/messages/{}", "/api/v1/messages/{}/timeline", "/api/v1/devices/{}", "/api/v1/tokens/{}",
     "/api/v1/contacts/{}", "/api/v1/segments/{}/members", "/api/v1/templates/{}", "/v1/templates/{}",
     "/api/v1/logins/{}/tokens", "/v1/messages/{}", "/api/status/{}", "/api/connect/{}", "/api/reports/balance/{}"],
)  # fmt: skip
def test_no_id_in_a_path_breaks_an_api(path: str, secret: str) -> None:
    asked = [path.format(value or "x") for value in VALUES]
    assert broken((url, ask(url, secret)) for url in asked) == []


JSON_VALUES = (
    "null", "true", "0", "-1", "1e308", "1e999", "9" * 30, "9" * 5000, '""', r'"\u0000"', r'"\ud800"', r'"\udc00a"',
    '"٣٤"', '"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', "[]", "{}",
    '[[[]]]', '{"a": {"a": 1}}', "[" * 400 + "]" * 400, '{"a":' * 400 + "1" + "}" * 400, "[null]", '[{"\\u0000": 1}]',
    '"' + "x" * 5000 + '"', '"0.0.0.0/0\\n::/0"', "NaN", "Infinity", '{"body": "\\ud83d"}',
)  # fmt: skip
BODIES: dict[str, tuple[str, ...]] = {
    "POST /api/v1/messages": (
        "to", "type", "text", "image", "contacts", "template", "interactive", "channel", "from", "priority",
        "scheduled_at", "ttl", "expires_at", "unknown",
    ),
    "POST /api/v1/messages/bulk": ("messages",),
    "POST /api/v1/tokens": (
        "name", "type", "scopes", "networks", "dialects", "expires_at", "requests_per_second", "unknown",
    ),
    "PATCH /api/v1/tokens/{token}": (
        "name", "scopes", "networks", "dialects", "expires_at", "requests_per_second", "type",
    ),
    "POST /api/v1/tokens/{token}/regenerate": ("overlap",),
    "POST /api/v1/logins": ("name",),
    "POST /api/v1/contacts": ("address", "email", "first_name", "last_name", "fields", "unknown"),
    "PATCH /api/v1/contacts/{contact}": ("address", "email", "first_name", "last_name", "fields"),
    "POST /api/v1/segments": ("name",),
    "PATCH /api/v1/segments/{segment}": ("name",),
    "POST /api/v1/segments/{segment}/members": ("contacts",),
    "POST /api/v1/templates": ("name", "language", "category", "components"),
    "POST /api/v1/templates/{template}/pause": ("reason",),
    "POST /v1/templates": ("name", "language", "category", "components"),
    "POST /v1/messages": ("to", "type", "text", "template", "interactive", "contacts", "context"),
    "POST /api/send/text": ("sender_device", "phone", "message"),
    "POST /api/send/image": ("sender_device", "phone", "media", "caption", "filename"),
    "POST /api/send/location": ("sender_device", "phone", "latitude", "longitude", "name", "address"),
    "POST /api/delete": ("sender_device",),
}  # fmt: skip
GOOD = {
    "to": '"+966500000142"', "text": '{"body": "Hello"}', "name": '"n"', "phone": '"966500000142"', "message": '"m"',
    "sender_device": '"123456789"', "latitude": '"1"', "longitude": '"2"', "caption": '"c"',
    "media": '"https://example.com/a.jpg"', "address": '"+905321234567"', "language": '"en"', "category": '"utility"',
    "components": '[{"type": "body", "text": "Hello {{1}}"}]',
}  # fmt: skip


@pytest.mark.parametrize("operation", BODIES)
def test_no_value_in_a_body_breaks_an_api(operation: str, secret: str, ids: dict[str, int]) -> None:
    method, _, path = operation.partition(" ")

    def bodies() -> Iterable[tuple[str, Any]]:
        for changed in BODIES[operation]:
            for value in JSON_VALUES:
                filled = {name: GOOD[name] for name in BODIES[operation] if name in GOOD}
                if "type" in BODIES[operation] and "text" in filled:
                    filled["type"] = f'"{changed}"' if changed in ("template", "interactive", "contacts") else '"text"'
                    filled |= {"channel": '"whatsapp"'} if "channel" in BODIES[operation] else {}
                filled[changed] = value
                body = "{" + ",".join(f'"{name}":{value}' for name, value in filled.items()) + "}"
                answer = ask(path.format(**ids), secret, method=method, body=body.encode("utf-8", "surrogatepass"))
                yield f"{operation} {changed}={value}", answer

    assert broken(bodies()) == []


@pytest.mark.parametrize("path", ["/api/send/text", "/api/send/image", "/api/send/location", "/api/delete"])
@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_no_value_in_a_programs_form_breaks_an_api(path: str, form: str, secret: str) -> None:
    fields = BODIES[f"POST {path}"]

    def bodies() -> Iterable[tuple[str, Any]]:
        for changed in fields:
            for value in VALUES:
                filled = {name: quote(json.loads(GOOD.get(name, '""'))) for name in fields} | {changed: value}
                body = multipart(filled) if form.startswith("multipart") else urlencoded(filled)
                yield f"{path} {changed}={value}", ask(path, secret, method="POST", body=body, content_type=form)

    assert broken(bodies()) == []


def urlencoded(fields: dict[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


def multipart(fields: dict[str, str]) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
    return b"".join(head % (name.encode(), unquote_to_bytes(value)) for name, value in fields.items()) + b"--b--\r\n"
