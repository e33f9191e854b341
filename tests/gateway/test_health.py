"""What a load balancer is told."""

from unittest import mock

import pytest
from django.db import DatabaseError, connections
from django.test import Client
from pytest_django import Settings

from gateway.sqlite.base import DatabaseWrapper
from gateway.sqlite.lock import Holder

pytestmark = pytest.mark.django_db


def test_a_gateway_that_can_take_messages_says_so() -> None:
    response = Client().get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_database_that_does_not_answer_is_told() -> None:
    with mock.patch.object(connections["default"], "cursor", side_effect=DatabaseError):
        response = Client().get("/health")
    assert response.status_code == 503
    assert response.json()["reason"] == "the database does not answer"


def test_counters_that_do_not_answer_are_told(settings: Settings) -> None:
    """Every message is refused then."""
    silent = {"BACKEND": "gateway.counters.RedisCounters", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {**settings.CACHES, "counters": silent}
    response = Client().get("/health")
    assert response.status_code == 503
    assert response.json()["reason"] == "the counters of limits do not answer"


def test_a_stuck_writer_is_told() -> None:
    if not isinstance(connections["default"], DatabaseWrapper):
        pytest.skip("only SQLite has one writer at a time")
    with mock.patch.object(DatabaseWrapper, "write_lock_holder", return_value=Holder(pid=4711, seconds=61.2)):
        response = Client().get("/health")
    assert response.status_code == 503
    assert response.json()["reason"] == "process 4711 has been writing for 61 s and lets nobody else"
