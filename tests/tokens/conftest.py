"""Tokens of acme, and who may give what there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.audit import Actor
from accounts.models import Account, Membership, User
from accounts.roles import Role
from tokens import issuing
from tokens.authentication import Caller, authenticate_login, authenticate_token
from tokens.jwt import Issued
from tokens.models import Token

Issue = Callable[..., tuple[Token, str]]
Calling = Callable[..., Caller]
SignIn = Callable[..., Caller]
JwtOf = Callable[..., Issued]
Wait = Callable[[timedelta], None]


@pytest.fixture
def owner(acme: Account, alice: User) -> Membership:
    return Membership.objects.get(account=acme, user=alice)


@pytest.fixture
def developer(acme: Account, bob: User) -> Membership:
    return Membership.objects.get(account=acme, user=bob)


@pytest.fixture
def by(alice: User) -> Actor:
    return Actor(label=alice.email, proof="session", user=alice, address="203.0.113.9")


@pytest.fixture
def issue(acme: Account, by: Actor) -> Issue:
    """Make a token in acme, as an operator unless told."""

    def create(name: str = "ERP", **asked: object) -> tuple[Token, str]:
        defaults = {"account": acme, "by": by, "grantor": None}
        return issuing.create_token(name=name, **{**defaults, **asked})  # type: ignore[arg-type]  # tests ask anything

    return create


@pytest.fixture
def calling(issue: Issue) -> Calling:
    """Make a token in acme and call with it."""

    def call(**asked: object) -> Caller:
        _, secret = issue(**asked)
        return authenticate_token(secret, dialect="startmessaging", address="203.0.113.9")

    return call


@pytest.fixture(params=list(Role))
def role(request: pytest.FixtureRequest) -> Role:
    return Role(request.param)


@pytest.fixture
def sign_in(acme: Account, by: Actor) -> SignIn:
    """Make an API login, in acme unless told, and sign in with its password."""

    def enter(account: Account = acme) -> Caller:
        login, password = issuing.create_login(account=account, name="phone", by=by, grantor=None)
        return authenticate_login(login.username, password, dialect="smsgate", address="203.0.113.9")

    return enter


@pytest.fixture
def caller(sign_in: SignIn) -> Caller:
    """An API login of acme, signed in with its password."""
    return sign_in()


@pytest.fixture
def jwt_of() -> JwtOf:
    """Make an access token for a caller's login."""

    def issue(caller: Caller, **asked: object) -> Issued:
        return issuing.issue_access(caller, **{"scopes": ["messages:send"], "by": caller.actor(), **asked})  # type: ignore[arg-type]  # tests ask anything

    return issue


@pytest.fixture
def wait(time_machine: TimeMachineFixture) -> Wait:
    """Let time pass."""

    def move(by: timedelta) -> None:
        time_machine.move_to(timezone.now() + by)

    return move
