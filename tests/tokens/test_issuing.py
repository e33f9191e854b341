import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import Account, AuditEntry, Membership, User
from accounts.roles import Role
from tests.tokens.conftest import Calling, Issue, SignIn
from tokens import crypto, issuing
from tokens.authentication import authenticate_login, authenticate_token
from tokens.errors import Denial, Denied
from tokens.issuing import Changes, Granting
from tokens.models import Token
from tokens.scopes import READING

DAY = timedelta(days=1)
MAY: dict[Role, set[str]] = {
    Role.OWNER: {"production", "sandbox", "read_only"},
    Role.ADMIN: {"production", "sandbox", "read_only"},
    Role.DEVELOPER: {"sandbox", "read_only"},
    Role.VIEWER: set(),
}


def denial_of(act: Callable[[], object]) -> Denial | None:
    try:
        act()
    except Denied as denied:
        return denied.denial
    return None


def complaints_of(act: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        act()
    return refusal.value.message_dict


def works(secret: str) -> bool:
    return denial_of(lambda: authenticate_token(secret, dialect="x", address="203.0.113.9")) is None


# What a person may give


@pytest.mark.parametrize("type", ["production", "sandbox", "read_only"])
def test_a_role_makes_and_changes_only_the_types_it_may(
    issue: Issue, developer: Membership, by: Actor, role: Role, type: str
) -> None:
    developer.role = role
    token, _ = issue(type=type)
    verbs: list[Callable[[], object]] = [
        lambda: issue(type=type, grantor=developer),
        lambda: issuing.change_token(token, by=by, grantor=developer, name="Other"),
        lambda: issuing.regenerate_token(token, overlap=DAY, by=by, grantor=developer),
        lambda: issuing.extend_overlap(token, by=by, grantor=developer),
        lambda: issuing.end_overlap(token, by=by, grantor=developer),
        lambda: issuing.pause_token(token, by=by, grantor=developer),
        lambda: issuing.resume_token(token, by=by, grantor=developer),
        lambda: issuing.revoke_token(token, by=by, grantor=developer),
        lambda: issuing.delete_token(token, by=by, grantor=developer),
    ]
    expected = None if type in MAY[role] else Denial.ROLE
    assert [denial_of(verb) for verb in verbs] == [expected] * len(verbs)
    assert issuing.may_grant(developer, type) == (expected is None)


def test_only_owners_and_admins_manage_logins(acme: Account, developer: Membership, by: Actor, role: Role) -> None:
    developer.role = role
    login, _ = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    verbs: list[Callable[[], object]] = [
        lambda: issuing.create_login(account=acme, name="x", by=by, grantor=developer),
        lambda: issuing.renew_login(login, by=by, grantor=developer),
        lambda: issuing.revoke_login(login, by=by, grantor=developer),
    ]
    expected = None if "production" in MAY[role] else Denial.ROLE
    assert [denial_of(verb) for verb in verbs] == [expected] * 3


def test_a_stranger_cannot_touch_another_accounts_token(issue: Issue, other: Account, by: Actor) -> None:
    stranger = Membership.objects.get(account=other)
    token, secret = issue()
    assert denial_of(lambda: issuing.revoke_token(token, by=by, grantor=stranger)) == Denial.GRANT
    assert denial_of(lambda: issue(grantor=stranger)) == Denial.GRANT
    assert works(secret)


# What a token may give

SOON = timezone.now() + timedelta(days=10)
LIMITS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({}, {}, True),
    ({}, {"type": "sandbox"}, True),
    ({}, {"type": "read_only"}, True),
    ({"type": "sandbox"}, {}, False),
    ({"type": "sandbox"}, {"type": "sandbox"}, True),
    ({"type": "sandbox"}, {"type": "read_only"}, False),
    ({"scopes": ["tokens:manage"]}, {}, False),
    ({"scopes": ["tokens:manage"]}, {"scopes": ["all:any"]}, False),
    ({"scopes": ["tokens:manage"]}, {"scopes": ["messages:send"]}, False),
    ({"scopes": ["tokens:manage", "messages:send"]}, {"scopes": ["messages:send"]}, True),
    ({"scopes": ["all:any"]}, {}, True),
    ({"scopes": ["tokens:manage", *READING]}, {"type": "read_only"}, False),
    ({"scopes": ["tokens:manage", *READING]}, {"type": "read_only", "scopes": list(READING)}, True),
    ({"networks": ["203.0.113.0/24"]}, {}, False),
    ({"networks": ["203.0.113.0/24"]}, {"networks": ["203.0.113.9", "10.0.0.1"]}, False),
    ({"networks": ["203.0.113.0/24"]}, {"networks": ["203.0.113.0/25"]}, True),
    ({"dialects": ["startmessaging"]}, {}, False),
    ({"dialects": ["startmessaging"]}, {"dialects": ["startmessaging", "whatsgate"]}, False),
    ({"dialects": ["startmessaging"]}, {"dialects": ["startmessaging"]}, True),
    ({"expires_at": SOON}, {}, False),
    ({"expires_at": SOON}, {"expires_at": SOON + DAY}, False),
    ({"expires_at": SOON}, {"expires_at": SOON}, True),
    ({"requests_per_second": 5}, {}, False),
    ({"requests_per_second": 5}, {"requests_per_second": 6}, False),
    ({"requests_per_second": 5}, {"requests_per_second": 5}, True),
]


