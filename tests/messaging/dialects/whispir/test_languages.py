"""Two languages: what is asked for, what is answered, and what no XML may hold."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messaging.dialects.whispir.language import Names, read, write
from messaging.errors import Refused
from messaging.models import Message
from tests.messaging.dialects.whispir.conftest import PHONE, Api, vendor

API = "{http://schemas.api.whispir.com}"
DAP = "{http://schemas.api.whispir.com/dap}"
XML = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<ns2:message xmlns:ns2="http://schemas.api.whispir.com">
  <to>{PHONE}</to><subject>Hi @@who@@</subject><body>Text</body>
  <messageattributes><attribute name="who">Ann</attribute></messageattributes>
</ns2:message>""".encode()


def test_without_accept_it_is_xml(api: Api) -> None:
    for accept in ("", "*/*"):
        answer = api("GET", "/messages", accept=accept)
        assert answer.headers["Content-Type"] == vendor("message", "xml")
        assert answer.xml.tag == f"{DAP}return"
        assert answer.xml.findtext("status") == "No records found"


def test_a_body_in_json_is_answered_in_json(api: Api) -> None:
    answer = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace", accept="")
    assert (answer.status, answer.headers["Content-Type"]) == (201, vendor("workspace"))


@pytest.mark.parametrize(
    "accept",
    [
        *(vendor("message"), "application/json", f"Accept: {vendor('message')}", f"{vendor('message')};q=1, */*"),
        *("application/xml;q=0.5, application/json", "application/xml;q=0, application/json;q=0.1, */*"),
    ],
)
def test_the_type_that_is_asked_for_is_answered(api: Api, accept: str) -> None:
    answer = api("GET", "/messages", accept=accept)
    assert answer.json == {"status": "No records found", "link": []}
    assert answer.headers["Content-Type"] in accept


@pytest.mark.parametrize(
    "accept", ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html,*/*;q=0.1", "application/json;q=0"]
)
def test_where_anything_will_do_it_is_xml(api: Api, accept: str) -> None:
    answer = api("GET", "/messages", accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, vendor("message", "xml"))


def test_answers_are_stale_at_once_and_for_every_page(api: Api) -> None:
    for answer in (api("GET", "/messages"), Api(None, None)("GET", "/messages")):
        assert answer.headers["Cache-Control"] == "max-age=0"
        assert answer.headers["Expires"].endswith("GMT")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "type", ["text/html", "application/vnd.whispir.message-v2+json", "application/vnd.whispir.nothing-v1+json", "x"]
)
def test_another_type_is_415(api: Api, type: str) -> None:
    assert api("GET", "/messages", accept=type).status == 415
    sent = api("POST", "/messages", b"{}", content_type=type)
    assert (sent.status, sent.json["errorText"]) == (415, "Unsupported Media Type")


def test_the_vendors_old_misspelling_is_taken(api: Api) -> None:
    answer = api("POST", "/messages", XML, content_type="application/vnd.whispir.messsage-v1+xml")
    assert answer.status == 202


def test_a_message_is_sent_and_read_in_xml(api: Api) -> None:
    sent = api("POST", "/messages", XML, accept=vendor("message", "xml"), content_type=vendor("message", "xml"))
    assert (sent.status, sent.raw) == (202, b"Your request has been accepted for processing")
    assert Message.objects.get().content == {"body": "Hi Ann\nText"}
    read = api("GET", sent.headers["Location"], accept=vendor("message", "xml")).xml
    assert read.tag == f"{API}message"
    assert (read.findtext("subject"), read.findtext("body"), read.findtext("to")) == ("Hi Ann", "Text", PHONE)
    links = {link.get("rel"): link.get("uri") for link in read.iter(f"{DAP}link")}
    assert links["self"] == sent.headers["Location"]
    listed = api("GET", "/messages", accept="").xml
    assert listed.findtext("status", "").startswith("1 to 1 of 1")
    assert listed.find(f"{API}messages/{API}message") is None  # they are in the other namespace
    assert listed.find(f"{DAP}messages/{DAP}message") is not None


def test_a_prefix_may_be_any_or_bound_to_nothing(api: Api) -> None:
    for prefix in (b"ns1:", b"x:", b""):
        raw = b"<%smessage><to>%s</to><subject>Hi</subject></%smessage>" % (prefix, PHONE.encode(), prefix)
        assert api("POST", "/messages", raw, content_type=vendor("message", "xml")).status == 202


def test_what_serializers_add_is_no_part_of_a_message(api: Api) -> None:
    raw = b"""<message xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xml:lang="en"><to>%s</to>
      <subject xsi:type="xs:string" xml:space="preserve">Hi</subject><label xsi:nil="true"/></message>"""
    assert api("POST", "/messages", raw % PHONE.encode(), content_type=vendor("message", "xml")).status == 202
    assert Message.objects.get().content == {"body": "Hi"}


def test_what_is_not_offered_says_so_in_each_of_its_types(api: Api) -> None:
    for kind, path in (("workflow", "/workflows"), ("infohub-source", "/infohub/sources")):
        answer = api("POST", path, {"name": "a"}, kind=kind)
        assert (answer.status, answer.json["errorText"]) == (501, "Not Implemented")


BOMBS = {
    "a document type": b'<!DOCTYPE m [<!ENTITY a "b">]><m><to>&a;</to></m>',
    "laughs": b'<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><m>&b;</m>',
    "an outside entity": b'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><m>&a;</m>',
    "an outside document type": b'<!DOCTYPE m SYSTEM "http://192.0.2.1/x.dtd"><m/>',
    "an unknown entity": b"<m>&nothing;</m>",
    "depth": b"<a>" * 10_000 + b"</a>" * 10_000,
    "breadth": b"<m>" + b"<a/>" * 100_001 + b"</m>",
    "an unknown encoding": b'<?xml version="1.0" encoding="nothing"?><m/>',
    "two encodings": b'<?xml version="1.0" encoding="UTF-16"?><m/>',
    "half of it": b"<m><to>",
    "two roots": b"<m/><m/>",
    "nothing": b"",
    "a byte that is no text": b"<m>\xff\xfe</m>",
    "a zero": b"<m>\0</m>",
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS)
def test_xml_that_is_none_or_too_much_is_refused(api: Api, raw: bytes) -> None:
    answer = api("POST", "/messages", raw, content_type=vendor("message", "xml"))
    assert answer.status in (400, 422), answer.raw
    assert not Message.objects.exists()


quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@quick
@given(st.dictionaries(_TEXT, _JSON, max_size=4))
def test_whatever_is_answered_is_well_formed_xml(payload: dict[str, Any]) -> None:
    read(write(payload, Names("message"), is_xml=True), is_xml=True)


@quick
@given(st.binary(max_size=300) | st.text(alphabet="<>/a&;!'\" ").map(str.encode))
def test_whatever_is_read_is_an_object_or_refused(raw: bytes) -> None:
    for is_xml in (True, False):
        with suppress(Refused):
            assert isinstance(read(raw, is_xml=is_xml), dict)
