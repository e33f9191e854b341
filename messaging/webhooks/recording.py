"""What became of calls: the deliveries, the log of attempts, and how it goes with their endpoints."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from messaging import rows
from messaging.models import WebhookAttempt, WebhookDay, WebhookDelivery, WebhookEndpoint
from messaging.models.webhooks import FAILING_AT
from messaging.webhooks import format
from messaging.webhooks.calling import GONE, Answer
from messaging.webhooks.rendering import Post

log = logging.getLogger(__name__)
HALTED_AT = 8  # failed calls in a row, from which on an endpoint gets one at a time
_LONGEST_HALT = 60.0  # seconds between those
_ASKED_TO_WAIT = frozenset({429, 503})
_LONGEST_WAIT = timedelta(hours=1)  # that a whole lane waits because its receiver asks for it
_JITTER = 0.1  # of each delay, added to it
WARN_AFTER, OFF_AFTER = timedelta(days=1), timedelta(days=5)
_NOTICE = timedelta(days=1)  # from the letter that it fails to the one that it was switched off
_TOLD_EVERY = timedelta(hours=1)  # at most, of calls that are given up
_MILD = "given_up"  # the notice that takes no other's place: the others tell of worse, and to more people

_State = WebhookDelivery.State
_DELIVERY = ("state", "due_at", "attempts", "tries", "last_status", "body", "done_at")
_ATTEMPT = (
    "delivery", "at", "milliseconds", "status", "reason", "request_headers", "answer_headers", "answer", "next_at",
)  # fmt: skip
_ENDPOINT = ("failures", "failing_since", "warned_at", "told_at", "opens_at", "last_status", "last_answer", "last_at")
_ADD = "ON CONFLICT (endpoint_id, day) DO UPDATE SET " + ", ".join(
    f"{name} = {WebhookDay._meta.db_table}.{name} + excluded.{name}" for name in ("succeeded", "failed")
)


@dataclass(slots=True)
class Outcome:
    """A call that was made. Without a post it could not even be written."""

    delivery: WebhookDelivery
    endpoint: WebhookEndpoint  # the lane's own, which the outcomes of its calls are applied to in turn
    answer: Answer
    post: Post | None = None
    is_settled: bool = False
    next_at: datetime | None = None


def record(outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes together, in the order of their answers; where that fails, each alone.

    Raises what says that the database is not there: the same outcomes may then be recorded later.
    """
    for outcome in outcomes:
        if not outcome.is_settled:
            outcome.next_at, outcome.is_settled = _settle(outcome), True
    try:
        _write(outcomes)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("%d outcomes could not be recorded together", len(outcomes))
        for outcome in outcomes:
            _write_alone(outcome)


def _write_alone(outcome: Outcome) -> None:
    try:
        _write([outcome])
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("what became of delivery %s could not be recorded", outcome.delivery.pk)
        _put_off(outcome.delivery)


def _put_off(delivery: WebhookDelivery) -> None:
    """Try the delivery again later, so that it is not posted over and over."""
    later = timezone.now() + _LONGEST_WAIT
    WebhookDelivery.objects.filter(pk=delivery.pk).update(due_at=later, tries=F("tries") + 1)


