"""Who a message goes to: contacts, users and lists by their MRIs, addresses, and those that cannot be reached."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, User
from messaging.dialects.whispir import mri
from messaging.models import Contact, Message, OptOut, Recipient, Segment, SegmentMember, Workspace
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whispir.conftest import PHONE, Api, Make
from tokens.models import ApiLogin

OTHER_PHONE = "61400400401"


def contact(account: Account, first: str = "Ana", number: str = PHONE, **more: Any) -> Contact:
    address = f"+{number}" if number else ""
    fields: dict[str, Any] = {"email": f"{first.lower()}@example.org", "may_repeat": True, "last_name": "Roe", **more}
    return Contact.objects.create(account=account, first_name=first, address=address, **fields)


def listed(account: Account, name: str, *contacts: Contact, **more: Any) -> Segment:
    made = Segment.objects.create(account=account, name=name, **more)
    SegmentMember.objects.bulk_create([SegmentMember(segment=made, contact=each) for each in contacts])
    return made


def lines(api: Api, location: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api("GET", f"{location}/messagestatus?view=detailed&limit=0").json["messageStatuses"]
    return found


def texts() -> set[str]:
    return {message.content["body"] for message in Message.objects.all()}


def told(line: dict[str, Any], channel: str = "sms") -> tuple[str, str]:
    return next((way["status"], way["destination"]) for way in line["status"] if way["type"] == channel)


def test_a_contacts_own_values_fill_the_text(api: Api, acme: Account, deliver: Deliver) -> None:
    ana = contact(acme, fields={"role1": "Nurse", "teamName1": "Night"})
    body = "@@first_name@@ @@firstName@@ @@LAST_NAME@@ @@recipient_sms@@ @@recipient_role@@ @@team_name1@@ @@nobody@@"
    location = api.send(to=mri.of_contact(ana), subject="Hi", body=body).headers["Location"]
    assert texts() == {f"Hi\nAna Ana Roe {PHONE} Nurse Night @@nobody@@"}
    deliver()
    [line] = lines(api, location)
    assert (line["name"], told(line)) == ("Ana Roe", ("DELIVRD", PHONE))


def test_people_of_a_list_get_their_own_texts_and_one_message_shows_for_all(api: Api, acme: Account) -> None:
    night = listed(acme, "Night shift", contact(acme), contact(acme, "Bo", OTHER_PHONE))
    location = api.send(to=f"{mri.of_list(night)},61400400402", body="Dear @@first_name@@").headers["Location"]
    assert texts() == {"Hello\nDear Ana", "Hello\nDear Bo", "Hello\nDear @@first_name@@"}
    assert len(api("GET", "/messages").json["messages"]) == 1
    assert [line["name"] for line in lines(api, location)] == ["Ana Roe", "Bo Roe", "61400400402"]
    shown = api("GET", location).json
    assert shown["to"] == f"{mri.of_list(night)},61400400402"
    assert shown["body"] == "Dear @@first_name@@"


def test_people_with_the_same_text_share_a_message(api: Api, acme: Account) -> None:
    night = listed(acme, "Night shift", *(contact(acme, f"P{n}", f"6140040{n:04}") for n in range(450)))
    location = api.send(to=mri.of_list(night)).headers["Location"]
    assert (Message.objects.count(), Recipient.objects.count()) == (3, 450)
    assert len(lines(api, location)) == 450
    page = api("GET", f"{location}/messagestatus?view=detailed&offset=440").json
    assert page["status"] == "441 to 450 of 450    "
    summary = api("GET", f"{location}/messagestatus").json["messageStatuses"][0]["categories"]
    assert {row["name"]: row["recipientCount"] for row in summary}["Pending"] == 450


def test_the_same_person_is_written_to_once(api: Api, acme: Account) -> None:
    ana = contact(acme)
    one, two = listed(acme, "One", ana), listed(acme, "Two", ana, contact(acme, "Bo", OTHER_PHONE))
    api.send(to=f"{PHONE};{mri.of_list(one)};{mri.of_list(two)};{mri.of_contact(ana)},+{OTHER_PHONE}")
    assert sorted(Recipient.objects.values_list("address", flat=True)) == [f"+{PHONE}", f"+{OTHER_PHONE}"]


def test_a_list_is_known_by_its_bare_name_and_by_an_mri_without_a_number(api: Api, acme: Account) -> None:
    listed(acme, "Night shift", contact(acme))
    assert api.send(to="Night shift").status == 202
    assert api.send(to="Night_shift.company@list.company.whispir.sg").status == 202
    refused = api.send(to="Day shift")
    assert (refused.status, "Day shift" in refused.json["errorText"]) == (422, True)


def test_an_mri_means_the_same_person_after_a_new_name(api: Api, acme: Account) -> None:
    ana = contact(acme)
    old = mri.of_contact(ana)
    Contact.objects.update(first_name="Anna")
    location = api.send(to=old, body="Dear @@first_name@@").headers["Location"]
    assert texts() == {"Hello\nDear Anna"}
    assert lines(api, location)[0]["name"] == "Anna Roe"


def test_a_user_gets_what_goes_by_email(api: Api, alice: User, acme: Account) -> None:
    location = api.send(to=mri.of_user(alice), email={"body": "Dear @@first_name@@"}).headers["Location"]
    [line] = lines(api, location)
    assert line["name"] == "Alice Ames"
    assert told(line, "email") == ("PENDING", alice.email)
    assert told(line) == ("", "")
    [message] = Message.objects.all()
    assert (message.channel, message.content["body"]) == ("email", "Dear Alice")


def test_who_is_not_known_fails_beside_those_who_are(api: Api, deliver: Deliver) -> None:
    stranger = "John_Wick.3068491@Contact.us.whispir.com"
    location = api.send(to=f"{stranger},{PHONE}").headers["Location"]
    deliver()
    known, unknown = lines(api, location)
    assert told(known) == ("DELIVRD", PHONE)
    assert (unknown["name"], told(unknown)) == (stranger, ("FAILED", ""))
    assert "no contact with this MRI" in unknown["info"]
    lost = Recipient.objects.get(address=stranger)
    assert (lost.state, lost.error) == ("failed", "unknown_recipient")
    assert lost.message.timeline.get().code == "unknown_recipient"


@pytest.mark.parametrize(
    "to",
    [
        "John_Wick.3068491@Contact.us.whispir.com",
        "Nobody.7@List.whispir.com",
        "Nobody@User.whispir.com",
        "Nobody.1@Contact.a,Somebody.2@Contact.b",
    ],
)
def test_where_nobody_is_known_the_message_is_refused(api: Api, to: str) -> None:
    refused = api.send(to=to)
    assert (refused.status, "MRI" in refused.json["errorText"]) == (422, True)
    assert not Message.objects.exists()


def test_an_empty_list_is_accepted_and_says_so(api: Api, acme: Account, deliver: Deliver) -> None:
    answer = api.send(to=mri.of_list(listed(acme, "Nobody")))
    assert answer.status == 202
    deliver()
    [line] = lines(api, answer.headers["Location"])
    assert (line["info"], told(line)[0]) == ("Nobody is on this list.", "FAILED")


def test_a_disabled_contact_and_a_channel_that_is_not_wanted_are_skipped(
    api: Api, acme: Account, deliver: Deliver
) -> None:
    gone = contact(acme, is_active=False)
    mute = contact(acme, "Bo", OTHER_PHONE, details={"options": [{"channel": "sms", "enabled": False}]})
    location = api.send(to=f"61400400402,{mri.of_contact(gone)},{mri.of_contact(mute)}").headers["Location"]
    deliver()
    infos = {line["name"]: line["info"] for line in lines(api, location)}
    assert infos == {
        "61400400402": "",
        "Ana Roe": "This contact is disabled.",
        "Bo Roe": "There is no address for what the message has: SMS.",
    }
    assert set(Recipient.objects.exclude(state="failed").values_list("address", flat=True)) == {"+61400400402"}


def test_a_contact_is_reached_where_its_options_say(api: Api, acme: Account) -> None:
    options = [{"channel": "sms", "enabled": True, "primary": "WorkMobilePhone2", "secondary": "PersonalMobilePhone1"}]
    ana = contact(acme, details={"options": options}, fields={"personalMobilePhone1": "61 400 400 409"})
    api.send(to=mri.of_contact(ana))
    assert Recipient.objects.get().address == "+61400400409"


def test_someone_on_a_list_who_wrote_stop_is_skipped_and_one_alone_is_refused(
    api: Api, acme: Account, deliver: Deliver
) -> None:
    ana, bo = contact(acme), contact(acme, "Bo", OTHER_PHONE)
    OptOut.objects.create(account=acme, address=f"+{PHONE}")
    Account.objects.update(has_opt_outs=True)
    location = api.send(to=mri.of_list(listed(acme, "Both", ana, bo))).headers["Location"]
    deliver()
    both = {line["name"]: (told(line)[0], line["info"]) for line in lines(api, location)}
    assert both["Bo Roe"] == ("DELIVRD", "")
    assert both["Ana Roe"] == ("FAILED", "This person wrote STOP and gets no more messages.")
    alone = api.send()
    assert (alone.status, "STOP" in alone.json["errorText"]) == (422, True)


def test_lists_and_contacts_belong_to_their_workspace(api: Api, acme: Account) -> None:
    place = api("POST", "/workspaces", {"projectName": "Ops", "status": "A"}, kind="workspace").headers["Location"]
    ops = Workspace.objects.get()
    inside, outside = contact(acme, workspace=ops), contact(acme, "Bo", OTHER_PHONE)
    of_ops = listed(acme, "Crisis", inside, workspace=ops)
    message = {"subject": "Hi", "body": "Dear @@first_name@@"}
    sent = api("POST", f"{place}/messages", {**message, "to": mri.of_list(of_ops)})
    assert sent.status == 202
    assert texts() == {"Hi\nDear Ana"}
    assert api("POST", f"{place}/messages", {**message, "to": mri.of_contact(inside)}).status == 202
    elsewhere = api.send(to=mri.of_list(of_ops))
    assert (elsewhere.status, "another workspace" in elsewhere.json["errorText"]) == (422, True)
    assert api("POST", f"{place}/messages", {**message, "to": mri.of_contact(outside)}).status == 422
    assert api.send(to=mri.of_contact(inside)).status == 422


@pytest.mark.parametrize(
    ("wrong", "named"), [("12", "12"), ("Nobody's list", "Nobody's list"), ("x@", "x@"), ("9" * 200, "9" * 100 + " ")]
)
def test_the_one_of_many_that_is_wrong_is_named(api: Api, wrong: str, named: str) -> None:
    many = ",".join(f"6140040{n:04}" for n in range(200))
    refused = api.send(to=f"{many},{wrong},61400400400")
    assert refused.status == 422
    for said in (refused.json["errorText"], refused.json["errorSummary"]):
        assert said.startswith(named)
        assert len(said) < 200


def test_a_stranger_reaches_nobody_of_ours(api: Api, make: Make, acme: Account, other: Account, alice: User) -> None:
    ana, night = contact(acme), listed(acme, "Night shift")
    stranger = make(other)
    for to in (mri.of_contact(ana), mri.of_list(night), mri.of_user(alice), "Night shift"):
        answer = stranger.send(to=to, email={"body": "Hi"})
        assert answer.status == 422, to
        assert "another workspace" not in answer.json["errorText"]
    assert not Message.objects.exists()


def test_a_program_is_written_to_as_the_person_who_made_its_login(api: Api, alice: User) -> None:
    ApiLogin.objects.update(created_by=alice)
    location = api.send().headers["Location"]
    sender = api("GET", location).json["from"]
    api.send(to=sender, email={"body": "Hi"})
    assert Recipient.objects.filter(address=alice.email).exists()


def test_in_xml_every_person_is_a_line_too(api: Api, acme: Account) -> None:
    body = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
        <ns2:message xmlns:ns2="http://schemas.api.whispir.com"><to>{mri.of_contact(contact(acme))};{OTHER_PHONE}</to>
        <subject>Hi</subject><body>Dear @@first_name@@</body></ns2:message>""".encode()
    kind = "application/vnd.whispir.message-v1+xml"
    sent = api("POST", "/messages", body, accept=kind, content_type=kind)
    assert sent.status == 202
    status = "application/vnd.whispir.messagestatus-v1+xml"
    read = api("GET", f"{sent.headers['Location']}/messagestatus?view=detailed", accept=status).xml
    assert sorted(node.text or "" for node in read.iter("name")) == [OTHER_PHONE, "Ana Roe"]


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    to=st.lists(
        st.one_of(
            st.sampled_from((PHONE, "a@b.example", "A.1@Contact.x", "A.1@List.x", "A.b@list.company.x", "A@User.x")),
            st.text(max_size=40),
            st.from_regex(
                r"[A-Za-z_.]{0,20}[0-9]{0,22}@(Contact|List|User|list\.project)\.[a-z.]{1,9}", fullmatch=True
            ),
        ),
        max_size=6,
    ),
    separator=st.sampled_from((",", ";", " ; ")),
)
def test_whatever_stands_in_to_is_accepted_or_refused(api: Api, to: list[str], separator: str) -> None:
    answer = api.send(to=separator.join(to), email={"body": "Hi"})
    assert answer.status in (202, 400, 422), answer.raw
