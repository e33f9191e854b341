"""The record of changes: chained, so that what was changed or removed in it shows."""

import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts import audit
from accounts.audit import COMMAND
from accounts.models import Account, AuditChain, AuditEntry, User

OF_C = "account_id, at, actor_label, proof, action, target_type, target_label, changes, digest"
C = "FROM accounts_auditentry WHERE action = 'c'"


@pytest.fixture
def write(acme: Account) -> Callable[[str], AuditEntry]:
    return lambda action: audit.record(
        account=acme, actor=COMMAND, action=action, target=acme, changes={"name": ["ä", None], "n": 1.5}
    )


def verdicts() -> dict[str, str]:
    return {str(v.chain.account or "gateway"): v.complaint for v in audit.verify()}


def change(statement: str) -> None:
    """Change the rows as somebody with the database would."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_account_has_a_chain_of_its_own(write: Callable[[str], AuditEntry], other: Account) -> None:
    before = AuditChain.objects.get(account__name="acme").length
    first, second = write("a"), write("b")
    assert (first.number, second.number) == (before + 1, before + 2)
    audit.record(account=None, actor=COMMAND, action="c", target=other)
    audit.record(account=None, actor=COMMAND, action="d", target=other)
    assert AuditChain.objects.get(account=None).length == 2
    assert verdicts() == {"gateway": "", "acme": "", "other": ""}


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("UPDATE accounts_auditentry SET actor_label = 'nobody' WHERE action = 'b'", "something else"),
        ("UPDATE accounts_auditentry SET digest = 'x' WHERE action = 'b'", "something else"),
        ("UPDATE accounts_auditentry SET address = '192.0.2.1' WHERE action = 'b'", "something else"),
        ("DELETE FROM accounts_auditentry WHERE action = 'b'", "is missing"),
        ("DELETE FROM accounts_auditentry WHERE action = 'c'", "the last 1 are missing"),
        ("UPDATE accounts_auditentry SET number = number - 1", "Entry 1 is missing"),
        ("UPDATE accounts_auditentry SET number = NULL WHERE action = 'b'", "is missing"),
        (f"UPDATE accounts_auditchain SET digest = '{'0' * 64}'", "is not the one that was written"),
        ("DELETE FROM accounts_auditchain", "How long it was is missing"),
        (f"INSERT INTO accounts_auditentry ({OF_C}, number) SELECT {OF_C}, number + 1 {C}", "added without the chain"),
        (f"INSERT INTO accounts_auditentry ({OF_C}) SELECT {OF_C} {C}", "stands beside the chain"),
    ],
)
def test_a_change_to_the_record_shows(write: Callable[[str], AuditEntry], done: str, said: str) -> None:
    for action in "abc":
        write(action)
    change(done)
    assert said in verdicts()["acme"]
    with pytest.raises(CommandError, match="1 chains"):
        call_command("audit", "verify")


def test_what_is_written_while_it_is_checked_is_no_complaint(
    write: Callable[[str], AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a")
    digest_of = audit.digest_of

    def slowly(entry: AuditEntry, *, before: str) -> str:
        monkeypatch.setattr(audit, "digest_of", digest_of)
        write("b")
        return digest_of(entry, before=before)

    monkeypatch.setattr(audit, "digest_of", slowly)
    assert verdicts() == {"acme": ""}


def test_entries_that_are_older_than_the_chain_are_only_counted(
    write: Callable[[str], AuditEntry], capsys: pytest.CaptureFixture[str]
) -> None:
    write("c")
    change("UPDATE accounts_auditentry SET id = id + 1000")
    change(f"INSERT INTO accounts_auditentry (id, {OF_C}) SELECT 1, {OF_C} {C}")
    call_command("audit", "verify")
    assert "1 entries are older than the chain." in capsys.readouterr().out


def test_an_entry_is_neither_changed_nor_deleted(write: Callable[[str], AuditEntry]) -> None:
    entry = write("a")
    entry.action = "b"
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.filter(pk=entry.pk).update(action="b")
    with pytest.raises(TypeError):
        AuditEntry.objects.all().delete()
    assert AuditEntry.objects.get(pk=entry.pk).action == "a"


def test_it_is_exported_oldest_first(write: Callable[[str], AuditEntry], capsys: pytest.CaptureFixture[str]) -> None:
    write("a")
    write("b")
    call_command("audit", "verify")
    assert "acme" in capsys.readouterr().out
    call_command("audit", "export")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["action"] for line in lines[-2:]] == ["a", "b"]
    assert lines[-1]["changes"] == {"name": ["ä", None], "n": 1.5}


def test_people_read_it_and_take_it_along(
    write: Callable[[str], AuditEntry], alice: User, bob: User, charlie: User, signed_in: Callable[[User], Client]
) -> None:
    write("message.forged_here")
    owner = signed_in(alice)
    assert "Forged here" in owner.get("/settings/audit/").content.decode()
    exported = owner.get("/settings/audit/export/")
    assert exported["Content-Type"].startswith("text/csv")
    lines = exported.getvalue().decode().splitlines()
    assert "message.forged_here" in lines[-3]
    assert ",alice@acme.example,session,127.0.0.1,account.audit_log_exported,account,acme," in lines[-1]
    assert signed_in(bob).get("/settings/audit/export/").status_code == 403
    assert "Forged here" not in signed_in(charlie).get("/settings/audit/").content.decode()


def test_a_spreadsheet_takes_no_formula_from_it(
    acme: Account, alice: User, signed_in: Callable[[User], Client]
) -> None:
    acme.name = "=1+1"
    audit.record(account=acme, actor=COMMAND, action="x", target=acme)
    assert b",=1+1" not in signed_in(alice).get("/settings/audit/export/").getvalue()
