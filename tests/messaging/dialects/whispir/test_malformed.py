"""What strangers and broken programs send to every path that takes a body: refused in their language, never a 5xx."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging import dialect
from messaging.documents.described import mounted
from tests.messaging.dialects.whispir.conftest import Api, vendor
from tests.messaging.dialects.whispir.people import ANA
from tests.messaging.dialects.whispir.test_events import APP, FORMS, XML_EVENT
from tests.messaging.dialects.whispir.test_templates import RULE, TEMPLATE, XML_RULE, XML_TEMPLATE

ID = "0000000000000001"
PATHS = sorted(
    {
        (method, path.replace("{wid}", "undefined").replace("{id}", ID).replace("{device}", ID))
        for method, path, _ in mounted(dialect.found()["whispir"])
        if method in ("POST", "PUT")
    }
)
PLAIN = ("/keys", "/otp")  # which speak JSON alone
VALID: dict[str, Any] = {
    "templates": TEMPLATE,
    "responserules": RULE,
    "events": {"eventLabel": "Storm", "eventFormList": FORMS},
    "apps": APP,
    "contacts": ANA,
    "distributionlists": {"name": "Night", "access": "Open", "visibility": "Public"},
    "resources": {"name": "a.csv", "scope": "private", "mimeType": "text/csv", "derefUri": "YQo="},
    "imports": {"resourceId": ID, "importType": "contact", "importOptions": {"importMode": "replace"}},
    "scenarios": {"title": "Fire", "description": "x", "message": {"to": "61400400400", "subject": "a", "body": "b"}},
    "activities": {"action": "Send", "module": "Message", "status": "Successful"},
    "messages": {"to": "61400400400", "subject": "Hello", "email": {"body": "x"}},
    "workspaces": {"projectName": "Ops", "status": "A"},
    "callbacks": {"name": "a", "url": "http://127.0.0.1:1/", "auth": {"type": "httpheader", "key": "k"}},
    "calls": {"status": "SUCCESS"},
    "keys": {"type": "basic", "description": "x"},
    "send-code": {"workspaceId": "undefined", "channel": "sms", "to": "+61400400400", "codeLength": 6, "expiresIn": 9},
    "verify-code": {"to": "+61400400400", "code": "123456"},
    "workflows": {"name": "a"},
    "sources": {"name": "a"},
    "documents": {"name": "a"},
}
UNOFFERED = ("/devices", "/workflows", "/infohub")  # which are documented as 501
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]><x><name>&c;&d;</name></x>'
)
BROKEN = {
    "a bomb": BOMB,
    "a DTD elsewhere": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><x/>',
    "an entity of its own": b"<x><name>&nothing;</name></x>",
    "another encoding than it says": '<?xml version="1.0" encoding="UTF-8"?><x>ü</x>'.encode("latin-1"),
    "an encoding nobody knows": b'<?xml version="1.0" encoding="klingon"?><x/>',
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?><x>+ADw-</x>',
    "no end": b"<x><name>",
    "two roots": b"<x/><y/>",
    "very deep": b"<x>" * 5000 + b"</x>" * 5000,
    "a zero character": b"<x><name>a\0b</name></x>",
    "a character that XML has not": b"<x><name>a&#0;b</name></x>",
    "half a surrogate": b"<x><name>&#xD800;</name></x>",
    "JSON": b'{"name": "x"}',
    "nothing but blanks": b"  \n",
}
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def word_of(path: str) -> str:
    return next(part for part in reversed(path.split("/")) if part in VALID or part in ("users", "auth", "devices"))


def ask(api: Api, method: str, path: str, raw: bytes, language: str) -> None:
    """The answer is no 5xx but the documented 501, and what is refused is refused in the language asked for."""
    type = "application/json" if path.startswith(PLAIN) else vendor("message", language)
    answer = api(method, path, raw, content_type=vendor("message", language), accept=type)
    assert answer.status < 500 or (answer.status == 501 and any(part in path for part in UNOFFERED)), (
        method,
        path,
        raw[:300],
        answer.raw,
    )
    if answer.status >= 400 and answer.status != 403:
        assert answer.headers["Content-Type"] in (type, "application/json"), (method, path, answer.headers)
        read = answer.json if "json" in answer.headers["Content-Type"] else {each.tag for each in answer.xml}
        assert {"errorText"} <= set(read) or {"status", "message", "detail"} == set(read)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_xml_is_400_everywhere(api: Api, name: str) -> None:
    for method, path in PATHS:
        if path.startswith(PLAIN) or word_of(path) in ("users", "auth"):
            continue
        answer = api(method, path, BROKEN[name], content_type=vendor("message", "xml"), accept=vendor("message", "xml"))
        assert (answer.status, answer.xml.findtext("errorText")) == (400, "Bad Request"), (method, path, answer.raw)


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"a":' * 100_000, b'{"name":' * 60 + b"1" + b"}" * 60, b"\xff\xfe{}"]
)
def test_broken_json_is_400_everywhere(api: Api, raw: bytes) -> None:
    for method, path in PATHS:
        if word_of(path) not in ("users", "auth"):
            answer = api(method, path, raw, content_type="application/json", accept="application/json")
            assert answer.status == 400, (method, path, answer.raw)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_xml_says_in_which_encoding_it_is(api: Api, encoding: str) -> None:
    text = XML_TEMPLATE.decode().replace("UTF-8", encoding).replace("Roster</m", "Überfall</m")
    type = vendor("template", "xml")
    made = api("POST", "/templates", text.encode(encoding), content_type=type, accept=type)
    assert (made.status, made.xml.findtext("messageTemplateName")) == (201, "Überfall")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_says_it_too(api: Api, encoding: str) -> None:
    text = XML_TEMPLATE.decode().partition("?>")[2].strip().replace("Roster</m", "Überfall</m")
    type = vendor("template", "xml")
    made = api("POST", "/templates", text.encode(encoding), content_type=type, accept=type)
    assert (made.status, made.xml.findtext("messageTemplateName")) == (201, "Überfall")


@pytest.mark.parametrize("namespace", ["http://schemas.api.whispir.com/dap", "urn:other", ""])
@pytest.mark.parametrize("raw", [XML_TEMPLATE, XML_RULE, XML_EVENT], ids=["template", "rule", "event"])
def test_the_namespace_does_not_matter_nor_does_a_prefix_that_is_not_bound(
    api: Api, raw: bytes, namespace: str
) -> None:
    kind = {XML_TEMPLATE: "template", XML_RULE: "responserule", XML_EVENT: "event"}[raw]
    type, path = vendor(kind, "xml"), f"/{kind}s"
    other = raw.replace(b"http://schemas.api.whispir.com", namespace.encode())
    unbound = raw.replace(b' xmlns:ns2="http://schemas.api.whispir.com"', b"").replace(b"ame>", b"ame >")
    for number, body in enumerate((other, unbound)):
        named = body.replace(b"Roster<", f"Roster {number}<".encode()).replace(b"come?", f"come {number}?".encode())
        made = api("POST", path, named, content_type=type, accept=type)
        assert made.status == 201, made.raw


_KEYS = [*sorted({name for body in VALID.values() for name in body}), "", "link", "entry", "key"]
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_JSON = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS) | _TEXT, inner, max_size=3),
    max_leaves=8,
)


@quick
@given(data=st.data(), place=st.sampled_from(PATHS))
def test_one_field_that_is_anything_is_taken_or_refused(api: Api, data: st.DataObject, place: tuple[str, str]) -> None:
    method, path = place
    body = {**VALID.get(word_of(path), {})}
    for name in data.draw(st.lists(st.sampled_from([*body, "x"]), min_size=1, max_size=2)):
        body[name] = data.draw(_JSON)
    ask(api, method, path, json.dumps(body).encode(), "json")


@quick
@given(body=st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=4), place=st.sampled_from(PATHS))
def test_any_json_is_taken_or_refused(api: Api, body: dict[str, Any], place: tuple[str, str]) -> None:
    ask(api, *place, json.dumps(body).encode(), "json")


def _as_xml(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<{name}>{_as_xml(item)}</{name}>" for name, item in value.items() if name)
    if isinstance(value, list):
        return "".join(_as_xml(item) for item in value)
    return escape(str(value))


_NAMES = st.sampled_from([name for name in _KEYS if name] + ["ns1:name", "ns2:link"])
_XML = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


@quick
@given(data=st.data(), place=st.sampled_from([place for place in PATHS if not place[1].startswith(PLAIN)]))
def test_any_xml_is_taken_or_refused(api: Api, data: st.DataObject, place: tuple[str, str]) -> None:
    method, path = place
    body = {**VALID.get(word_of(path), {})} if data.draw(st.booleans()) else {}
    for name in data.draw(st.lists(st.sampled_from([*body, "x"]), min_size=1, max_size=2)):
        body[name] = data.draw(_XML)
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16", "latin-1"]))
    said = data.draw(st.sampled_from([encoding, "utf-8"]))
    text = f'<?xml version="1.0" encoding="{said}"?><x xmlns="urn:x">{_as_xml(body)}</x>'
    ask(api, method, path, text.encode(encoding, "replace"), "xml")


@quick
@given(raw=st.binary(max_size=200) | st.text("<>/a&;!?'\" =[]{}:,1").map(str.encode), place=st.sampled_from(PATHS))
def test_any_bytes_are_refused_or_taken(api: Api, raw: bytes, place: tuple[str, str]) -> None:
    for language in ("json", "xml"):
        ask(api, *place, raw, language)


@quick
@given(
    path=st.sampled_from(["/templates", "/responserules", "/events", "/apps", "/users", "/customlists", "/activities",
                          "/workspaces", "/contacts", "/distributionlists", "/resources", "/scenarios", "/callbacks"]),
    query=st.dictionaries(
        st.sampled_from(["limit", "offset", "sortFields", "sortOrder", "name", "status", "startTime", "eventType",
                         "description", "module", "action", "user", "workspace", "firstName", "fields"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(["*", "0", "-1", "a*b*"]),
        max_size=3,
    ),
)  # fmt: skip
def test_whatever_is_searched_for_is_found_or_not(api: Api, path: str, query: dict[str, str]) -> None:
    answer = api("GET", f"{path}?{urlencode(query)}", kind="message")
    assert answer.status in (200, 404, 422), (path, query, answer.raw)
