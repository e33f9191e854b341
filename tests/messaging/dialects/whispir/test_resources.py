"""Resources: files that are kept, read by rows or given to the public, and never answered."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry
from messaging import turns
from messaging.dialects.whispir import files
from messaging.errors import Refusal, Refused
from messaging.media import prune_media, resources
from messaging.media.resources import change_resource
from messaging.media.storing import storage
from messaging.models import Media, Workspace
from tests.messaging.dialects.whispir.conftest import BASE, Api, Make, vendor
from tests.messaging.dialects.whispir.people import listed, resource, workspace, xml

CSV = "name,mobile\nAna,61400400400\n"
NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
_IN_XML = "<n:fullname>Ana</n:fullname><n:manifest><n:name>Delivery</n:name></n:manifest>"
FORMS = [
    ("text/csv", "fullname;manifest.name\nAna;Delivery\n"),
    ("application/json", '[{"fullname": "Ana", "manifest": {"name": "Delivery"}}]'),
    ("application/json", '{"contacts": [{"fullname": "Ana", "manifest": {"name": "Delivery"}}]}'),
    ("application/xml", "<r><x><fullname>Ana</fullname><manifest><name>Delivery</name></manifest></x></r>"),
    ("application/xml", f"<n:import xmlns:n='s'><n:contacts><n:contact>{_IN_XML}</n:contact></n:contacts></n:import>"),
]


def found(api: Api, query: str = "", where: str = "") -> list[str]:
    return [each["name"] for each in listed(api, f"{where}/resources{query}", "resource", "resources")]


def rows(account: Account, id: str) -> list[dict[str, str]]:
    return list(resources.rows(files.find(account, None, id)))


def test_a_new_one_is_answered_without_what_is_in_it(api: Api) -> None:
    answer = resource(api, CSV, scope="Private")
    made, row = answer.json, Media.objects.get()
    uri = f"{BASE}/resources/{row.pk:016X}"
    assert (answer.status, answer.headers["Location"]) == (201, uri)
    assert made == {
        "id": f"{row.pk:016X}",
        "name": "people.csv",
        "scope": "private",
        "mimeType": "text/csv",
        "link": [
            {"uri": uri, "rel": "self", "method": "GET"},
            {"uri": uri, "rel": "updateResource", "method": "PUT"},
            {"uri": uri, "rel": "deleteResource", "method": "DELETE"},
        ],
    }
    assert api("GET", uri, kind="resource").json == made
    assert timedelta(days=89) < row.expires_at - row.created_at < timedelta(days=91)


def test_xml_is_taken_and_answered(api: Api) -> None:
    form = vendor("resource", "xml")
    data = "\n   " + b64encode(CSV.encode()).decode() + "\n   "
    body = xml("resource", name="test.csv", scope="private", mimeType="text/csv", derefUri=data)
    answer = api("POST", "/resources", body, content_type=form, accept=form)
    assert (answer.status, answer.xml.findtext("name"), answer.xml.find("derefUri")) == (201, "test.csv", None)
    dap = "{http://schemas.api.whispir.com/dap}"
    assert len(api("GET", "/resources", accept=form).xml.findall(f"{dap}resources/{dap}resource")) == 1


@pytest.mark.parametrize(("mime", "text"), FORMS)
def test_rows_are_the_same_from_each_form(api: Api, acme: Account, mime: str, text: str) -> None:
    made = resource(api, text, mimeType=mime).json
    assert rows(acme, made["id"]) == [{"fullname": "Ana", "manifest.name": "Delivery"}]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "name is required"),
        ({"name": ".."}, "name"),
        ({"scope": None}, "scope is required"),
        ({"scope": "secret"}, "scope"),
        ({"mimeType": ""}, "mimeType is required"),
        ({"mimeType": "image/png"}, "mimeType"),
        ({"scope": "public", "mimeType": "text/html\r\nX: 1"}, "mimeType"),
        ({"derefUri": ""}, "derefUri is required"),
        ({"derefUri": "!!!!"}, "base64"),
        ({"derefUri": "YQ"}, "base64"),
        ({"derefUri": ["YQ=="]}, "base64"),
        ({"derefUri": b64encode(b"a,b\n1,2,3\n").decode()}, "line 2 has 3 values"),
        ({"derefUri": b64encode(b"a,A\n1,2\n").decode()}, "same name"),
        ({"derefUri": b64encode(b"a\n\xff\xfe\xfd\n").decode()}, "UTF-8"),
        ({"derefUri": b64encode(b"a\n\x00\n").decode()}, "malformed"),
        ({"mimeType": "application/json"}, "not valid JSON"),
        ({"mimeType": "application/json", "derefUri": b64encode(b"{}").decode()}, "list of objects"),
        ({"mimeType": "application/json", "derefUri": b64encode(b"[" * 100_000).decode()}, "not valid JSON"),
        ({"mimeType": "application/xml"}, "not well-formed XML"),
        ({"scope": "public", "mimeType": "application/xml"}, "not well-formed XML"),
        ({"scope": "public", "mimeType": "application/json"}, "not valid JSON"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(api: Api, changes: dict[str, Any], said: str) -> None:
    answer = resource(api, CSV, **changes)
    assert answer.status == 422
    assert said in answer.json["errorText"]
    assert not Media.objects.exists()


@pytest.mark.parametrize("scope", ["private", "public"])
@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r><x><a>&b;</a></x></r>',
        '<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
        '<!DOCTYPE r [<!ENTITY a SYSTEM "http://localhost/">]><r><x><a>&a;</a></x></r>',
        f"<r><x>{'<a>' * 100}{'</a>' * 100}</x></r>",
    ],
)
def test_xml_with_a_dtd_or_too_deep_is_refused(api: Api, bomb: str, scope: str) -> None:
    answer = resource(api, bomb, mimeType="application/xml", scope=scope)
    assert answer.status == (201 if scope == "public" and "DOCTYPE" not in bomb else 422)


def test_a_file_has_at_most_ten_megabytes(api: Api) -> None:
    line = "Ana,61400400400\n"
    most = 10 * 1024 * 1024
    text = "name,mobile\n" + line * ((most - 12) // len(line))
    assert resource(api, text).status == 201
    answer = resource(api, text + line * 2)
    assert (answer.status, "10485760" in answer.json["errorText"]) == (422, True)
    assert resource(api, b"a" * (most + 2 * 1024 * 1024)).status == 413


def test_the_last_changed_comes_first_and_filters_narrow(api: Api) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        made = [resource(api, CSV, name=name).json for name in ("a.csv", "b.csv")]
        clock.shift(60)
        resource(api, CSV, name="web.csv", scope="public")
        clock.shift(60)
        again = {"name": "a2.csv", "scope": "private", "mimeType": "text/csv", "derefUri": "YQpiCg=="}
        assert api("PUT", f"/resources/{made[0]['id']}", again, kind="resource").status == 204
        assert found(api) == ["a2.csv", "web.csv", "b.csv"]
        assert found(api, "?name=.csv&scope=private") == ["a2.csv", "b.csv"]
        assert found(api, "?scope=PUBLIC") == ["web.csv"]
        assert (found(api, "?scope=secret"), found(api, "?name=b*")) == ([], ["b.csv"])
        assert found(api, "?sortFields=name&sortOrder=desc") == ["web.csv", "b.csv", "a2.csv"]


def test_a_change_takes_all_four_fields_and_leaves_no_old_bytes(api: Api, acme: Account) -> None:
    made = resource(api, CSV).json
    old = Media.objects.get().name
    for missing in ("name", "scope", "mimeType", "derefUri"):
        body = {"name": "b.csv", "scope": "private", "mimeType": "text/csv", "derefUri": "YQpiCg=="}
        del body[missing]
        assert api("PUT", f"/resources/{made['id']}", body, kind="resource").status == 422
    body = {"name": "b.csv", "scope": "public", "mimeType": "text/csv", "derefUri": "YQpiCg=="}
    assert api("PUT", f"/resources/{made['id']}", body, kind="resource").status == 204
    shown = api("GET", f"/resources/{made['id']}", kind="resource").json
    assert (shown["name"], shown["scope"], "url" in shown) == ("b.csv", "public", True)
    assert rows(acme, made["id"]) == [{"a": "b"}]
    prune_media()
    assert not storage().exists(old)
    assert Media.objects.count() == 1
    assert rows(acme, made["id"]) == [{"a": "b"}]
    actions = list(AuditEntry.objects.filter(action__startswith="resource.").values_list("action", flat=True))
    assert sorted(actions) == ["resource.changed", "resource.created"]


def test_one_is_forgotten_with_its_bytes(api: Api) -> None:
    made = resource(api, CSV, scope="public").json
    name = Media.objects.get().name
    assert api("DELETE", f"/resources/{made['id']}", kind="resource").status == 204
    assert api("GET", f"/resources/{made['id']}", kind="resource").status == 404
    assert Client().get(made["url"].removeprefix("http://localhost:8000")).status_code == 404
    prune_media()
    assert not storage().exists(name)


def test_one_is_kept_for_its_days(api: Api, settings: Settings) -> None:
    settings.GATEWAY_RESOURCE_DAYS = 2
    with time_machine.travel(NOW, tick=False) as clock:
        resource(api, CSV)
        clock.shift(timedelta(days=1))
        assert found(api) == ["people.csv"]
        clock.shift(timedelta(days=2))
        assert found(api) == []
        assert prune_media() == 1


def test_a_public_one_is_given_to_whoever_has_its_address_as_a_file(api: Api) -> None:
    page = b"<script>alert(1)</script>"
    made = resource(api, page, scope="public", mimeType="text/html", name="a b.html").json
    assert made["url"].startswith("http://localhost:8000/public/resources/")
    assert made["url"].endswith("/a%20b.html")
    path = made["url"].removeprefix("http://localhost:8000")
    answer = Client().get(path)
    assert (answer.status_code, b"".join(answer.streaming_content)) == (200, page)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    key = path.split("/")[3]
    assert len(key) >= 32
    for other in (path.replace(key, key[::-1]), path.replace("a%20b", "b"), "/public/resources//a%20b.html"):
        assert Client().get(other).status_code == 404
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize(
    ("mime", "given"),
    [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/x-ecmascript", "application/octet-stream"),
        ("text/css", "application/octet-stream"),
        ("image/png", "image/png"),
        ("application/pdf", "application/pdf"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", None),
    ],
)
def test_a_public_one_is_no_script_or_style_of_our_own_pages(api: Api, mime: str, given: str | None) -> None:
    made = resource(api, b"alert(1)", scope="public", mimeType=mime).json
    assert made["mimeType"] == mime
    assert Client().get(made["url"].removeprefix("http://localhost:8000"))["Content-Type"] == (given or mime)


def test_a_private_one_has_no_address(api: Api) -> None:
    made = resource(api, CSV, scope="public").json
    path = made["url"].removeprefix("http://localhost:8000")
    body = {"name": "people.csv", "scope": "private", "mimeType": "text/csv", "derefUri": "YQpiCg=="}
    assert api("PUT", f"/resources/{made['id']}", body, kind="resource").status == 204
    assert "url" not in api("GET", f"/resources/{made['id']}", kind="resource").json
    assert Client().get(path).status_code == 404


def test_a_gateway_may_have_no_public_ones(api: Api, settings: Settings) -> None:
    url = resource(api, CSV, scope="public").json["url"].removeprefix("http://localhost:8000")
    settings.GATEWAY_PUBLIC_RESOURCES = False
    assert resource(api, CSV, scope="public").status == 501
    assert Client().get(url).status_code == 404


def test_a_public_one_waits_while_others_are_taken_slowly(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    url = resource(api, CSV, scope="public").json["url"].removeprefix("http://localhost:8000")
    monkeypatch.setattr(turns, "_SLOW", 0.01)
    monkeypatch.setattr(turns, "files", turns.Turns(for_all=1, for_one=1))
    with turns.files.take(1):
        refused = Client().get(url)
    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    got: Any = Client().get(url)
    assert b"".join(got.streaming_content).decode() == CSV
    assert Client().get(url).status_code == 200


def test_workspaces_and_accounts_keep_theirs(api: Api, make: Make, acme: Account, other: Account) -> None:
    ops, made = workspace(api), resource(api, CSV).json
    inside = resource(api, CSV, ops).json
    assert (len(found(api)), len(found(api, where=ops)), found(make(other))) == (1, 1, [])
    assert api("GET", f"/resources/{inside['id']}", kind="resource").status == 404
    for method, body in (("GET", None), ("PUT", {"name": "a"}), ("DELETE", None)):
        assert make(other)(method, f"/resources/{made['id']}", body, kind="resource").status == 404
    place = Workspace.objects.get()
    assert files.find(acme, place, inside["id"]).workspace == place
    for account, where, id in ((acme, None, inside["id"]), (acme, place, made["id"]), (other, None, made["id"])):
        with pytest.raises(Refused, match="no such resource"):
            files.find(account, where, id)


_ROW = st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=2))
_JSON = st.lists(_ROW, max_size=3).map(lambda value: json.dumps(value).encode())
_BYTES = st.binary(max_size=200) | st.text(max_size=100).map(str.encode) | _JSON


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=_BYTES, mime=st.sampled_from(["text/csv", "application/json", "application/xml"]), scope=st.booleans())
def test_whatever_is_in_a_file_is_taken_or_refused(
    api: Api, acme: Account, data: bytes, mime: str, scope: bool
) -> None:
    answer = resource(api, data, mimeType=mime, scope="public" if scope else "private")
    assert answer.status in (201, 422), answer.raw
    if answer.status == 201 and not scope:
        for row in rows(acme, answer.json["id"]):
            assert all(isinstance(text, str) for text in row.values())


def test_an_xml_element_with_more_attributes_than_columns_is_refused(api: Api) -> None:
    row = " ".join(f'a{n}="1"' for n in range(501))
    answer = resource(api, f"<a><r {row}/></a>", mimeType="application/xml")
    assert (answer.status, b"attributes" in answer.raw) == (422, True), answer.raw


def test_a_change_that_comes_after_a_removal_brings_nothing_back(acme: Account, api: Api) -> None:
    made = resource(api, "mobile\n61400400400\n", scope="public").json
    media = Media.objects.get(source=Media.Source.RESOURCE)
    assert api("DELETE", f"/resources/{made['id']}", kind="resource").status == 204
    with pytest.raises(Refused) as refused:
        change_resource(media, filename="a.csv", mime="text/csv", is_public=True, data=b"a\n1\n", by=COMMAND)
    assert refused.value.refusal is Refusal.NOT_FOUND
    assert listed(api, "/resources", "resource", "resources") == []