def _write(outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    with transaction.atomic():
        outcomes = _still_there(outcomes)
        endpoints = {outcome.endpoint.pk: outcome.endpoint for outcome in outcomes}
        ended = [endpoint for endpoint in endpoints.values() if endpoint.status == WebhookEndpoint.Status.OFF]
        rows.update(WebhookDelivery, _DELIVERY, [_values(o.delivery, _DELIVERY) for o in outcomes])
        rows.insert(WebhookAttempt, _ATTEMPT, [_attempt(outcome) for outcome in outcomes])
        rows.update(WebhookEndpoint, _ENDPOINT, [_values(e, _ENDPOINT) for e in endpoints.values()])
        rows.insert(WebhookDay, ("endpoint", "day", "succeeded", "failed"), _counts(outcomes), conflict=_ADD)
        for endpoint in sorted(ended, key=lambda endpoint: endpoint.account_id):  # as all lock several audit logs
            active = WebhookEndpoint.objects.filter(pk=endpoint.pk, status=WebhookEndpoint.Status.ACTIVE)
            if active.update(status=endpoint.status, reason=endpoint.reason):
                _note_end(endpoint)
        news = [endpoint for endpoint in endpoints.values() if endpoint.notice]
        for endpoint in news:
            mine = WebhookEndpoint.objects.filter(pk=endpoint.pk)
            (mine.filter(notice="") if endpoint.notice == _MILD else mine).update(notice=endpoint.notice)
    for endpoint in news:
        endpoint.notice = ""  # told once, however often the endpoint is written again


def _note_end(endpoint: WebhookEndpoint) -> None:
    changes = {"status": [WebhookEndpoint.Status.ACTIVE.value, endpoint.status], "reason": ["", endpoint.reason]}
    by, action = audit.GATEWAY, "webhook.switched_off"
    audit.record(account=endpoint.account, actor=by, action=action, target=endpoint, changes=changes)


def _still_there(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of deliveries that were not forgotten during the call, as those of a removed endpoint are.

    The others are locked: a log for what is gone would be refused, now and at every further try. What was ended during
    the call, by dropping it or as delivered, is not begun again because that call failed.
    """
    wanted = WebhookDelivery.objects.filter(pk__in=[outcome.delivery.pk for outcome in outcomes])
    locked = wanted.select_for_update().order_by("pk").values_list("pk", "state", "done_at")
    there = {pk: (state, done_at) for pk, state, done_at in locked}
    kept = [outcome for outcome in outcomes if outcome.delivery.pk in there]
    for outcome in kept:
        delivery, (state, done_at) = outcome.delivery, there[outcome.delivery.pk]
        if outcome.answer.reason and state != _State.WAITING:
            delivery.state, delivery.due_at, delivery.done_at, outcome.next_at = state, None, done_at, None
    return kept


def _values(row: Any, names: Sequence[str]) -> list[Any]:
    return [row.pk, *(getattr(row, name) for name in names)]


def _settle(outcome: Outcome) -> datetime | None:
    """Change the delivery and its endpoint in memory; returns when the next try is, if there is one."""
    delivery, endpoint, answer = outcome.delivery, outcome.endpoint, outcome.answer
    delivery.attempts += 1
    delivery.tries += 1
    delivery.last_status = answer.status
    if outcome.post:
        delivery.body = outcome.post.body.decode()
    endpoint.last_status, endpoint.last_answer, endpoint.last_at = answer.status, answer.reason[:255], answer.at
    if not answer.reason:
        _end(delivery, _State.DELIVERED)
        endpoint.failures, endpoint.failing_since, endpoint.warned_at, endpoint.opens_at = 0, None, None, None
        return None
    next_at = _next_try(outcome)
    if next_at is None:
        _end(delivery, _State.FAILED)
    else:
        delivery.due_at = next_at
    _note_failure(endpoint, answer, is_given_up=next_at is None)
    return next_at


def _end(delivery: WebhookDelivery, state: WebhookDelivery.State) -> None:
    delivery.state, delivery.due_at, delivery.done_at = state, None, timezone.now()


def _next_try(outcome: Outcome) -> datetime | None:
    """Return when the delivery is tried again; None where its tries are used up, or its receiver wants no more."""
    endpoint, answer = outcome.endpoint, outcome.answer
    known = format.find(endpoint.format)
    delays = known.retry_after if known else ()
    if endpoint.retry_after is not None:
        delays = [timedelta(seconds=seconds) for seconds in endpoint.retry_after]
    place = outcome.delivery.tries - 1
    if answer.status == GONE or place >= len(delays):
        return None
    delay = delays[place] * (1 + random.random() * _JITTER)  # noqa: S311  spreads load, hides nothing
    return timezone.now() + max(delay, answer.wait or timedelta())


def _note_failure(endpoint: WebhookEndpoint, answer: Answer, *, is_given_up: bool) -> None:
    now = timezone.now()
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or answer.at
    endpoint.opens_at = _reopening(endpoint, answer, now)
    if is_given_up and endpoint.email and (endpoint.told_at is None or now - endpoint.told_at >= _TOLD_EVERY):
        endpoint.told_at, endpoint.notice = now, endpoint.notice or _MILD
    is_old = now - endpoint.failing_since >= WARN_AFTER
    if endpoint.warned_at is None and (is_old or (is_given_up and endpoint.failures >= FAILING_AT)):
        endpoint.warned_at, endpoint.notice = now, "failing"
    if endpoint.kind == WebhookEndpoint.Kind.OWN:
        _switch_off(endpoint, answer, now)


def switches_off_at(endpoint: WebhookEndpoint) -> datetime | None:
    """Return from when on a failed call switches the endpoint off; None while its owners are not told that it fails."""
    if not (endpoint.failing_since and endpoint.warned_at):
        return None
    return max(endpoint.failing_since + OFF_AFTER, endpoint.warned_at + _NOTICE)


def _switch_off(endpoint: WebhookEndpoint, answer: Answer, now: datetime) -> None:
    off_at = switches_off_at(endpoint)
    if answer.status == GONE:
        reason = "It answered 410 Gone: its owner wants no more calls."
    elif off_at and now >= off_at:
        reason = f"Every call failed for {OFF_AFTER.days} days. {answer.reason}"
    else:
        return
    endpoint.status, endpoint.reason, endpoint.notice = WebhookEndpoint.Status.OFF, reason[:255], "off"


def _reopening(endpoint: WebhookEndpoint, answer: Answer, now: datetime) -> datetime | None:
    """Return until when the whole lane is left alone: as long as asked, or longer with each failed call in a row."""
    asked = min(answer.wait, _LONGEST_WAIT) if answer.wait and answer.status in _ASKED_TO_WAIT else timedelta()
    over = endpoint.failures - HALTED_AT
    halt = min(2.0 ** min(over, 10), _LONGEST_HALT) if over >= 0 else 0.0
    pause = max(asked, timedelta(seconds=halt))
    return now + pause if pause else None


def _attempt(outcome: Outcome) -> list[Any]:
    answer, post = outcome.answer, outcome.post
    return [
        outcome.delivery.pk, answer.at, answer.milliseconds, answer.status, answer.reason[:255],
        dict(post.masked) if post else {}, dict(answer.headers), answer.text, outcome.next_at,
    ]  # fmt: skip


def _counts(outcomes: Sequence[Outcome]) -> list[list[Any]]:
    sums: dict[tuple[int, Any], Counter[bool]] = {}
    for outcome in outcomes:
        key = (outcome.endpoint.pk, outcome.answer.at.date())
        sums.setdefault(key, Counter())[not outcome.answer.reason] += 1
    return [[*key, found[True], found[False]] for key, found in sorted(sums.items())]
