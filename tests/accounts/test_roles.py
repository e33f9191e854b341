"""Who may change whom, and what each role may do."""

from collections.abc import Callable

import pytest

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, Membership, Plan, User
from accounts.opening import NotPossible, change_role, join_account, remove_member
from accounts.roles import ALLOWED, Can, Role


def test_the_table_has_a_row_for_each_role_and_each_role_may_see() -> None:
    assert set(ALLOWED) == set(Role)
    assert all(Can.SEE in allowed for allowed in ALLOWED.values())


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, set(Can)),
        (Role.ADMIN, set(Can) - {Can.MANAGE_OWNERS}),
        (
            Role.DEVELOPER,
            {
                Can.SEE,
                Can.SEND,
                Can.MANAGE_CONTACTS,
                Can.MANAGE_TEMPLATES,
                Can.MANAGE_WEBHOOKS,
                Can.MANAGE_TEST_TOKENS,
            },
        ),
        (Role.VIEWER, {Can.SEE}),
    ],
)
def test_each_role_may_do_what_its_row_says(role: Role, allowed: set[Can]) -> None:
    member = Membership(role=role)
    assert {action for action in Can if member.may(action)} == allowed


@pytest.mark.parametrize(
    ("code", "per_second", "per_day"),
    [("free", 10, 1_000), ("premium", 100, 100_000), ("enterprise", 1_000, None)],
)
@pytest.mark.django_db
def test_the_three_plans_have_the_published_numbers(code: str, per_second: int, per_day: int | None) -> None:
    plan = Plan.objects.get(code=code)
    assert (plan.requests_per_second, plan.messages_per_day, plan.max_tokens) == (per_second, per_day, 10)


def test_a_new_account_is_on_the_free_plan_and_has_its_owner(acme: Account, alice: User) -> None:
    assert acme.plan.code == "free"
    assert acme.memberships.get(user=alice).role == Role.OWNER
    opened = AuditEntry.objects.get(account=acme, action="account.opened")
    assert (opened.actor_label, opened.changes) == ("command line", {"owner": alice.email})


def test_the_last_owner_can_neither_leave_nor_step_down(acme: Account, alice: User) -> None:
    owner = acme.memberships.get(user=alice)
    with pytest.raises(NotPossible, match="always keeps one owner"):
        remove_member(owner, by=COMMAND, grantor=owner)
    with pytest.raises(NotPossible, match="always keeps one owner"):
        change_role(owner, Role.VIEWER, by=COMMAND, grantor=None)
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_an_owner_may_leave_once_there_is_another(acme: Account, alice: User, bob: User) -> None:
    owner = acme.memberships.get(user=alice)
    change_role(acme.memberships.get(user=bob), Role.OWNER, by=COMMAND, grantor=owner)
    remove_member(owner, by=COMMAND, grantor=owner)
    assert [member.user for member in acme.memberships.all()] == [bob]


def test_only_owners_make_change_or_remove_owners(acme: Account, alice: User, bob: User, charlie: User) -> None:
    admin = acme.memberships.get(user=bob)
    change_role(admin, Role.ADMIN, by=COMMAND, grantor=None)
    admin.refresh_from_db()
    third = join_account(user=charlie, account=acme, role=Role.VIEWER, by=COMMAND)
    owner = acme.memberships.get(user=alice)
    attempts: list[Callable[[], None]] = [
        lambda: change_role(third, Role.OWNER, by=COMMAND, grantor=admin),
        lambda: change_role(admin, Role.OWNER, by=COMMAND, grantor=admin),
        lambda: change_role(owner, Role.VIEWER, by=COMMAND, grantor=admin),
        lambda: remove_member(owner, by=COMMAND, grantor=admin),
    ]
    for change in attempts:
        with pytest.raises(NotPossible, match="Only an owner"):
            change()


def test_a_developer_changes_nobody_but_may_leave(acme: Account, alice: User, bob: User) -> None:
    developer = acme.memberships.get(user=bob)
    with pytest.raises(NotPossible, match="cannot manage people"):
        remove_member(acme.memberships.get(user=alice), by=COMMAND, grantor=developer)
    with pytest.raises(NotPossible, match="cannot manage people"):
        change_role(developer, Role.ADMIN, by=COMMAND, grantor=developer)
    remove_member(developer, by=COMMAND, grantor=developer)
    assert not acme.memberships.filter(user=bob).exists()


def test_nobody_joins_twice(acme: Account, bob: User) -> None:
    with pytest.raises(NotPossible, match="in acme already"):
        join_account(user=bob, account=acme, role=Role.OWNER, by=COMMAND)
    assert acme.memberships.get(user=bob).role == Role.DEVELOPER


def test_each_change_of_people_leaves_an_audit_entry(acme: Account, alice: User, bob: User) -> None:
    member = acme.memberships.get(user=bob)
    change_role(member, Role.VIEWER, by=COMMAND, grantor=None)
    remove_member(member, by=COMMAND, grantor=None)
    actions = [entry.action for entry in AuditEntry.objects.filter(account=acme).order_by("pk")]
    assert actions == ["account.opened", "member.joined", "member.role_changed", "member.removed"]