@pytest.mark.parametrize(("has", "asks", "is_granted"), LIMITS)
def test_a_token_gives_at_most_what_it_has(
    issue: Issue, calling: Calling, by: Actor, has: dict[str, Any], asks: dict[str, Any], is_granted: bool
) -> None:
    caller = calling(**has)
    expected = None if is_granted else Denial.GRANT
    assert denial_of(lambda: issue(**asks, grantor=caller)) == expected
    token, _ = issue(**asks)
    for verb in (issuing.regenerate_token, issuing.pause_token, issuing.revoke_token):
        assert denial_of(lambda verb=verb: verb(token, by=by, grantor=caller)) == expected  # type: ignore[misc]  # mypy cannot infer a bound lambda


@pytest.mark.parametrize(
    ("has", "denial"),
    [({"scopes": ["messages:send"]}, Denial.SCOPE), ({"type": "read_only"}, Denial.READ_ONLY)],
)
def test_a_token_without_the_permission_manages_none(
    issue: Issue, calling: Calling, acme: Account, by: Actor, has: dict[str, Any], denial: Denial
) -> None:
    caller = calling(**has)
    assert denial_of(lambda: issue(scopes=["messages:send"], grantor=caller)) == denial
    login = lambda: issuing.create_login(account=acme, name="x", by=by, grantor=caller)  # noqa: E731  # one line
    assert denial_of(login) == denial


def test_a_token_cannot_widen_itself_but_may_narrow_renew_and_end_itself(calling: Calling, by: Actor) -> None:
    caller = calling(scopes=["tokens:manage", "messages:send"], networks=["203.0.113.0/24"])
    token = Token.objects.get()
    widenings: list[Changes] = [{"scopes": []}, {"scopes": ["devices:list"]}, {"networks": []}]
    for wider in widenings:
        assert denial_of(lambda w=wider: issuing.change_token(token, by=by, grantor=caller, **w)) == Denial.GRANT  # type: ignore[misc]  # mypy cannot infer a bound lambda
    issuing.regenerate_token(token, by=by, grantor=caller)
    issuing.change_token(token, by=by, grantor=caller, networks=["203.0.113.9"])
    issuing.revoke_token(token, by=by, grantor=caller)
    token.refresh_from_db()
    assert (token.state, token.networks) == ("revoked", ["203.0.113.9/32"])


def test_a_token_narrowed_or_ended_meanwhile_gives_no_more_than_it_has_now(issue: Issue, calling: Calling) -> None:
    caller = calling()
    Token.objects.update(scopes=["tokens:manage"])
    assert denial_of(lambda: issue(grantor=caller)) == Denial.GRANT
    Token.objects.update(revoked_at=timezone.now())
    assert denial_of(lambda: issue(grantor=caller)) == Denial.REVOKED


def test_only_a_token_that_may_do_everything_makes_logins(calling: Calling, acme: Account, by: Actor) -> None:
    def create(grantor: Granting) -> Denial | None:
        return denial_of(lambda: issuing.create_login(account=acme, name="x", by=by, grantor=grantor))

    assert create(calling()) is None
    assert create(calling(type="sandbox")) == Denial.GRANT
    assert create(calling(networks=["203.0.113.9"])) == Denial.GRANT


