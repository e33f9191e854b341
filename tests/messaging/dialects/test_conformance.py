"""Our own API and every dialect in the folder, held to the same promises."""

import pytest
from pytest_django import Settings

from accounts.models import Account
from tests.messaging.dialects.conformance import CHECKS, DIALECT_CHECKS
from tests.messaging.dialects.subject import Bench, Check, Subject, subjects

SUBJECTS = list(subjects())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_every_api(subject: Subject, check: Check, acme: Account, other: Account, settings: Settings) -> None:
    check(Bench(subject, acme, other, settings))


@pytest.mark.parametrize("check", DIALECT_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.dialect], ids=lambda subject: subject.name)
def test_every_dialect(subject: Subject, check: Check, acme: Account, other: Account, settings: Settings) -> None:
    check(Bench(subject, acme, other, settings))
