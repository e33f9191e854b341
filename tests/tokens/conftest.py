"""Tokens of acme, and who may give what there."""

from collections.abc import Callable

import pytest

from accounts.audit import Actor
from accounts.models import Account, Membership, User
from accounts.roles import Role
from tokens import issuing
from tokens.authentication import Caller, authenticate_token
from tokens.models import Token

Issue = Callable[..., tuple[Token, str]]
Calling = Callable[..., Caller]


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