def test_a_login_may_make_tokens(acme: Account, issue: Issue, by: Actor) -> None:
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    caller = authenticate_login(login.username, password, dialect="x", address="203.0.113.9")
    issue(grantor=caller)
    issuing.revoke_login(login, by=by, grantor=caller)
    assert denial_of(lambda: issue(grantor=caller)) == Denial.REVOKED


# How many


def test_the_eleventh_live_token_is_refused_and_ended_ones_do_not_count(issue: Issue, by: Actor) -> None:
    tokens = [issue(f"token {n}")[0] for n in range(10)]
    assert denial_of(issue) == Denial.TOKEN_LIMIT
    issuing.pause_token(tokens[0], by=by, grantor=None)
    assert denial_of(issue) == Denial.TOKEN_LIMIT
    issuing.revoke_token(tokens[0], by=by, grantor=None)
    issue()
    Token.objects.filter(pk=tokens[1].pk).update(expires_at=timezone.now())
    issue()
    assert denial_of(issue) == Denial.TOKEN_LIMIT
    late = lambda: issuing.change_token(tokens[1], by=by, grantor=None, expires_at=None)  # noqa: E731  # one line
    assert denial_of(late) == Denial.TOKEN_LIMIT


def test_another_accounts_tokens_do_not_count(issue: Issue, other: Account) -> None:
    for _ in range(10):
        issue()
    assert denial_of(lambda: issue(account=other)) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_only_one_gets_the_tenth_place(issue: Issue, acme: Account, by: Actor) -> None:
    for _ in range(9):
        issue()
    start, answers = Barrier(6), []

    def race() -> None:
        start.wait()
        try:
            answers.append(denial_of(issue))
        finally:
            connection.close()

    threads = [Thread(target=race) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == [None, *[Denial.TOKEN_LIMIT] * 5]
    assert acme.tokens.live().count() == 10


# What is asked


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "n" * 256),
        ("name", "a\nb"),
        ("name", "a\x00b"),
        ("name", "\ud800"),
        ("name", 7),
        ("type", "admin"),
        ("scopes", ["messages:fly"]),
        ("scopes", ["tokens:refresh"]),
        ("scopes", "messages:send"),
        ("scopes", [["messages:send"]]),
        ("scopes", 7),
        ("networks", ["198.51.100.0/33"]),
        ("networks", ["not an address"]),
        ("networks", ["10.0.0.1"] * 101),
        ("dialects", ["No Such Style"]),
        ("expires_at", timezone.now() - timedelta(seconds=1)),
        ("expires_at", "tomorrow"),
        ("requests_per_second", 0),
        ("requests_per_second", -1),
        ("requests_per_second", True),
        ("requests_per_second", 10**30),
    ],
)
def test_bad_input_is_named_by_its_field_and_nothing_is_stored(issue: Issue, field: str, value: Any) -> None:
    asked = {"name": "ERP", field: value}
    assert list(complaints_of(lambda: issue(**asked))) == [field]
    assert not Token.objects.exists()


def test_all_complaints_come_at_once(issue: Issue) -> None:
    assert set(complaints_of(lambda: issue("", scopes=["x"], requests_per_second=0))) == {
        "name",
        "scopes",
        "requests_per_second",
    }


def test_a_wrong_range_is_explained_with_its_line(issue: Issue) -> None:
    complaints = complaints_of(lambda: issue(networks=["203.0.113.24", "198.51.100.0/33"]))
    assert complaints == {"networks": ["Line 2: a range ends in /0 to /32, so /33 does not exist."]}


def test_a_name_of_255_characters_passes(issue: Issue) -> None:
    assert issue("ñ" * 255)[0].name == "ñ" * 255


def test_lists_are_stored_in_their_normal_form(issue: Issue) -> None:
    token, _ = issue(
        " ERP ",
        networks=["198.51.100.7", " 203.0.113.5/24", "203.0.113.0/24", "2001:DB8::/32", ""],
        scopes=["messages:list", "messages:send", "messages:send"],
        dialects=["whatsgate", "whatsgate"],
    )
    token.refresh_from_db()
    assert token.name == "ERP"
    assert token.networks == ["198.51.100.7/32", "203.0.113.0/24", "2001:db8::/32"]
    assert token.scopes == ["messages:send", "messages:list"]
    assert token.dialects == ["whatsgate"]


