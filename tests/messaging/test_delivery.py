"""What becomes of an accepted message: the sandbox's numbers, retries, reports, leases and the timeline."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.audit import COMMAND
from accounts.models import Account
from accounts.opening import resume_account, suspend_account
from messaging import delivery, receiving, states, timeline, working
from messaging.idempotency import Key
from messaging.models import Device, IdempotencyKey, Message, OptOut, Recipient, UsageDay
from messaging.states import State
from messaging.transport import Outgoing, Receipt, Report
from messaging.transports import sandbox
from tests.messaging.conftest import Deliver, Send


def events(message: Message) -> list[str]:
    return [moment.event for moment in timeline.of(Message.objects.get(pk=message.pk))]


def state(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def test_a_message_is_sent_and_then_delivered(send: Send, deliver: Deliver) -> None:
    message = send()
    deliver()
    assert state(message) == "delivered"
    assert events(message) == ["accepted", "sent", "delivered"]
    assert Recipient.objects.get().due_at is None
    assert UsageDay.objects.get().delivered == 1


@pytest.mark.parametrize(
    ("number", "ends", "story"),
    [
        (sandbox.FAILS, "failed", ["accepted", "failed"]),
        (sandbox.FAILS_ONCE, "delivered", ["accepted", "retry", "sent", "delivered"]),
        (sandbox.STAYS_SENT, "sent", ["accepted", "sent"]),
        (sandbox.REPORTS_TWICE, "delivered", ["accepted", "sent", "delivered", "late_delivered"]),
        (sandbox.REPORTS_OUT_OF_ORDER, "delivered", ["accepted", "processing", "delivered", "late_sent"]),
        (sandbox.ANSWERS, "delivered", ["accepted", "sent", "delivered"]),
        (sandbox.IS_READ, "read", ["accepted", "sent", "delivered", "read"]),
        (sandbox.SENDS_STOP, "delivered", ["accepted", "sent", "delivered"]),
    ],
)
def test_each_of_the_sandbox_numbers_does_what_it_says(
    send: Send, deliver: Deliver, number: str, ends: str, story: list[str]
) -> None:
    message = send(number)
    deliver()
    assert (state(message), events(message)) == (ends, story)


def test_every_sandbox_number_is_told_about() -> None:
    assert set(sandbox._NEWS) < set(sandbox.MAGIC)
    assert len(sandbox.MAGIC) == 8


def test_a_failure_says_why_on_the_message_and_counts(send: Send, deliver: Deliver) -> None:
    message = send(sandbox.FAILS)
    deliver()
    recipient = message.recipients.get()
    assert (recipient.error, recipient.error_detail) == ("SANDBOX_FAILED", "This sandbox number always fails.")
    assert UsageDay.objects.get().failed == 1


def test_an_answer_arrives_as_a_message(send: Send, deliver: Deliver) -> None:
    send(sandbox.ANSWERS, "Are you there?")
    deliver()
    answer = Message.objects.get(direction="in")
    assert (answer.to, answer.content, answer.state) == (sandbox.ANSWERS, {"body": "Echo: Are you there?"}, "received")


def test_an_answer_comes_by_the_channel_it_answers(send: Send, deliver: Deliver) -> None:
    send(sandbox.ANSWERS, channel="sms")
    deliver()
    assert Message.objects.get(direction="in").channel == "sms"


def test_stop_opts_a_person_out_and_start_lets_them_in_again(send: Send, deliver: Deliver, acme: Account) -> None:
    device = send(sandbox.SENDS_STOP).device
    assert device is not None
    deliver()
    acme.refresh_from_db()
    assert acme.has_opt_outs
    assert OptOut.objects.get().address == sandbox.SENDS_STOP
    assert events(Message.objects.get(direction="in")) == ["received", "opted_out"]
    receiving.record_inbound(
        device=device, sender=sandbox.SENDS_STOP, kind="text", content={"body": " Start. "}, channel="sms"
    )
    assert not OptOut.objects.exists()


def test_a_message_that_failed_for_now_is_tried_again_later(send: Send, settings: object) -> None:
    message = send(sandbox.FAILS_ONCE)
    delivery.deliver_due()
    recipient = message.recipients.get()
    assert (recipient.state, recipient.attempts) == ("accepted", 1)
    assert recipient.due_at is not None
    assert timedelta(seconds=1) < recipient.due_at - timezone.now() < timedelta(seconds=3)


def test_a_transport_that_breaks_is_tried_again_and_given_up_with_a_reason(
    send: Send, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sandbox.Transport, "send", broken)
    message = send()
    deliver()
    assert state(message) == "failed"
    assert events(message) == ["accepted", *["retry"] * len(delivery.RETRY_AFTER), "failed"]
    assert message.recipients.get().error_detail == "The gateway failed: ZeroDivisionError."


def test_a_message_whose_device_was_unlinked_fails_and_says_so(send: Send, deliver: Deliver) -> None:
    message = send()
    assert message.device is not None
    message.device.removed_at = timezone.now()
    message.device.save()
    deliver()
    assert message.recipients.get().error == "device_removed"


def test_a_message_whose_time_ran_out_is_not_sent(send: Send, deliver: Deliver) -> None:
    message = send(expires_at=timezone.now() + timedelta(hours=1))
    Message.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    deliver()
    assert state(message) == "expired"


def test_a_scheduled_message_waits_for_its_time(send: Send, deliver: Deliver) -> None:
    message = send(scheduled_at=timezone.now() + timedelta(hours=1))
    deliver()
    assert state(message) == "accepted"
    Recipient.objects.update(due_at=timezone.now())
    deliver()
    assert state(message) == "delivered"


def test_urgent_messages_overtake(send: Send) -> None:
    send("+966500000001")
    urgent = send("+966500000002", priority=100)
    assert Recipient.objects.claim(limit=1, lease=delivery.LEASE) == [urgent.recipients.get().pk]


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(send: Send) -> None:
    send()
    assert len(Recipient.objects.claim(limit=10, lease=timedelta(seconds=60))) == 1
    assert Recipient.objects.claim(limit=10, lease=timedelta(seconds=60)) == []
    Recipient.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert len(Recipient.objects.claim(limit=10, lease=timedelta(seconds=60))) == 1


def test_reports_never_move_a_message_back(send: Send, deliver: Deliver) -> None:
    message = send()
    deliver()
    recipient = message.recipients.get()
    receiving.record_reports([Report(recipient.pk, State.SENT), Report(recipient.pk, State.FAILED, "X", "late")])
    assert state(message) == "delivered"
    assert events(message)[-2:] == ["late_sent", "late_failed"]
    receiving.record_reports([Report(recipient.pk, State.READ)])
    assert state(message) == "read"


def test_a_message_to_several_is_as_far_as_the_slowest_that_did_not_fail(send: Send, deliver: Deliver) -> None:
    message = send([sandbox.STAYS_SENT, sandbox.FAILS, "+966500000142"])
    deliver()
    assert state(message) == "sent"
    assert sorted(message.recipients.values_list("state", flat=True)) == ["delivered", "failed", "sent"]


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize("then", State)
def test_nothing_follows_itself_and_nothing_returns(now: State, then: State) -> None:
    if states.may_follow(now, then):
        assert not states.may_follow(then, now)


def test_pruning_forgets_only_keys_whose_time_is_over(send: Send) -> None:
    send(key=Key("a", "old", b""))
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    send(key=Key("a", "young", b""))
    send(key=Key("a", "lasting", b"", lifetime=None))
    assert working.prune() == 1
    assert IdempotencyKey.objects.count() == 2


def test_who_wrote_stop_gets_nothing_that_was_waiting_either(send: Send, deliver: Deliver, acme: Account) -> None:
    message = send()
    OptOut.objects.create(account=acme, address="+966500000142")
    Account.objects.update(has_opt_outs=True)
    deliver()
    assert (state(message), message.recipients.get().error) == ("failed", "opted_out")


def test_an_outcome_that_cannot_be_written_does_not_undo_the_others(
    send: Send, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwritable(self: object, device: object, message: Outgoing) -> Receipt:
        reference = object() if message.address == "+966500000001" else "fine"
        return Receipt(state=State.DELIVERED, reference=reference)  # type: ignore[arg-type]  # a transport's mistake

    monkeypatch.setattr(sandbox.Transport, "send", unwritable)
    poison, fine = send("+966500000001"), send("+966500000002")
    deliver()
    assert (state(poison), state(fine)) == ("failed", "delivered")
    assert poison.recipients.get().error_detail == "The gateway could not write down what its device said."


def test_a_sent_message_is_not_called_failed_because_nobody_can_say_what_became_of_it(
    send: Send, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sandbox.Transport, "check", broken)
    message = send()
    deliver()
    assert events(message) == ["accepted", "sent", "unreported"]
    due_at = message.recipients.get().due_at
    assert due_at is not None
    assert due_at > timezone.now() + timedelta(minutes=4)


def test_a_sent_message_stays_sent_when_its_device_is_unlinked(send: Send, deliver: Deliver) -> None:
    message = send()
    delivery.deliver_due()
    assert message.device is not None
    Device.objects.update(removed_at=timezone.now())
    Recipient.objects.update(due_at=timezone.now())
    deliver()
    assert (state(message), message.recipients.get().due_at) == ("sent", None)


def test_a_message_that_is_read_at_once_counts_as_delivered_once(send: Send, deliver: Deliver) -> None:
    recipient = send(sandbox.STAYS_SENT).recipients.get()
    deliver()
    receiving.record_reports([Report(recipient.pk, State.DELIVERED), Report(recipient.pk, State.READ)])
    receiving.record_reports([Report(recipient.pk, State.READ)])
    assert UsageDay.objects.get().delivered == 1


def test_what_a_late_worker_says_does_not_put_an_ended_message_back_on_the_queue(send: Send) -> None:
    recipient = send().recipients.get()
    timeline.record([timeline.Step(recipient.pk, State.CANCELLED)])
    timeline.record([timeline.Step(recipient.pk, State.SENT, due_at=timezone.now())])
    recipient.refresh_from_db()
    assert (recipient.state, recipient.due_at) == ("cancelled", None)


def test_a_key_that_was_taken_anew_is_not_pruned(send: Send) -> None:
    send(key=Key("a", "k", b""))
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    send(key=Key("a", "k", b""))
    assert working.prune() == 0
    assert IdempotencyKey.objects.count() == 1


def test_a_suspended_accounts_messages_wait_until_it_is_resumed(acme: Account, send: Send, deliver: Deliver) -> None:
    message = send()
    suspend_account(acme, by=COMMAND)
    deliver()
    assert events(message) == ["accepted"]
    resume_account(acme, by=COMMAND)
    with time_machine.travel(timezone.now() + delivery.ASK_AGAIN):
        deliver()
    assert state(message) == "delivered"
