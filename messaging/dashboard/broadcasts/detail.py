"""What one broadcast's page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone

from accounts.models import Membership
from accounts.roles import Can
from messaging import broadcasts, content, wallet
from messaging.broadcasts import Analytics, Progress
from messaging.dashboard import wording as words
from messaging.dashboard.broadcasts import wording
from messaging.dashboard.templates.wording import Shown, shown
from messaging.errors import Refused
from messaging.models import Broadcast, Device, Message
from messaging.routing import SANDBOX
from messaging.templating import find
from messaging.templating.parts import filled, gaps

_FRESH, _LATE = timedelta(minutes=1), timedelta(hours=1)  # how long after its end it is looked at often, and at all


@dataclass(frozen=True)
class Detail:
    """One broadcast as its page shows it to a member."""

    broadcast: Broadcast
    viewer: Membership

    @cached_property
    def progress(self) -> Progress:
        return broadcasts.progress(self.broadcast)

    @cached_property
    def analytics(self) -> Analytics:
        return broadcasts.analytics(self.broadcast)

    @property
    def state(self) -> words.Word:
        return wording.STATES[self.broadcast.status]

    @property
    def is_sandbox(self) -> bool:
        device = self.broadcast.device
        return self.broadcast.is_sandbox or bool(device and device.transport == SANDBOX)

    @cached_property
    def device(self) -> Device | None:
        """The device that was asked for, or the one that its first message left through."""
        if self.broadcast.device:
            return self.broadcast.device
        written_to = self.broadcast.recipients.exclude(message=None).order_by("address")
        first = Message.objects.filter(pk__in=written_to.values("message")[:1]).select_related("device").first()
        return first.device if first else None

    @property
    def may_cancel(self) -> bool:
        return self.broadcast.status in Broadcast.NOT_BEGUN and self.viewer.may(Can.SEND)

    @property
    def held_up(self) -> str:
        """Why it does not go on at present, empty if it does."""
        if self.broadcast.status not in Broadcast.LIVE:
            return ""
        account = self.broadcast.account
        if account.suspended_at:
            return "This account is suspended. It goes on once that is over."
        try:
            wallet.require(account, is_sandbox=self.broadcast.is_sandbox)
        except Refused:
            return "The account’s wallet is empty. It goes on within a minute after something is put in."
        return ""

    @property
    def causes(self) -> list[dict[str, object]]:
        return wording.causes(self.progress, self.device)

    @property
    def average(self) -> str:
        """How long a delivery took, on the average."""
        took = self.analytics.average_delivery_ms
        if took is None:
            return ""
        seconds = took / 1000
        return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"

    @property
    def text(self) -> str:
        """What a text says; for a template its name."""
        return content.summary(self.broadcast.kind, self.broadcast.content)

    @cached_property
    def message(self) -> Shown | None:
        """The template with what is put into its gaps; None for a text, or a template that the account has not."""
        if self.broadcast.kind != "template":
            return None
        said = self.broadcast.content
        template = find(self.broadcast.account, said["name"], said["language"]["code"])
        if template is None:
            return None
        look = shown(template.components)
        given = {part["type"]: part.get("parameters", []) for part in said.get("components", []) if "type" in part}
        look.header, look.body = _filled(look.header, given.get("header")), _filled(look.body, given.get("body"))
        return look

    @property
    def origin(self) -> str:
        broadcast = self.broadcast
        style = words.styles().get(broadcast.dialect, broadcast.dialect)
        if broadcast.token:
            return f"Token “{broadcast.token.name}”, {style} style"
        if broadcast.login:
            return f"API login “{broadcast.login.name}”, {style} style"
        return "Sent from the dashboard" if broadcast.dialect == words.DASHBOARD else style

    @property
    def pace(self) -> int:
        """In how many seconds to look again; 0 once nothing more is to come."""
        now, ended = self.progress, self.broadcast.finished_at
        if self.broadcast.status == Broadcast.Status.SCHEDULED:
            return 15
        if ended is None:
            return 2
        is_settled = self.broadcast.status == Broadcast.Status.CANCELLED or now.delivered + now.failed >= now.addressed
        since = timezone.now() - ended
        return 0 if is_settled or since > _LATE else 2 if since < _FRESH else 15

    @property
    def version(self) -> str:
        """What differs whenever the page would."""
        now = self.progress
        return f"{self.broadcast.status}.{now.sent}.{now.delivered}.{now.read}.{now.failed}.{now.skipped}"


def _filled(text: str, parameters: list[dict[str, Any]] | None) -> str:
    """Return the text with the words among the parameters in its gaps."""
    names = gaps(text)
    values = {
        str(parameter.get("parameter_name") or name): str(parameter.get("text", ""))
        for name, parameter in zip(names, parameters or (), strict=False)
        if parameter.get("type") == "text"
    }
    return filled(text, values)