def test_only_known_api_styles_are_taken_where_they_are_known(issue: Issue) -> None:
    assert "dialects" in complaints_of(lambda: issue(dialects=["fax"], known_dialects=["whatsgate"]))


def test_a_read_only_token_needs_something_to_read(issue: Issue) -> None:
    assert "scopes" in complaints_of(lambda: issue(type="read_only", scopes=["messages:send"]))


# What becomes of a token


@pytest.mark.parametrize("overlap", [None, DAY, 7 * DAY])
def test_regenerating_keeps_the_row_and_ends_the_old_secret_when_asked(
    issue: Issue, by: Actor, overlap: timedelta | None
) -> None:
    token, first = issue()
    second = issuing.regenerate_token(token, overlap=overlap, by=by, grantor=None)
    assert works(second)
    assert works(first) == (overlap is not None)
    assert Token.objects.get().masked == f"{second[:12]}••••{second[-4:]}" == token.masked


def test_a_third_secret_ends_the_first_at_once(issue: Issue, by: Actor) -> None:
    token, first = issue()
    second = issuing.regenerate_token(token, overlap=7 * DAY, by=by, grantor=None)
    third = issuing.regenerate_token(token, overlap=DAY, by=by, grantor=None)
    assert [works(secret) for secret in (first, second, third)] == [False, True, True]


def test_an_overlap_can_be_extended_by_a_day_and_ended(issue: Issue, by: Actor) -> None:
    token, first = issue()
    issuing.regenerate_token(token, overlap=DAY, by=by, grantor=None)
    before = token.overlap_until
    assert before is not None
    assert issuing.extend_overlap(token, by=by, grantor=None).overlap_until == before + DAY
    issuing.end_overlap(token, by=by, grantor=None)
    assert not works(first)
    with pytest.raises(ValidationError):
        issuing.extend_overlap(token, by=by, grantor=None)


def test_other_overlaps_are_not_offered(issue: Issue, by: Actor) -> None:
    token, _ = issue()
    regenerate = lambda: issuing.regenerate_token(token, overlap=30 * DAY, by=by, grantor=None)  # noqa: E731  # one line
    assert "overlap" in complaints_of(regenerate)


def test_pausing_is_reversible_and_revoking_is_not(issue: Issue, by: Actor) -> None:
    token, secret = issue()
    issuing.pause_token(token, by=by, grantor=None)
    assert not works(secret)
    issuing.resume_token(token, by=by, grantor=None)
    assert works(secret)
    issuing.revoke_token(token, by=by, grantor=None)
    assert not works(secret)
    for verb in (issuing.resume_token, issuing.pause_token, issuing.regenerate_token):
        assert denial_of(lambda verb=verb: verb(token, by=by, grantor=None)) == Denial.REVOKED  # type: ignore[misc]  # mypy cannot infer a bound lambda


def test_deleting_revokes_and_hides_but_keeps_the_row_and_its_history(issue: Issue, acme: Account, by: Actor) -> None:
    token, secret = issue()
    issuing.delete_token(token, by=by, grantor=None)
    assert not works(secret)
    assert not Token.objects.for_account(acme).exists()
    assert Token.objects.get().state == "revoked"
    assert AuditEntry.objects.filter(target_type="token", target_id=token.pk).count() == 2


def test_a_pasted_secret_finds_its_token_in_its_own_account_only(
    issue: Issue, acme: Account, other: Account, by: Actor
) -> None:
    token, first = issue()
    second = issuing.regenerate_token(token, by=by, grantor=None)
    assert issuing.find_by_secret(acme, f" {second}\n") == token
    assert issuing.find_by_secret(acme, first) == token
    assert issuing.find_by_secret(other, second) is None
    assert issuing.find_by_secret(acme, crypto.new_secret("production")) is None
    assert issuing.find_by_secret(acme, "ERP") is None


def test_the_private_token_is_shown_once(acme: Account) -> None:
    assert len(issuing.ensure_private_token(acme) or "") == 32
    assert issuing.ensure_private_token(acme) is None


