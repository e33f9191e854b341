"""Accepting a message: what is stored, what is refused, and what a repeat gets."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account
from messaging import committer, ids
from messaging.drafting import Draft, Sender
from messaging.errors import Refusal, Refused
from messaging.idempotency import COLUMNS, Key
from messaging.models import IdempotencyKey, Message, OptOut, Recipient, UsageDay
from messaging.sending import Accepted, accept, accept_many, cancel
from tests.messaging.conftest import Deliver, Send
from tokens.errors import Denial, Denied

Submit = Callable[..., Accepted]
SPACE = "POST /v1/messages"


def refusal_of(call: Callable[[], object]) -> Refusal:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.refusal


def test_an_accepted_message_waits_for_the_sandbox_until_another_device_is_linked(send: Send, sender: Sender) -> None:
    message = send("+966 50 000-0142", "Hello")
    assert message.device is not None
    assert (message.state, message.device.transport, message.content) == ("accepted", "sandbox", {"body": "Hello"})
    assert message.token == sender.token
    recipient = message.recipients.get()
    assert recipient.address == "+966500000142"
    assert recipient.due_at is not None
    assert abs(message.created_at - timezone.now()) < timedelta(seconds=5)


def test_every_column_without_a_database_default_is_written_by_the_committer() -> None:
    for model, named in (
        (Message, committer.MESSAGE),
        (Recipient, committer.RECIPIENT),
        (IdempotencyKey, COLUMNS),
    ):
        needed = {field.name for field in model._meta.concrete_fields if not field.has_db_default()}
        assert needed <= set(named), model


def test_a_list_of_numbers_is_one_message_with_a_recipient_each(send: Send) -> None:
    message = send(["+966500000142", "+966500000143"])
    assert [r.address for r in message.recipients.all()] == ["+966500000142", "+966500000143"]
    assert UsageDay.objects.get().accepted == 2


def test_recipients_await_an_answer_where_their_message_says_so(sender: Sender) -> None:
    waiting = Draft(["+966500000142", "+966500000143"], "text", {"body": "Coming?"}, awaits_answer=True)
    accept_many(sender, [waiting, Draft(["+966500000144"], "text", {"body": "Hello"})])
    assert [row.awaits_answer for row in Recipient.objects.order_by("address")] == [True, True, False]


def test_a_number_twice_in_one_list_is_refused_and_nothing_is_stored(submit: Submit) -> None:
    assert refusal_of(lambda: submit(["+966500000142", "966 500 000 142"])) == Refusal.INVALID
    assert not Message.objects.exists()


def test_one_bad_message_in_a_bulk_stores_none(sender: Sender) -> None:
    good = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    bad = Draft(to=["nobody"], kind="text", body={"body": "Hello"})
    assert refusal_of(lambda: accept_many(sender, [good, bad])) == Refusal.RECIPIENT
    assert not Message.objects.exists()


def test_a_repeat_gets_the_first_messages_id(submit: Submit) -> None:
    key = Key(SPACE, "k1", b"{}")
    first, second = submit(key=key), submit(key=key)
    assert second == Accepted(first.first_id, 1, is_repeat=True)
    assert Message.objects.count() == 1
    assert UsageDay.objects.get().accepted == 1


def test_the_same_key_with_another_body_is_refused(submit: Submit) -> None:
    submit(key=Key(SPACE, "k1", b"a"))
    assert refusal_of(lambda: submit(key=Key(SPACE, "k1", b"b"))) == Refusal.KEY_REUSED


def test_the_same_key_on_another_path_or_in_another_account_is_another_key(
    submit: Submit, sender: Sender, other: Account
) -> None:
    submit(key=Key(SPACE, "k1", b""))
    submit(key=Key("POST /v2/messages", "k1", b""))
    draft = Draft(to=["+966500000142"], kind="text", body={"body": "Hello"})
    accept(Sender.from_person(other), draft, key=Key(SPACE, "k1", b""))
    assert Message.objects.count() == 3


def test_a_key_may_be_used_anew_once_its_time_is_over(submit: Submit) -> None:
    first = submit(key=Key(SPACE, "k1", b""))
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    second = submit(key=Key(SPACE, "k1", b""))
    assert not second.is_repeat
    assert second.first_id > first.first_id


def test_a_key_that_lives_as_long_as_its_message_refuses_every_repeat(submit: Submit) -> None:
    key = Key("client", "mine", b"", lifetime=None)
    submit(key=key)
    assert refusal_of(lambda: submit(key=key)) == Refusal.DUPLICATE_ID


def test_a_repeat_is_answered_even_where_the_same_request_would_now_be_refused(
    submit: Submit, sender: Sender, acme: Account
) -> None:
    key = Key(SPACE, "k1", b"{}")
    first = submit(key=key)
    OptOut.objects.create(account=acme, address="+966500000142")
    sender.account.has_opt_outs = True
    sender.account.plan.messages_per_day = 1
    assert submit(key=key) == Accepted(first.first_id, 1, is_repeat=True)
    assert refusal_of(lambda: submit(key=Key(SPACE, "k1", b"other"))) == Refusal.KEY_REUSED


def test_a_repeat_and_a_refusal_take_nothing_of_the_daily_limit(submit: Submit, sender: Sender) -> None:
    sender.account.plan.messages_per_day = 2
    key = Key(SPACE, "k1", b"")
    for _ in range(5):
        submit(key=key)
    assert refusal_of(lambda: submit("nobody")) == Refusal.RECIPIENT
    submit()
    with pytest.raises(Denied) as caught:
        submit()
    assert caught.value.denial == Denial.DAILY_LIMIT
    assert Message.objects.count() == 2


def test_accepting_inside_a_transaction_is_a_mistake_that_is_named(submit: Submit, settings: Settings) -> None:
    settings.GATEWAY_COMMIT_INLINE = False
    with pytest.raises(RuntimeError, match="outside of transactions"):
        submit()


def test_a_message_that_waits_can_be_cancelled_once(send: Send, deliver: Deliver) -> None:
    message = send(scheduled_at=timezone.now() + timedelta(hours=1))
    assert cancel(message, by=COMMAND).state == "cancelled"
    assert refusal_of(lambda: cancel(message, by=COMMAND)) == Refusal.NOT_PENDING
    deliver()
    message.refresh_from_db()
    assert message.state == "cancelled"


def test_a_delivered_message_cannot_be_cancelled(send: Send, deliver: Deliver) -> None:
    message = send()
    deliver()
    assert refusal_of(lambda: cancel(message, by=COMMAND)) == Refusal.NOT_PENDING


def test_who_wrote_stop_gets_no_more_messages(submit: Submit, acme: Account, sender: Sender) -> None:
    OptOut.objects.create(account=acme, address="+966500000142")
    sender.account.has_opt_outs = True
    assert refusal_of(submit) == Refusal.OPTED_OUT
    submit("+966500000143")


def test_a_message_may_not_expire_before_it_is_sent(submit: Submit) -> None:
    now = timezone.now()
    assert refusal_of(lambda: submit(expires_at=now)) == Refusal.IN_THE_PAST
    later = {"scheduled_at": now + timedelta(hours=2), "expires_at": now + timedelta(hours=1)}
    assert refusal_of(lambda: submit(**later)) == Refusal.IN_THE_PAST


def test_ids_increase_and_carry_their_time() -> None:
    drawn = [ids.new_ids() for _ in range(1000)]
    assert drawn == sorted(set(drawn))
    assert ids.first_at(ids.time_of(drawn[0])) <= drawn[0]
    assert ids.new_ids(10) > drawn[-1]
    assert ids.from_base62(ids.to_base62(drawn[0])) == drawn[0]
