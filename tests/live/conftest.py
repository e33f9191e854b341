"""Gateways for the live tests. What they have in common is made once: an account with its tokens."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from tests.live.databases import new_database
from tests.live.gateways import Gateway, new_gateway

Make = Callable[..., Gateway]


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that is never started: the others are its copies."""
    folder = tmp_path_factory.mktemp("original")
    gateway = new_gateway(folder, new_database(folder))
    yield gateway
    gateway.end()


@pytest.fixture(scope="module")
def copies(original: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Make further gateways, not started; they end with the module's tests."""
    base, numbers, made = tmp_path_factory.mktemp("gateways"), count(1), list[Gateway]()

    def make(**changed: Any) -> Gateway:
        made.append(original.copy(base / str(next(numbers)), **changed))
        return made[-1]

    yield make
    for gateway in made:
        gateway.end()


@pytest.fixture(scope="module")
def gateway(copies: Make) -> Gateway:
    """A running gateway, for the tests of one module."""
    made = copies()
    made.start()
    return made