def test_a_renewed_login_has_only_its_new_password(acme: Account, by: Actor) -> None:
    login, old = issuing.create_login(account=acme, name="phone", by=by, grantor=None)

    def may_enter(password: str) -> bool:
        enter = lambda: authenticate_login(login.username, password, dialect="x", address="203.0.113.9")  # noqa: E731  # one line
        return denial_of(enter) is None

    assert may_enter(old)
    new = issuing.renew_login(login, by=by, grantor=None)
    assert (may_enter(old), may_enter(new)) == (False, True)
    issuing.revoke_login(login, by=by, grantor=None)
    assert not may_enter(new)
    assert denial_of(lambda: issuing.renew_login(login, by=by, grantor=None)) == Denial.REVOKED


# What is written down


def test_every_change_is_written_down_without_a_secret(issue: Issue, acme: Account, by: Actor) -> None:
    before = AuditEntry.objects.count()
    token, first = issue(requests_per_second=5)
    secrets = [first, issuing.regenerate_token(token, overlap=DAY, by=by, grantor=None)]
    issuing.extend_overlap(token, by=by, grantor=None)
    issuing.end_overlap(token, by=by, grantor=None)
    issuing.change_token(token, by=by, grantor=None, name="ERP 2", requests_per_second=9)
    issuing.pause_token(token, by=by, grantor=None)
    issuing.resume_token(token, by=by, grantor=None)
    issuing.revoke_token(token, by=by, grantor=None)
    issuing.delete_token(token, by=by, grantor=None)
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    secrets += [password, issuing.renew_login(login, by=by, grantor=None)]
    issuing.revoke_login(login, by=by, grantor=None)
    secrets.append(issuing.ensure_private_token(acme) or "")
    entries = list(AuditEntry.objects.order_by("pk")[before:])
    assert [entry.action for entry in entries] == [
        "token.created",
        "token.regenerated",
        "token.old_secret_extended",
        "token.old_secret_ended",
        "token.changed",
        "token.paused",
        "token.resumed",
        "token.revoked",
        "token.deleted",
        "login.created",
        "login.renewed",
        "login.revoked",
        "private_token.created",
    ]
    assert entries[4].changes == {"name": ["ERP", "ERP 2"], "requests_per_second": [5, 9]}
    assert (entries[0].actor_label, entries[0].proof, entries[0].address) == (by.label, "session", by.address)
    written = json.dumps([[entry.changes, str(entry), entry.target_label] for entry in entries])
    for secret in secrets:
        assert secret not in written
        assert crypto.digest(secret) not in written
    assert "gw_live_" not in written


def test_what_changes_nothing_is_not_written_down(issue: Issue, by: Actor) -> None:
    token, _ = issue()
    issuing.change_token(token, by=by, grantor=None, name=token.name)
    issuing.resume_token(token, by=by, grantor=None)
    issuing.end_overlap(token, by=by, grantor=None)
    assert AuditEntry.objects.filter(target_type="token").count() == 1


def test_no_secret_is_stored(issue: Issue) -> None:
    token, secret = issue()
    row = json.dumps(Token.objects.values().get(), default=str)
    assert secret not in row
    assert secret[16:-4] not in row
    assert token.digest == crypto.digest(secret)


def test_a_secret_in_use_for_90_days_asks_to_be_changed(issue: Issue, by: Actor) -> None:
    token, _ = issue()
    token.secret_made_at = timezone.now() - timedelta(days=89, hours=23)
    assert (token.secret_age_in_days, token.needs_rotation) == (89, False)
    token.secret_made_at -= timedelta(hours=1)
    assert (token.secret_age_in_days, token.needs_rotation) == (90, True)
    issuing.regenerate_token(token, by=by, grantor=None)
    assert not token.needs_rotation


def test_a_token_never_used_is_unused_since_it_was_made(issue: Issue) -> None:
    token, _ = issue()
    token.created_at -= timedelta(days=91)
    assert token.unused_for_days == 91
    token.last_used_at = timezone.now() - timedelta(days=3)
    assert token.unused_for_days == 3


def test_a_login_that_a_program_makes_is_the_same_persons(
    acme: Account, alice: User, calling: Calling, sign_in: SignIn
) -> None:
    for program in (calling(), sign_in()):
        login, _ = issuing.create_login(account=acme, name="phone", by=program.actor(), grantor=program)
        assert login.created_by == alice
