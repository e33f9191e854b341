"""Messages for later, and again and again: whom they go to is read when they run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Account
from messaging import delivery
from messaging.dialects.whispir import later, mri
from messaging.media import prune_media
from messaging.models import Message, Recipient, Segment, SegmentMember
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import PHONE, Api, Make
from tests.messaging.dialects.whispir.test_bulk import resource
from tests.messaging.dialects.whispir.test_contents import FILE, template
from tests.messaging.dialects.whispir.test_recipients import contact, lines, listed, told
from tokens.errors import Denial, Denied

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
TOMORROW = {"messageType": "SCHEDULED", "scheduleType": "ONCE", "scheduleDate": "05/05/2026 08:30"}
DUE = datetime(2026, 5, 5, 8, 31, tzinfo=UTC)


@pytest.fixture
def night(api: Api, acme: Account) -> Segment:
    return listed(acme, "Night shift", contact(acme))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def send(api: Api, **more: Any) -> str:
    answer = api.send(**{**TOMORROW, **more})
    assert answer.status == 200, answer.raw
    return str(answer.headers["Location"])


def add(segment: Segment, name: str, number: str) -> None:
    SegmentMember.objects.create(segment=segment, contact=contact(segment.account, name, number))


def test_a_list_is_read_when_the_message_is_sent(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    location = send(api, to=mri.of_list(night), body="Dear @@first_name@@, it is @@date@@")
    [waiting] = lines(api, location)
    assert (waiting["name"], told(waiting)[0]) == (mri.of_list(night), "PENDING")
    add(night, "Bo", "61400400401")
    deliver()
    assert Message.objects.count() == 1
    clock.move_to(DUE)
    deliver()
    assert {line["name"]: told(line)[0] for line in lines(api, location)} == {"Ana Roe": "DELIVRD", "Bo Roe": "DELIVRD"}
    assert set(Message.objects.filter(pk__gt=min(Message.objects.values_list("pk", flat=True))).values_list(
        "content__body", flat=True
    )) == {"Hello\nDear Ana, it is 05/05/2026", "Hello\nDear Bo, it is 05/05/2026"}  # fmt: skip
    assert len(api("GET", "/messages").json["messages"]) == 1
    summary = api("GET", f"{location}/messagestatus").json["messageStatuses"][0]["categories"]
    assert sum(row["recipientCount"] for row in summary) == 2


def test_it_is_sent_once_whatever_dies_meanwhile(
    api: Api,
    night: Segment,
    clock: time_machine.Traveller,
    deliver: Deliver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(api, to=mri.of_list(night))
    clock.move_to(DUE)

    def dies(*_: object) -> int:
        make(Message.objects.get(context__made_later=True))
        raise SystemExit

    make = later.make
    with monkeypatch.context() as patch:
        patch.setattr("messaging.later.make", dies)
        with pytest.raises(SystemExit):
            delivery.deliver_due()
    clock.shift(delivery.LEASE + timedelta(seconds=1))
    add(night, "Bo", "61400400401")
    deliver()
    assert Recipient.objects.filter(address=f"+{PHONE}").count() == 1
    assert Recipient.objects.get(address=f"+{PHONE}").state == "delivered"


def test_each_repetition_reads_the_list_anew(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    send(api, to=mri.of_list(night), scheduleType="REPEAT", repetitionCount=2, repeatDays="1")
    clock.move_to(DUE)
    deliver()
    assert Recipient.objects.filter(state="delivered").count() == 1
    add(night, "Bo", "61400400401")
    clock.shift(timedelta(days=1))
    deliver()
    assert Recipient.objects.filter(state="delivered").count() == 3


def test_what_waits_is_taken_back_and_nothing_is_sent(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    location = send(api, to=mri.of_list(night))
    assert api("DELETE", location).status == 204
    clock.move_to(DUE)
    deliver()
    assert Message.objects.get().state == "cancelled"
    assert api("GET", location).status == 404


@pytest.mark.parametrize("is_on_a_list", [True, False])
def test_what_is_taken_back_is_repeated_no_more(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver, is_on_a_list: bool
) -> None:
    to = mri.of_list(night) if is_on_a_list else f"{PHONE},ann@example.org"
    email = {"body": "Hi"}
    location = send(api, to=to, email=email, scheduleType="REPEAT", repetitionCount=3, repeatDays=1)
    other = send(api, to=to, email=email, scheduleType="REPEAT", repetitionCount=2, repeatDays=1)
    clock.move_to(DUE)
    deliver()
    assert api("DELETE", location).status == 204
    left = api("GET", "/messages").json["messages"]
    assert len(left) == 2
    assert left[-1]["link"][0]["uri"] == other
    clock.shift(timedelta(days=3))
    deliver()
    sent = Recipient.objects.filter(address=f"+{PHONE}").exclude(state="cancelled")
    assert list(sent.values_list("state", flat=True)) == ["delivered"] * 3


def test_a_repetition_is_taken_back_alone(api: Api, clock: time_machine.Traveller) -> None:
    send(api, to=PHONE, scheduleType="REPEAT", repetitionCount=3, repeatDays=1)
    latest = api("GET", "/messages").json["messages"][0]["link"][0]["uri"]
    assert api("DELETE", latest).status == 204
    assert len(api("GET", "/messages").json["messages"]) == 2


def test_a_list_that_is_gone_when_the_time_has_come_fails_and_says_so(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    location = send(api, to=mri.of_list(night))
    night.delete()
    clock.move_to(DUE)
    deliver()
    [line] = lines(api, location)
    assert (told(line)[0], "no list with this MRI" in line["info"]) == ("FAILED", True)
    assert Message.objects.get().timeline.get().code == "recipient"


def test_counters_that_do_not_answer_when_the_time_has_come_are_asked_again(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = send(api, to=mri.of_list(night))
    clock.move_to(DUE)
    with monkeypatch.context() as silent:
        silent.setattr("messaging.allowance.messages.reserve", _nobody_answers)
        delivery.deliver_due()
    assert Message.objects.get().state == "accepted"
    clock.shift(timedelta(minutes=1))
    deliver()
    assert [told(line)[0] for line in lines(api, location)] == ["DELIVRD"]


def _nobody_answers(*_: object) -> None:
    raise Denied(Denial.RATE_LIMITED, "The counters do not answer.", retry_after=1)


def test_a_template_is_read_then_too(api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver) -> None:
    id = template(api, body="First")
    send(api, to=mri.of_list(night), subject=None, body=None, messageTemplateId=id)
    change = {"messageTemplateName": "Roster", "subject": "Roster", "body": "Second"}
    assert api("PUT", f"/templates/{id}", change, kind="template").status == 204
    clock.move_to(DUE)
    deliver()
    assert Message.objects.get(recipients__address=f"+{PHONE}").content == {"body": "Roster\nSecond"}


def test_a_bulk_message_waits_as_one_and_its_email_keeps_its_files(
    api: Api, clock: time_machine.Traveller, deliver: Deliver, mailoutbox: list[Any]
) -> None:
    resources = {"attachment": [{"attachmentName": "a.csv", "derefUri": FILE}]}
    email = {"body": "For @@name@@", "resources": resources}
    location = send(api, to=None, resource={"resourceId": resource(api)}, email=email)
    assert (Message.objects.count(), FILE in str(Message.objects.get().context)) == (1, False)
    clock.move_to(DUE)
    deliver()
    [letter] = mailoutbox
    assert (letter.body, letter.attachments[0][0]) == ("For Ann", "a.csv")
    assert len(lines(api, location)) == 4


def test_files_are_kept_until_a_late_message_is_sent(
    api: Api, night: Segment, clock: time_machine.Traveller, deliver: Deliver, mailoutbox: list[Any]
) -> None:
    resources = {"attachment": [{"attachmentName": "a.csv", "derefUri": FILE}]}
    send(api, to=mri.of_list(night), email={"body": "Hi", "resources": resources}, scheduleDate="05/09/2026 08:30")
    clock.move_to(datetime(2026, 9, 5, 8, 31, tzinfo=UTC))
    prune_media()
    deliver()
    assert mailoutbox[0].attachments[0][0] == "a.csv"


def test_a_sandbox_key_stays_in_the_sandbox_when_it_runs(
    make: Make, night: Segment, clock: time_machine.Traveller, deliver: Deliver, mailoutbox: list[Any]
) -> None:
    sandbox = make(type="sandbox")
    location = send(sandbox, to=mri.of_list(night), email={"body": "Hi"})
    clock.move_to(DUE)
    deliver()
    assert not mailoutbox
    assert told(lines(sandbox, location)[0], "email")[0] == "DELIVRD"


def test_numbers_and_addresses_are_known_at_once(api: Api, clock: time_machine.Traveller) -> None:
    location = send(api, to=f"{PHONE},61400400401", scheduleType="REPEAT", repetitionCount=3, repeatHrs=1)
    assert Recipient.objects.count() == 6
    assert {told(line) for line in lines(api, location)} == {("PENDING", PHONE), ("PENDING", "61400400401")}


def test_what_is_wrong_is_said_when_it_is_scheduled(api: Api, clock: time_machine.Traveller) -> None:
    for wrong in (
        {"to": "Nobody.7@List.whispir.com"},
        {"messageTemplateName": "None"},
        {"resource": {"resourceId": "x"}},
        {"to": "Nobody", "body": "x" * 1600},
    ):
        assert api.send(**{**TOMORROW, **wrong}).status == 422, wrong
    assert not Message.objects.exists()


def test_repeats_beyond_the_end_of_all_calendars_are_refused(api: Api, clock: time_machine.Traveller) -> None:
    never = {"scheduleType": "REPEAT", "repetitionCount": 100, "repeatDays": 99_999}
    assert api.send(**{**TOMORROW, **never}).status == 422
    assert not Message.objects.exists()
