"""What a rule is, what it finds, and how it stands in each account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from messaging.models import Alert

Subject = Alert.Subject
Key = tuple[int, str, int, str]  # account, the subject's kind and id, and the detail


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a rule's sentence: what it is unless somebody says otherwise, and what it may be."""

    default: int
    least: int
    most: int
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found now; `detail` tells two of one subject apart."""

    account_id: int
    kind: str
    id: int
    name: str
    text: str
    detail: str = ""
    place: str = ""
    mark: str = ""

    @property
    def key(self) -> Key:
        return self.account_id, self.kind, self.id, self.detail


@dataclass(frozen=True, slots=True)
class Chosen:
    """How a rule stands in one account."""

    numbers: Mapping[str, int]
    is_on: bool = True
    by_email: bool = True
    by_webhook: bool = True
    pauses_token: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Something to be warned of: a sentence with its numbers, and how it is found.

    `find` asks for all accounts at once, as loosely as any of them wants it, and leaves out what an account's own
    numbers do not reach. Whether the rule is on there is not its to ask.
    """

    code: str
    sentence: str
    find: Callable[[Scope, datetime], Iterable[Finding]]
    numbers: Mapping[str, Number] = field(default_factory=dict)
    seconds: float = 15.0  # between two looks
    may_pause: bool = False
    tells_end: bool = True  # an e-mail says when it is over

    @property
    def usual(self) -> Chosen:
        return Chosen({name: number.default for name, number in self.numbers.items()})


@dataclass(slots=True)
class Scope:
    """One rule in all accounts: the usual numbers, and those of the accounts that changed them.

    A rule that did not look at everything says so by `is_partial`: what it did not find may still be there.
    """

    rule: Rule
    changed: Mapping[int, Chosen]
    is_partial: bool = False

    def of(self, account_id: int) -> Chosen:
        return self.changed.get(account_id) or self.rule.usual

    def number(self, account_id: int, name: str) -> int:
        return self.of(account_id).numbers[name]

    def loosest(self, name: str) -> int:
        """Return the smallest number that any account asks for: more is found with it than with each larger one."""
        own = (chosen.numbers[name] for chosen in self.changed.values() if chosen.is_on)
        return min([self.rule.numbers[name].default, *own])
