"""What the conformance checks look at (a dialect, or our own API) and how they ask it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve
from hypothesis import HealthCheck, settings
from pytest_django import Settings

from accounts.audit import COMMAND
from accounts.models import Account, Plan
from messaging import dialect, routing
from messaging.api import errors as own_errors
from messaging.dialect import OWN_API, Dialect, Example, Problem
from messaging.edge import Edge
from messaging.errors import Refusal, Refused
from messaging.models import Message
from messaging.states import State
from tokens import issuing
from tokens.authentication import Caller, forget
from tokens.errors import Denied
from tokens.jwt import Issued
from tokens.models import ApiLogin, Token

TO = "15551234567"


@dataclass(frozen=True)
class Subject:
    name: str
    base: str  # the path, with its slashes, that the examples' paths are below
    roots: tuple[str, ...]
    words: Mapping[Any, Any]
    answer: Callable[[Problem], HttpResponse]
    send: Example
    read: Example
    read_one: Example
    read_state: Example
    states: Mapping[State, str]
    render_id: Callable[[int], str]
    send_kind: Callable[[str, Any], Example | None]
    access: Mapping[str, str] = field(default_factory=dict)  # the headers that carry a JWT, where it takes them
    dialect: Dialect | None = None

    @property
    def takes_tokens(self) -> bool:
        return "$TOKEN" in self._headers

    @property
    def takes_logins(self) -> bool:
        return "$BASIC" in self._headers

    @property
    def _headers(self) -> str:
        return " ".join(self.send.headers.values())

    @classmethod
    def of(cls, style: Dialect) -> Subject:
        return cls(
            name=style.name,
            base=f"/{style.mount}/",
            roots=style.roots,
            words=style.words,
            answer=lambda problem: style.answer(problem, RequestFactory().get("/", headers=_plain(style.send))),
            send=style.send,
            read=style.read,
            read_one=style.read_one,
            read_state=style.read_state,
            states=style.states,
            render_id=style.render_id,
            send_kind=style.send_kind,
            access=style.access,
            dialect=style,
        )


_BEARER = {"Authorization": "Bearer $TOKEN"}
_READ_OWN = Example("Read", "GET", "api/v1/messages/$ID", _BEARER)
OUR_OWN = Subject(
    name=OWN_API,
    base="/",
    roots=("api/v1/",),
    words=own_errors.WORDS,
    answer=own_errors.answer,
    send=Example("Send", "POST", "api/v1/messages", _BEARER, {"to": "$TO", "type": "text", "text": {"body": "Hello"}}),
    read=Example("List", "GET", "api/v1/messages", _BEARER),
    read_one=_READ_OWN,
    read_state=_READ_OWN,
    states={state: state.value for state in State},
    render_id=str,
    send_kind=lambda kind, body: Example(
        f"Send {kind}",
        "POST",
        "api/v1/messages",
        _BEARER,
        {"to": "$TO", "channel": "sms" if kind == "data" else "whatsapp", "type": kind, kind: body},
    ),
)


def subjects() -> Iterator[Subject]:
    """Our own API and every dialect in the folder."""
    yield OUR_OWN
    for style in dialect.found().values():
        yield Subject.of(style)


@dataclass
class Bench:
    """A subject, the account that asks it, and a stranger's account."""

    subject: Subject
    account: Account
    other: Account
    settings: Settings
    device: str = ""

    def __post_init__(self) -> None:
        self.settings.GATEWAY_SANDBOX_PACE = 0
        self.change_plan(requests_per_second=100_000, messages_per_day=None)
        self.device = routing.sandbox(self.account).digits
        self.secret = self.issue()
        self.login, self.basic = self.issue_login()

    def change_plan(self, **limits: int | None) -> None:
        code = f"bench-{Plan.objects.count()}"
        plan = Plan.objects.create(code=code, name=code, max_tokens=100, **{"requests_per_second": 100_000, **limits})
        for account in (self.account, self.other):
            account.plan = plan
            account.save(update_fields=["plan"])
        forget()

    def issue_token(self, **asked: Any) -> tuple[Token, str]:
        return issuing.create_token(
            **{"account": self.account, "name": "bench", "by": COMMAND, "grantor": None, **asked}
        )

    def issue(self, **asked: Any) -> str:
        return self.issue_token(**asked)[1]

    def issue_login(self, **asked: Any) -> tuple[ApiLogin, str]:
        """Make an API login; returns it with what Basic sends for it."""
        login, password = issuing.create_login(
            **{"account": self.account, "name": "bench", "by": COMMAND, "grantor": None, **asked}
        )
        return login, basic(login.username, password)

    def of(self, account: Account) -> dict[str, Any]:
        """What to ask with as somebody of that account."""
        return {"secret": self.issue(account=account), "basic": self.issue_login(account=account)[1]}

    def issue_access(self, scopes: Sequence[str]) -> Issued:
        caller = Caller(account=self.account, token=None, login=self.login, address="127.0.0.1")
        return issuing.issue_access(caller, scopes=list(scopes), by=COMMAND)

    def by_access(self, example: Example, jwt: str) -> Example:
        """The example with a JWT for its credential."""
        headers = {name: value.replace("$ACCESS", jwt) for name, value in self.subject.access.items()}
        return replace(example, headers={**example.headers, **headers})

    def filled(self, text: str, secret: str = "", basic: str = "") -> str:
        text = text.replace("$TOKEN", secret).replace("$BASIC", basic)
        return text.replace("$TO", TO).replace("$DEVICE", self.device)

    def body(self, example: Example) -> Any:
        """The example's body with its placeholders filled."""
        return json.loads(self.filled(json.dumps(example.body)))

    def ask(
        self,
        example: Example,
        *,
        secret: str | None = "",
        basic: str | None = "",
        body: Any = None,
        base: str | None = None,
        host: str = "",
    ) -> HttpResponse:
        """Ask as the example does, with the bench's token and login unless others are given; None leaves one out.

        `body` replaces the example's: bytes as they are, anything else as JSON.
        """
        secret = self.secret if secret == "" else secret
        basic = self.basic if basic == "" else basic
        headers = {
            name: self.filled(value, secret or "", basic or "")
            for name, value in example.headers.items()
            if (secret is not None or "$TOKEN" not in value) and (basic is not None or "$BASIC" not in value)
        }
        if host:
            headers["Host"] = host
        body = self.body(example) if body is None and example.body is not None else body
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        path = (self.subject.base if base is None else base) + self.filled(example.path)
        content_type = headers.pop("Content-Type", "application/json")
        client = Client(raise_request_exception=False)
        response: Any = client.generic(example.method, path, data=raw, content_type=content_type, headers=headers)
        return cast(HttpResponse, response)

    def view(self, example: Example) -> type[Edge]:
        function: Any = resolve(self.subject.base + self.filled(example.path)).func
        return cast(type[Edge], function.cls)

    def send(self, **changes: Any) -> HttpResponse:
        return self.ask(self.subject.send, **changes)

    def read(self, **changes: Any) -> HttpResponse:
        return self.ask(self.subject.read, **changes)

    def assert_refused(self, response: HttpResponse, problem: Problem, why: object = "") -> None:
        """The response is the subject's own answer to that problem, and nothing was stored."""
        expected = self.subject.answer(problem)
        said = f"{why or problem!r}: {response.status_code} {response.content[:300]!r}"
        assert response.status_code == expected.status_code, said
        assert response["Content-Type"] == expected["Content-Type"], said
        ours, theirs = (_fields(r) for r in (expected, response))
        assert ours == theirs if isinstance(problem, Denied) else ours <= theirs, said
        self.assert_nothing_stored(said)

    def assert_own_no(self, response: HttpResponse, why: object) -> None:
        """The response is a refusal of the request, in the subject's form, and nothing was stored."""
        form = self.subject.answer(Refused(Refusal.BAD_BODY, "why"))
        said = f"{why}: {response.status_code} {response.content[:300]!r}"
        assert 400 <= response.status_code < 500, said
        assert response["Content-Type"] == form["Content-Type"], said
        assert _fields(form) <= _fields(response), said
        self.assert_nothing_stored(said)

    def assert_nothing_stored(self, why: object = "") -> None:
        assert not Message.objects.exists(), why


def _fields(response: HttpResponse) -> set[str]:
    """The names of a refusal's fields; none where it is no JSON."""
    return set(json.loads(response.content)) if response["Content-Type"].endswith("json") else set()


def _plain(example: Example) -> dict[str, str]:
    """The example's headers that say how it wants to be answered."""
    return {name: value for name, value in example.headers.items() if "$" not in value}


def basic(username: str, password: str) -> str:
    """What Basic sends for a login."""
    return b64encode(f"{username}:{password}".encode()).decode()


def at(example: Example, path: str, method: str | None = None) -> Example:
    """The example at another path, or by another method."""
    return replace(example, path=path, method=method or example.method)


Check = Callable[[Bench], None]
# A few dozen examples each, in the database of the test that makes them.
quick = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
