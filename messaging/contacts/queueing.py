"""Files of contacts that the worker reads, some hundred rows in one transaction with the note of how far it is.

So a worker that dies leaves no row out and takes none twice: when its lease is over another one goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import Account, User
from messaging import ids, nudging
from messaging.contacts.importing import Mode, Place, Problem, Report, cleaned, write_chunk
from messaging.contacts.many import in_chunks
from messaging.contacts.reading import Line
from messaging.errors import Refused
from messaging.media import resources
from messaging.models import ContactImport, Media, Workspace

LANE = "importing"
LEASE = timedelta(minutes=2)
KEPT = timedelta(days=30)  # after it was finished


def plan_import(
    account: Account, media: Media, *, workspace: Workspace | None, mapping: Mapping[str, str], mode: Mode, by: Actor
) -> ContactImport:
    """Note that a resource is to be read into the contacts of a workspace, or of none.

    `mapping` says in which of its columns our values stand (`first_name`, `fields.city`). Numbers may repeat there.
    """
    actor = {**asdict(by), "user": by.user.pk if by.user else None}
    planned = ContactImport.objects.create(
        account=account,
        workspace=workspace,
        media=media,
        mapping=dict(mapping),
        mode=mode,
        actor=actor,
        due_at=timezone.now(),
    )
    nudging.nudge()
    return planned


def import_due(limit: int = 1) -> int:
    """Read up to `limit` files that are due to their ends; returns how many rows were read.

    Safe to run anywhere, any number at once: an import is claimed by lease, which each chunk renews.
    """
    due = ContactImport.objects.filter(due_at__lte=timezone.now()).select_related("account", "media")
    read = 0
    for planned in due.order_by("due_at")[:limit]:
        mine = ContactImport.objects.filter(pk=planned.pk, due_at=planned.due_at)
        if mine.update(due_at=timezone.now() + LEASE):
            read += _read(planned)
    return read


def prune_imports(limit: int = 1000) -> int:
    """Forget up to `limit` imports that were finished long ago; what they did is in the audit log. Returns how many."""
    long_ago = timezone.now() - KEPT
    over = ContactImport.objects.filter(pk__lt=ids.first_at(long_ago), finished_at__lt=long_ago)
    some = list(over.order_by("pk").values_list("pk", flat=True)[:limit])
    return ContactImport.objects.filter(pk__in=some).delete()[0]


def _read(planned: ContactImport) -> int:
    report, began = _report(planned), planned.done
    try:
        for chunk in in_chunks(_lines(planned)):
            if not _write(planned, chunk, report):
                return planned.done - began  # another worker was quicker
    except Refused as refused:
        planned.error = refused.detail[:255]
    _finish(planned, report)
    return max(1, planned.done - began)


def _report(planned: ContactImport) -> Report:
    counts = dict(planned.counts)
    problems = [Problem(**problem) for problem in counts.pop("problems", [])]
    return Report(**counts, problems=problems)


def _lines(planned: ContactImport) -> Iterator[Line]:
    if planned.media is None:
        planned.error = "The file is gone."
        return
    rows = enumerate(resources.rows(planned.media), start=1)
    for number, row in islice(rows, planned.done, None):
        yield Line(number, _values(planned, {name.lower(): text for name, text in row.items()}))


def _values(planned: ContactImport, row: Mapping[str, str]) -> dict[str, object]:
    """Return what stands in a row under our names; a column that is not there is an empty one."""
    own: dict[str, str] = {}
    found: dict[str, object] = {"fields": own}
    for name, column in planned.mapping.items():
        if text := row.get(column.lower(), "").strip():
            if name.startswith("fields."):
                own[name.removeprefix("fields.")] = text
            else:
                found[name] = text
    return found


def _write(planned: ContactImport, chunk: list[Line], report: Report) -> bool:
    """Write one chunk and that it is done; False, and nothing written, where another worker has done so."""
    place = Place(planned.account, planned.workspace_id, has_unique_numbers=False)
    values = cleaned(planned.account, chunk, report)
    with transaction.atomic():
        here = ContactImport.objects.filter(pk=planned.pk, done=planned.done, finished_at=None)
        if not here.update(done=planned.done + len(chunk), due_at=timezone.now() + LEASE):
            return False
        report.count(write_chunk(place, values, cast("Mode", planned.mode)))
        here = ContactImport.objects.filter(pk=planned.pk)
        here.update(counts=asdict(report))
    planned.done += len(chunk)
    return True


def _finish(planned: ContactImport, report: Report) -> None:
    """End it, with a report in the audit log."""
    told: dict[str, Any] = report.told() | {
        "import": f"{planned.pk:016X}",
        "file": planned.media.filename if planned.media else "",
    }
    told |= {"skipped": report.skipped, **({"error": planned.error} if planned.error else {})}
    if report.problems:
        told["problems"] = [f"{problem.line}: {problem.reason}" for problem in report.problems[:10]]
    with transaction.atomic():
        open_ = ContactImport.objects.filter(pk=planned.pk, done=planned.done, finished_at=None)
        if open_.update(finished_at=timezone.now(), due_at=None, error=planned.error):
            actor = _actor(planned)
            target = planned.workspace or planned.account
            audit.record(account=planned.account, actor=actor, action="contacts.imported", target=target, changes=told)


def _actor(planned: ContactImport) -> Actor:
    kept = planned.actor
    return Actor(kept["label"], kept["proof"], User.objects.filter(pk=kept["user"]).first(), kept["address"])
