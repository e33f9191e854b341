"""What a person reads of a message made from a template, and what of it is each contact's own."""

from typing import Any

import pytest

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import contacts, templating
from messaging.errors import Refusal, Refused
from messaging.models import Contact, Template

HELLO: list[dict[str, Any]] = [
    {"type": "header", "format": "text", "text": "Hello {{1}}"},
    {"type": "body", "text": "{{1}} is open in {{2}}."},
    {"type": "footer", "text": "Bye"},
    {"type": "buttons", "buttons": [{"type": "quick_reply", "text": "Stop"}]},
]


def parameters(kind: str, *words: str) -> dict[str, Any]:
    return {"type": kind, "parameters": [{"type": "text", "text": word} for word in words]}


@pytest.fixture
def hello(acme: Account) -> Template:
    return templating.create_template(
        acme, name="hello", language="en", category="marketing", components=HELLO, by=COMMAND
    )


@pytest.fixture
def ayse(acme: Account) -> Contact:
    return contacts.create_contact(acme, address="+905321234567", first_name="Ayşe", fields={"city": "İzmir"})


def test_a_template_is_read_with_its_gaps_filled(hello: Template) -> None:
    currency = {"type": "currency", "currency": {"fallback_value": "€ 10", "code": "EUR", "amount_1000": 10000}}
    body = {"type": "body", "parameters": [currency, {"type": "date_time", "date_time": {"fallback_value": "May"}}]}
    filled = templating.fill(hello, [parameters("header", "you"), body])
    assert filled.text == "Hello you\n€ 10 is open in May.\nBye"
    assert filled.buttons == ["Stop"]


def test_each_contact_reads_its_own_values(hello: Template, ayse: Contact) -> None:
    given = [parameters("header", "{{contact.first_name}}"), parameters("body", "We", "{{ contact.city }}")]
    filled = templating.fill(hello, given, ayse)
    assert filled.text == "Hello Ayşe\nWe is open in İzmir.\nBye"
    assert filled.components == [parameters("header", "Ayşe"), parameters("body", "We", "İzmir")]
    assert given[0] == parameters("header", "{{contact.first_name}}")


def test_what_a_contact_lacks_is_refused_unless_a_word_stands_ready(ayse: Contact) -> None:
    with pytest.raises(Refused) as refused:
        templating.personalised([parameters("body", "{{contact.last_name}}")], ayse)
    assert (refused.value.refusal, refused.value.detail) == (Refusal.REQUIRED, "This contact has no last_name.")
    ready = [parameters("body", "{{contact.last_name| friend }}, {{contact.address}}")]
    assert templating.personalised(ready, ayse) == [parameters("body", "friend, +905321234567")]
    assert templating.personalised([parameters("body", "{{contact.first_name|you}}")], None) == [
        parameters("body", "you")
    ]
