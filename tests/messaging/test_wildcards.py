"""`*` in filters and rules: it stands for anything, and never for a server that does nothing else."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase

import pytest
from django.contrib.auth import get_user_model
from hypothesis import given
from hypothesis import strategies as st

from messaging import wildcards

LETTERS = st.text("abA.+\n", max_size=12)


@given(st.text("abA.+*\n", max_size=10).filter(lambda value: "*" in value), LETTERS)
def test_a_star_stands_for_anything_case_aside(value: str, text: str) -> None:
    assert wildcards.fits(value, text) == fnmatchcase(text.lower(), value.lower())


def test_many_stars_take_no_longer_than_one() -> None:
    began = time.process_time()
    assert not wildcards.fits("*a" * 120 + "*b", "a" * 1000)
    assert wildcards.fits("*a" * 120 + "*b", "a" * 1000 + "b")
    assert time.process_time() - began < 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("value", "found"),
    [("a*a*e", True), ("*a*a*z*", False), ("A*.EXAMPLE", True), ("*.exampl", False), ("*@*", True), ("*", True)],
)
def test_a_database_reads_stars_likewise(value: str, found: bool) -> None:
    people = get_user_model().objects
    people.create_user(email="ana.a@acme.example", password="a long enough password")
    assert people.filter(wildcards.fitting("email", value)).exists() is found
    assert wildcards.fits(value, "ana.a@acme.example") is found


@pytest.mark.django_db
def test_a_database_is_not_stopped_by_many_stars() -> None:
    people = get_user_model().objects
    people.create_user(email="a@acme.example", name="a" * 100, password="a long enough password")
    began = time.process_time()
    assert not people.filter(wildcards.fitting("name", "*a" * 60 + "*b")).exists()
    assert time.process_time() - began < 1
