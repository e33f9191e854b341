"""POST /v1/broadcasts: what is taken, what is refused, and that a refusal leaves nothing."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import allowance, contacts, idempotency
from messaging.dialects.startmessaging import broadcasts as style
from messaging.ids import to_base62
from messaging.models import Broadcast, BroadcastRecipient, Contact, IdempotencyKey, Message, OptOut, Segment
from tests.messaging.broadcasts.conftest import PATH, TEMPLATE, Broadcasting, body, phones, raw
from tests.messaging.dialects.startmessaging.conftest import Answer, Api, Keys
from tokens.authentication import forget
from tokens.scopes import KeyType

Run = Callable[[], None]


def later(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def refused(answer: Answer) -> tuple[int, str, str | None]:
    assert not Broadcast.objects.exists()
    assert not BroadcastRecipient.objects.exists()
    assert not IdempotencyKey.objects.exists()
    return answer.status, answer.code, answer.body["error"].get("details", {}).get("field")


def in_pieces(api: Api, text: bytes) -> tuple[int, Any]:
    """Send the body without a length, as a server passes on one that came in chunks."""
    headers = {"Authorization": f"Bearer {api.secret}", "Transfer-Encoding": "chunked"}
    extra: dict[str, Any] = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "", "wsgi.input": BytesIO(text)}
    answer: Any = Client(headers=headers).generic("POST", PATH, **extra)
    return answer.status_code, json.loads(answer.content)


def test_a_list_is_accepted_and_each_number_counted_once(broadcast: Broadcasting) -> None:
    answer = broadcast(["905551234567", "+90 555 123 45 67", "5511999999999"])
    assert answer.status == 201, answer.body
    assert set(answer.body) == {"broadcast_id", "status", "total_recipients", "estimated_completion"}
    assert re.fullmatch(r"bcast_[0-9A-Za-z]{11}", answer.body["broadcast_id"])
    assert (answer.body["status"], answer.body["total_recipients"]) == ("queued", 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.body["estimated_completion"])
    assert sorted(BroadcastRecipient.objects.values_list("address", flat=True)) == ["+5511999999999", "+905551234567"]
    stored = Broadcast.objects.get()
    assert (stored.name, stored.total, stored.dialect) == ("January Sale", 2, "startmessaging")
    assert stored.content == {"name": "january_sale", "language": {"code": "pt_BR"}, "components": []}
    assert not Message.objects.exists()


def test_the_list_may_stand_before_the_rest_or_after_it(broadcast: Broadcasting, enterprise: Account) -> None:
    asked = body(phones(3))
    for order in (list(asked), list(reversed(asked))):
        assert broadcast(raw=raw({name: asked[name] for name in order})).body["total_recipients"] == 3
    swapped = json.dumps(asked).replace('"type": "list", "phones"', '"phones"').replace("]}", '], "type": "list"}')
    assert broadcast(raw=swapped.encode()).body["total_recipients"] == 3


def test_the_language_may_be_a_word_or_an_object(broadcast: Broadcasting) -> None:
    assert broadcast(template={"name": "january_sale", "language": "en"}).status == 201
    assert Broadcast.objects.get().content["language"] == {"code": "en"}


def test_a_body_without_a_length_is_read_too(api: Api) -> None:
    status, answer = in_pieces(api, raw(body(phones(100))))
    assert (status, answer.get("total_recipients")) == (201, 100)


def test_a_body_over_the_routes_size_is_refused_however_it_comes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style.Broadcasts, "largest_body", 1000)
    assert refused(api.send(body(phones(100)), path=PATH))[:2] == (413, "PAYLOAD_TOO_LARGE")
    status, answer = in_pieces(api, raw(body(phones(100))))
    assert (status, answer["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert not Broadcast.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"name": None}, 400, "INVALID_REQUEST", "name"),
        ({"name": ""}, 400, "INVALID_REQUEST", "name"),
        ({"name": "  "}, 400, "INVALID_REQUEST", "name"),
        ({"name": "n" * 151}, 400, "INVALID_REQUEST", "name"),
        ({"name": "a\0b"}, 400, "INVALID_REQUEST", None),
        ({"template": "sale"}, 400, "INVALID_REQUEST", "template"),
        ({"template": {"name": "sale"}}, 400, "INVALID_REQUEST", "template.language"),
        ({"template": {"name": "No Such Form", "language": "en"}}, 400, "INVALID_REQUEST", "template.name"),
        (
            {"template": {**TEMPLATE, "components": [{"type": "x"}]}},
            400,
            "INVALID_REQUEST",
            "template.components.0.type",
        ),
        ({"recipients": []}, 400, "INVALID_REQUEST", "recipients"),
        ({"recipients": {"type": "list"}}, 400, "INVALID_REQUEST", "recipients.phones"),
        ({"recipients": {"type": "list", "phones": []}}, 400, "INVALID_REQUEST", "recipients.phones"),
        ({"recipients": {"type": "list", "phones": "1"}}, 400, "INVALID_REQUEST", "recipients.phones"),
        ({"recipients": {"type": "crowd", "phones": ["1"]}}, 400, "INVALID_RECIPIENT", "recipients.phones.0"),
        ({"recipients": {"type": "crowd"}}, 400, "INVALID_REQUEST", "recipients.type"),
        (
            {"recipients": {"type": "list", "phones": ["905551234567", 5]}},
            400,
            "INVALID_REQUEST",
            "recipients.phones.1",
        ),
        ({"recipients": {"type": "list", "phones": [["905551234567"]]}}, 400, "INVALID_REQUEST", "recipients.phones.0"),
        ({"recipients": {"type": "list", "phones": ["12"]}}, 400, "INVALID_RECIPIENT", "recipients.phones.0"),
        ({"recipients": {"type": "segment"}}, 400, "INVALID_REQUEST", "recipients.segment_id"),
        ({"recipients": {"type": "segment", "segment_id": "seg_x"}}, 404, "NOT_FOUND", "recipients.segment_id"),
        ({"schedule": {"send_at": "soon"}}, 400, "INVALID_REQUEST", "schedule.send_at"),
        ({"schedule": {"send_at": "2099-02-30T10:00:00Z"}}, 400, "INVALID_REQUEST", "schedule.send_at"),
        ({"schedule": {"send_at": "2027-01-01T10:00:00"}}, 400, "INVALID_REQUEST", "schedule.send_at"),
        ({"schedule": {"send_at": "2020-01-01T10:00:00Z"}}, 400, "INVALID_REQUEST", "schedule.send_at"),
        ({"schedule": {"send_at": "2999-01-01T10:00:00Z"}}, 400, "INVALID_REQUEST", "schedule.send_at"),
        ({"schedule": {"send_at": later(days=1), "timezone": "Mars"}}, 400, "INVALID_REQUEST", "schedule.timezone"),
    ],
)
def test_what_is_wrong_is_said_with_its_field_and_nothing_is_stored(
    broadcast: Broadcasting, enterprise: Account, change: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    assert refused(broadcast(**change)) == (status, code, field)


def test_a_bad_number_is_named_by_its_place_and_leaves_nothing(broadcast: Broadcasting, enterprise: Account) -> None:
    answer = broadcast([*phones(2500), "nonsense", *phones(10)])
    assert refused(answer) == (400, "INVALID_RECIPIENT", "recipients.phones.2500")
    assert answer.body["error"]["details"]["value"] == "nonsense"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b"{}",
        b"{",
        b'{"name": NaN}',
        b"\xff\xfe{}",
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 10_000 + b"}",
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        raw(body(phones(1500)))[:-3],
        raw(body(phones(1500))) + b"}",
        raw(body(phones(3))).replace(b'"recipients"', b'"recipients": {"type": "list", "phones": ["1"]}, "recipients"'),
        b'{"junk": "' + b"x" * 1_100_000 + b'"}',
        b'{"junk": [' + b"[]," * 100_000 + b"[]]}",
        raw(body(phones(3))).replace(b"905550000001", b"9055500000\\u00001"),
    ],
    ids=lambda text: text[:12],
)
def test_a_body_that_cannot_be_read_is_refused_in_json(
    broadcast: Broadcasting, enterprise: Account, text: bytes
) -> None:
    status, code, _ = refused(broadcast(raw=text))
    assert (status, code) in {(400, "INVALID_REQUEST"), (400, "INVALID_RECIPIENT"), (413, "PAYLOAD_TOO_LARGE")}


def test_it_must_be_sent_as_json(api: Api) -> None:
    answer = api.call("POST", PATH, raw(body()), content_type="text/plain")
    assert refused(answer) == (400, "INVALID_REQUEST", "Content-Type")


# What the plan allows


def test_the_free_plan_takes_a_hundred_recipients_once_a_day_and_none_later(broadcast: Broadcasting) -> None:
    assert refused(broadcast(phones(101)))[:2] == (403, "INSUFFICIENT_PERMISSIONS")
    answer = broadcast(schedule={"send_at": later(hours=1)})
    assert refused(answer)[:2] == (403, "INSUFFICIENT_PERMISSIONS")
    assert "Free plan" in answer.body["error"]["message"]
    assert broadcast(phones(100) * 2).body["total_recipients"] == 100
    second = broadcast()
    assert (second.status, second.code) == (429, "BROADCAST_LIMIT")
    assert 0 < second.body["error"]["retry_after"] <= 86_400
    assert second.headers["Retry-After"] == str(second.body["error"]["retry_after"])


def test_premium_takes_ten_thousand_ten_times_a_day_and_later(broadcast: Broadcasting, acme: Account) -> None:
    acme.plan = Plan.objects.get(code="premium")
    acme.save(update_fields=["plan"])
    forget()
    assert refused(broadcast(phones(10_001)))[:2] == (403, "INSUFFICIENT_PERMISSIONS")
    for _ in range(9):
        assert broadcast().status == 201
    scheduled = broadcast(schedule={"send_at": later(hours=1), "timezone": "America/Sao_Paulo"})
    assert (scheduled.status, scheduled.body["status"]) == (201, "scheduled")
    assert broadcast().code == "BROADCAST_LIMIT"


def test_operators_change_what_a_plan_allows(broadcast: Broadcasting, admin_client: Client) -> None:
    plan = Plan.objects.get(code="free")
    page = f"/admin/accounts/plan/{plan.pk}/change/"
    form = {"name": "Free", "requests_per_second": 10, "messages_per_day": 1000, "max_tokens": 10}
    caps = {"broadcast_recipients": 2, "broadcasts_per_day": "", "may_schedule_broadcasts": "on"}
    assert admin_client.post(page, form | caps).status_code == 302
    forget()
    assert refused(broadcast(phones(3)))[:2] == (403, "INSUFFICIENT_PERMISSIONS")
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert [broadcast(phones(2), schedule={"send_at": at}).status for _ in range(3)] == [201] * 3


def test_its_recipients_count_against_the_days_messages(broadcast: Broadcasting, api: Api, acme: Account) -> None:
    Plan.objects.filter(code="free").update(messages_per_day=5, broadcasts_per_day=None)
    forget()
    assert broadcast(phones(3)).status == 201
    answer = broadcast(phones(3))
    assert (answer.status, answer.code) == (429, "DAILY_LIMIT_REACHED")
    assert Broadcast.objects.count() == 1
    assert BroadcastRecipient.objects.count() == 3
    assert [api.send().status for _ in range(3)] == [200, 200, 429]


def test_the_days_messages_are_counted_from_the_rows_after_a_restart(
    broadcast: Broadcasting, api: Api, run: Run
) -> None:
    Plan.objects.filter(code="free").update(messages_per_day=5)
    forget()
    assert broadcast(phones(3)).status == 201
    caches["counters"].clear()
    assert api.send().status == 200
    run()
    caches["counters"].clear()
    assert [api.send().status for _ in range(2)] == [200, 429]


def test_it_counts_whole_in_its_month_whoever_sent_it_and_however_far_it_is(
    broadcast: Broadcasting, api: Api, run: Run, acme: Account
) -> None:
    Plan.objects.filter(code="free").update(messages_per_day=None, messages_per_month=7, broadcasts_per_day=None)
    forget()
    assert broadcast(phones(3)).status == 201
    assert allowance.sent_this_month(acme) == 3
    caches["counters"].clear()
    assert api.send().status == 200
    assert allowance.sent_this_month(acme) == 4
    run()
    assert allowance.sent_this_month(acme) == 4
    caches["counters"].clear()
    answer = broadcast(phones(4))
    assert (answer.status, answer.code) == (429, "MONTHLY_LIMIT_REACHED")
    assert [api.send().status for _ in range(4)] == [200, 200, 200, 429]


def test_an_empty_wallet_takes_no_broadcast(broadcast: Broadcasting, acme: Account, settings: Any) -> None:
    settings.GATEWAY_PRICE = Decimal("0.01")
    Account.objects.filter(pk=acme.pk).update(wallet=0)
    forget()
    assert refused(broadcast())[:2] == (402, "INSUFFICIENT_CREDITS")


# Who is left out, and segments


def test_people_who_wrote_stop_are_left_out_and_counted_so(
    broadcast: Broadcasting, api: Api, acme: Account, run: Run
) -> None:
    stopped = "+905550000001"
    OptOut.objects.create(account=acme, address=stopped)
    Account.objects.filter(pk=acme.pk).update(has_opt_outs=True)
    forget()
    answer = broadcast(phones(3))
    assert answer.body["total_recipients"] == 3
    run()
    assert not Message.objects.filter(recipients__address=stopped).exists()
    shown = api.get(f"{PATH}/{answer.body['broadcast_id']}").body
    assert (shown["total"], shown["skipped"], shown["delivered"], shown["failed"]) == (3, 1, 2, 0)
    assert (shown["status"], shown["progress_percent"]) == ("completed", 100.0)


def test_a_list_on_which_everybody_wrote_stop_is_refused(broadcast: Broadcasting, acme: Account) -> None:
    OptOut.objects.create(account=acme, address="+905551234567")
    Account.objects.filter(pk=acme.pk).update(has_opt_outs=True)
    forget()
    assert refused(broadcast())[:2] == (400, "RECIPIENT_BLOCKED")


def test_a_segment_is_taken_as_it_is_at_that_moment(broadcast: Broadcasting, acme: Account, run: Run) -> None:
    segment, people = _segment(acme, 5)
    answer = broadcast(f"seg_{to_base62(segment.pk)}")
    assert (answer.status, answer.body["total_recipients"]) == (201, 5)
    contacts.remove_members(segment, [people[0].pk])
    run()
    assert Message.objects.count() == 5


def test_a_strangers_segment_is_not_found(broadcast: Broadcasting, other: Account) -> None:
    segment, _ = _segment(other, 1)
    assert refused(broadcast(f"seg_{to_base62(segment.pk)}"))[:2] == (404, "NOT_FOUND")


def _segment(account: Account, number: int) -> tuple[Segment, list[Contact]]:
    segment = contacts.create_segment(account, name="Regulars", by=COMMAND)
    people = [
        contacts.create_contact(account, address=phone, first_name=f"Person {phone[-1]}", by=COMMAND)
        for phone in phones(number)
    ]
    contacts.add_members(segment, [person.pk for person in people])
    segment.refresh_from_db()
    return segment, people


# Repeats


def test_a_repeat_gets_the_first_answer_and_makes_nothing(broadcast: Broadcasting) -> None:
    first = broadcast(phones(3), id="r1")
    again = broadcast(phones(3), id="r1")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["X-Idempotent-Replay"] == "true"
    assert (Broadcast.objects.count(), BroadcastRecipient.objects.count()) == (1, 3)


def test_the_same_id_with_another_list_is_a_conflict(broadcast: Broadcasting) -> None:
    assert broadcast(phones(3), id="r1").status == 201
    answer = broadcast(phones(4), id="r1")
    assert (answer.status, answer.code) == (409, "IDEMPOTENCY_CONFLICT")
    assert Broadcast.objects.count() == 1


def test_a_repeat_whose_first_request_another_process_takes_is_not_over_the_days_number(
    broadcast: Broadcasting, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = broadcast(phones(3), id="r1")
    earlier, told = idempotency.earlier, [None]  # as long as the other process has not committed
    monkeypatch.setattr(idempotency, "earlier", lambda row: told.pop() if told else earlier(row))
    again = broadcast(phones(3), id="r1")
    assert (again.status, again.body) == (201, first.body)
    assert broadcast(phones(3), id="r2").code == "BROADCAST_LIMIT"


# Who may


def test_a_read_only_key_reads_and_makes_none(broadcast: Broadcasting, key: Keys) -> None:
    id = broadcast().body["broadcast_id"]
    reader = key(name="reader", type=KeyType.READ_ONLY)
    assert reader.get(f"{PATH}/{id}").status == 200
    assert reader.get(f"{PATH}/{id}/analytics").status == 200
    assert reader.send(body(), path=PATH).code == "INSUFFICIENT_PERMISSIONS"
    assert reader.call("DELETE", f"{PATH}/{id}").code == "INSUFFICIENT_PERMISSIONS"


def test_a_sandbox_keys_broadcast_stays_in_the_sandbox(key: Keys, run: Run) -> None:
    assert key(name="sandbox", type=KeyType.SANDBOX).send(body(), path=PATH).status == 201
    run()
    message = Message.objects.select_related("device").get()
    assert message.device
    assert message.device.transport == "sandbox"
    assert message.context["route"] == "sandbox"


def test_a_stranger_sees_nothing(broadcast: Broadcasting, key: Keys, other: Account) -> None:
    id = broadcast().body["broadcast_id"]
    stranger = key(account=other)
    for path in (f"{PATH}/{id}", f"{PATH}/{id}/analytics"):
        assert stranger.get(path).status == 404
    assert stranger.call("DELETE", f"{PATH}/{id}").status == 404
    assert Broadcast.objects.get().status == "queued"
