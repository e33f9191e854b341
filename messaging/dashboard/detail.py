"""What one message's page shows beside the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Can
from messaging import content, dialect, segments, templating, timeline
from messaging.dashboard import wording
from messaging.dashboard.webhooks.of_message import calls
from messaging.models import Broadcast, Channel, Direction, Message, Recipient
from messaging.routing import SANDBOX
from messaging.states import FINAL, State
from messaging.timeline import Moment

MOST_STEPS = 200
MOST_RECIPIENTS = 100
_FRESH = timedelta(minutes=1)  # how long a message is looked at often


@dataclass(frozen=True)
class Detail:
    """One message as its page shows it to a member."""

    message: Message
    viewer: Membership

    @cached_property
    def recipients(self) -> list[Recipient]:
        return list(self.message.recipients.all())

    @property
    def listed(self) -> list[tuple[Recipient, wording.Word]]:
        """The recipients with their states, where there are several."""
        shown = self.recipients[:MOST_RECIPIENTS] if len(self.recipients) > 1 else []
        return [(row, wording.STATES[row.state]) for row in shown]

    @property
    def unlisted(self) -> int:
        return max(0, len(self.recipients) - MOST_RECIPIENTS)

    @property
    def address(self) -> str:
        return self.recipients[0].address if self.recipients else ""

    @property
    def others(self) -> int:
        return max(0, len(self.recipients) - 1)

    @property
    def state(self) -> wording.Word:
        return wording.STATES[self.message.state]

    @property
    def is_inbound(self) -> bool:
        return self.message.direction == Direction.IN

    @property
    def is_sandbox(self) -> bool:
        return bool(self.message.device and self.message.device.transport == SANDBOX)

    @property
    def may_cancel(self) -> bool:
        waits = all(row.state == State.ACCEPTED and not row.attempts for row in self.recipients)
        return waits and not self.is_inbound and self.viewer.may(Can.SEND)

    @property
    def may_send_again(self) -> bool:
        is_text = self.message.kind == "text" and len(self.recipients) == 1
        return is_text and not self.is_inbound and self.viewer.may(Can.SEND)

    @cached_property
    def text(self) -> str:
        message, words = self.message, ""
        if message.kind == "template":
            words = templating.words(self.viewer.account, message.content)
        return words or content.summary(message.kind, message.content)

    @property
    def size(self) -> str:
        """How long a text is, and what it takes as SMS."""
        if self.message.kind != "text":
            return f"{self.message.get_channel_display()}, {self.message.kind}"
        counted = segments.count(self.text)
        parts = f"{counted.parts} part{'' if counted.parts == 1 else 's'}"
        room = f"{counted.characters} of {counted.characters + counted.left} characters"
        as_sms = "" if self.message.channel == Channel.SMS else " as SMS"
        return f"{self.message.get_channel_display()}, {parts}{as_sms}, {counted.alphabet}, {room}"

    @cached_property
    def moments(self) -> list[Moment]:
        return timeline.of(self.message)

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The timeline's lines: the first with its time, each later one with what had passed by then."""
        first = self.moments[0]
        return [self._step(moment, first) for moment in self.moments[:MOST_STEPS]]

    def _step(self, moment: Moment, first: Moment) -> dict[str, Any]:
        word = wording.step(moment.event)
        at = moment.at.astimezone(self.viewer.account.zone)
        return {
            "title": word.word,
            "tone": word.tone,
            "icon": word.icon,
            "text": " ".join(self._reasons(moment, is_first=moment is first)),
            "at": at,
            "time": f"{at:%H:%M:%S}" if moment is first else _passed(moment.at - first.at),
        }

    def _reasons(self, moment: Moment, *, is_first: bool) -> list[str]:
        origin = f"{self.origin}." if is_first and not self.is_inbound else ""
        reasons = [part for part in (origin, moment.detail, f"({moment.code})" if moment.code else "") if part]
        if moment.address and self.others:
            return [f"{moment.address}:" if reasons else moment.address, *reasons]
        return reasons

    @property
    def origin(self) -> str:
        message = self.message
        if message.token:
            return f"Token “{message.token.name}”, {wording.style_of(message)} style"
        if message.login:
            return f"API login “{message.login.name}”, {wording.style_of(message)} style"
        return "Sent from the dashboard" if message.dialect == wording.DASHBOARD else wording.style_of(message)

    @property
    def arrival(self) -> str:
        """How long the delivery took, once it is there."""
        delivered = next((moment for moment in self.moments if moment.event == State.DELIVERED), None)
        since = self.message.scheduled_at or self.message.created_at
        is_there = delivered and len(self.recipients) == 1
        return f"Arrived in {_passed(delivered.at - since).lstrip('+')}" if delivered and is_there else ""

    @property
    def ids(self) -> list[tuple[str, str]]:
        """The message's id as each API style writes it."""
        return [(each.label, each.render_id(self.message.pk)) for each in dialect.found().values()]

    @property
    def broadcast(self) -> Broadcast | None:
        """The broadcast that it is part of."""
        pk = self.message.context.get("broadcast")
        mine = Broadcast.objects.for_account(self.viewer.account)
        return mine.filter(pk=int(pk)).first() if pk else None

    @property
    def answers(self) -> dict[str, Any]:
        """The message that it answers, and how that one's rule sorts it."""
        known = self.message.context.get("answers", {})
        mine = Message.objects.for_account(self.viewer.account)
        answered = mine.filter(pk=known["message"]).first() if known else None
        return {"message": answered, "category": known["category"], "rule": known["rule"]} if answered else {}

    @property
    def webhook_url(self) -> str:
        return str(self.message.context.get("webhook_url") or "")

    @cached_property
    def calls(self) -> list[dict[str, Any]]:
        """What was posted to webhooks about it."""
        return calls(self.message)

    @property
    def may_replay(self) -> bool:
        return self.viewer.may(Can.MANAGE_WEBHOOKS)

    @property
    def request_id(self) -> str:
        return str(self.message.context.get("request_id") or "")

    @property
    def references(self) -> list[str]:
        """The device's own ids."""
        return [row.reference for row in self.recipients[:1] if row.reference]

    @property
    def pace(self) -> int:
        """In how many seconds to look again; 0 once nothing more is to come."""
        if self.message.state in FINAL:
            return 0
        return 2 if timezone.now() - self.message.updated_at < _FRESH else 15

    @property
    def version(self) -> str:
        """What differs whenever the page would."""
        called = sum(row["call"].attempts + 1 for row in self.calls)
        return f"{len(self.moments)}.{called}.{self.pace}"


def _passed(time: timedelta) -> str:
    seconds = time.total_seconds()
    if seconds < 60:
        return f"+{seconds:.1f} s"
    return f"+{int(seconds // 60)} min {int(seconds % 60)} s" if seconds < 3600 else f"+{seconds / 3600:.1f} h"
