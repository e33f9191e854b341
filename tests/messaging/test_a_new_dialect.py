"""A sixth dialect is one folder: it is found, mounted and held to the same promises, with nothing else touched."""

import sys
from collections.abc import Iterator
from importlib import import_module, reload
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.urls import clear_url_caches
from openapi_spec_validator import validate
from pytest_django import Settings

from accounts.models import Account, User
from messaging import dialect, dialects
from tests.conftest import SignedIn
from tests.messaging.dialects import credentials, malformed, promises
from tests.messaging.dialects.conformance import CHECKS, DIALECT_CHECKS
from tests.messaging.dialects.subject import Bench, Check, Subject

FOLDER = {
    "__init__.py": """
LABEL = "Pigeon Post"
ROOTS = ("loft/",)
MOUNT = "pigeons"
""",
    "authentication.py": """
from accounts.addresses import client_address
from tokens.authentication import authenticate_token


def identify(request):
    return authenticate_token(
        request.META.get("HTTP_X_PIGEON_KEY"), dialect="pigeon", address=client_address(request)
    )
""",
    "errors.py": """
from messaging.edge import json_response
from messaging.errors import Refusal
from tokens.errors import Denial, Denied

WORDS = {problem: 422 for problem in Refusal} | {problem: 403 for problem in Denial}
WORDS |= {
    Refusal.NOT_FOUND: 404,
    Refusal.METHOD: 405,
    Refusal.TOO_LARGE: 413,
    Refusal.INTERNAL: 500,
    Refusal.NOT_OFFERED: 501,
    Refusal.BUSY: 503,
    Denial.MISSING: 401,
    Denial.RATE_LIMITED: 429,
}


def answer(problem, request):
    name = problem.denial if isinstance(problem, Denied) else problem.refusal
    return json_response({"coo": name}, status=WORDS[name])
""",
    "serializers.py": """
import msgspec

from messaging.ids import from_base62, to_base62
from messaging.states import State

STATES = {state: f"pigeon {state}" for state in State}


class Note(msgspec.Struct):
    recipient: str
    note: str


def render_id(id):
    return "pigeon-" + to_base62(id)


def read_id(text):
    return from_base62(text.removeprefix("pigeon-")) if text.startswith("pigeon-") else None
""",
    "views.py": """
from messaging import sending
from messaging.content import summary
from messaging.dialects.pigeon import authentication, errors
from messaging.dialects.pigeon.serializers import STATES, Note, read_id, render_id
from messaging.drafting import Draft, Sender
from messaging.edge import Edge, NotFound, json_response
from messaging.models import Message
from tokens.scopes import Scope


class View(Edge):
    dialect = "pigeon"

    def identify(self, request):
        return authentication.identify(request)

    def refuse(self, problem):
        return errors.answer(problem, self.request)


class Unknown(View, NotFound):
    pass


class Notes(View):
    needs = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}

    def get(self, request):
        mine = Message.objects.for_account(self.caller.account)
        return json_response({"notes": {render_id(message.pk): STATES[message.state] for message in mine}})

    def post(self, request):
        note = self.read(Note)
        draft = Draft(to=[note.recipient], kind="text", body={"body": note.note})
        accepted = sending.accept(Sender.from_caller(self.caller, self.dialect), draft)
        return json_response({"pigeon": render_id(accepted.first_id)}, status=202)


class OneNote(View):
    needs = {"GET": Scope.MESSAGES_READ}

    def get(self, request, id):
        message = sending.find(self.caller.account, read_id(id) or 0)
        note = summary(message.kind, message.content)
        return json_response({"pigeon": id, "state": STATES[message.state], "note": note})
""",
    "urls.py": """
from django.urls import path

from messaging.dialects.pigeon.views import Notes, OneNote, Unknown

urlpatterns = [path("loft/notes", Notes.as_view()), path("loft/notes/<str:id>", OneNote.as_view())]
not_found = Unknown.as_view()
""",
    "examples.py": """
from messaging.dialect import Example

_KEY = {"X-Pigeon-Key": "$TOKEN"}
SEND = Example("Send a note", "POST", "loft/notes", _KEY, {"recipient": "$TO", "note": "Corn, please"})
READ = Example("Read all notes", "GET", "loft/notes", _KEY)
READ_ONE = Example("Read a note", "GET", "loft/notes/$ID", _KEY)
""",
}
# The same for logins and their JWTs.
BY_LOGIN = {
    "authentication.py": """
from base64 import b64decode

from accounts.addresses import client_address
from tokens.authentication import authenticate_access, authenticate_login
from tokens.errors import Denial, Denied


def identify(request):
    asked = {"dialect": "pigeon", "address": client_address(request)}
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if not scheme:
        raise Denied(Denial.MISSING)
    if scheme == "Bearer":
        return authenticate_access(secret, **asked)
    try:
        username, password = b64decode(secret, validate=True).decode().split(":", 1)
    except ValueError:
        raise Denied(Denial.MALFORMED) from None
    return authenticate_login(username, password, **asked)
""",
    "examples.py": FOLDER["examples.py"].replace('{"X-Pigeon-Key": "$TOKEN"}', '{"Authorization": "Basic $BASIC"}')
    + 'ACCESS = {"Authorization": "Bearer $ACCESS"}\n',
}


def _look_again() -> None:
    dialect.forget()
    reload(import_module(django_settings.ROOT_URLCONF))
    clear_url_caches()


def _unload() -> None:
    for name in [name for name in sys.modules if name.startswith(f"{dialects.__name__}.pigeon")]:
        del sys.modules[name]
    vars(dialects).pop("pigeon", None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place where dialects are found too, with the new one's folder in it."""
    home = tmp_path / "pigeon"
    home.mkdir()
    for name, text in FOLDER.items():
        (home / name).write_text(text)
    with monkeypatch.context() as patch:
        patch.setattr(dialects, "__path__", [*dialects.__path__, str(tmp_path)])
        patch.setattr(sys, "dont_write_bytecode", True)
        dialect.forget()
        yield home
    _unload()
    _look_again()


@pytest.fixture
def subject(folder: Path) -> Subject:
    _look_again()
    return Subject.of(dialect.found()["pigeon"])


@pytest.mark.parametrize("check", CHECKS + DIALECT_CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_every_promise(
    check: Check, subject: Subject, acme: Account, other: Account, settings: Settings
) -> None:
    check(Bench(subject, acme, other, settings))


@pytest.fixture
def by_login(folder: Path) -> Path:
    for name, text in BY_LOGIN.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("check", CHECKS + DIALECT_CHECKS, ids=lambda check: check.__name__)
def test_one_that_takes_logins_keeps_every_promise(
    check: Check, by_login: Path, acme: Account, other: Account, settings: Settings
) -> None:
    _look_again()
    check(Bench(Subject.of(dialect.found()["pigeon"]), acme, other, settings))


def test_it_is_listed_beside_the_others_and_needs_no_migration(subject: Subject, db: None) -> None:
    assert dialect.names()["pigeon"] == "Pigeon Post"
    assert set(dialect.names()) >= {"gateway", "startmessaging", "whatsgate", "pigeon"}
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_its_documents_have_its_routes_before_it_describes_them(
    subject: Subject, alice: User, acme: Account, signed_in: SignedIn
) -> None:
    found = Client().get("/docs/pigeons/openapi.json").json()
    validate(found)
    assert {path: set(methods) for path, methods in found["paths"].items()} == {
        "/loft/notes": {"get", "post"},
        "/loft/notes/{id}": {"get"},
    }
    page = signed_in(alice).get("/api-docs/pigeons/").content.decode()
    assert f"curl -X GET {django_settings.GATEWAY_URL}/loft/notes/id" in page


@pytest.mark.parametrize("missing", ["errors.py", "serializers.py", "urls.py", "examples.py"])
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()

    with pytest.raises(ImportError, match=rf"pigeon\.{missing.removesuffix('.py')}"):
        dialect.found()


@pytest.mark.parametrize(
    ("file", "name"),
    [("__init__.py", "LABEL"), ("errors.py", "WORDS"), ("serializers.py", "STATES"), ("examples.py", "READ")],
)
def test_a_missing_name_is_named(folder: Path, file: str, name: str) -> None:
    text = (folder / file).read_text()
    (folder / file).write_text(text.replace(f"{name} ", "OTHERWISE ").replace("STATES[", "OTHERWISE["))

    with pytest.raises((AttributeError, ImportError, NameError), match=name):
        dialect.found()


_BROKEN = [
    (
        promises.each_refusal_has_a_word,
        "errors.py",
        "\n\ndef answer",
        "del WORDS[Refusal.KIND]\n\ndef answer",
        "WORDS lacks .*kind",
    ),
    (promises.each_refusal_has_a_word, "errors.py", "Denial.MISSING: 401", "Denial.MISSING: 200", "missing"),
    (promises.each_state_has_a_word, "serializers.py", "in State}", "in list(State)[1:]}", "STATES lacks .*ACCEPTED"),
    (
        promises.ids_are_read_as_they_are_written,
        "serializers.py",
        "return from_base62(text",
        "return from_base62(text[:18]",
        "read",
    ),
    (credentials.a_token_does_what_it_was_given_and_no_more, "views.py", '"GET": Scope.MESSAGES_LIST, ', "", "scope"),
    (
        credentials.a_stranger_sees_and_uses_nothing,
        "views.py",
        "for_account(self.caller.account)",
        "all()",
        "a stranger sees pigeon-",
    ),
    (
        malformed.a_field_of_the_wrong_form_is_refused,
        "views.py",
        "self.read(Note)",
        "Note(**loads(self.raw_body))",
        "500",
    ),
    (malformed.an_unknown_path_is_refused, "urls.py", "Unknown.as_view()", "Notes.as_view()", "nothing-is-here"),
]


_BROKEN_WITH_LOGINS = [
    (
        credentials.a_credential_that_may_not_is_refused_in_its_words,
        "authentication.py",
        "raise Denied(Denial.MALFORMED)",
        "raise ArithmeticError",
        "no base64",
    ),
    (
        credentials.an_access_token_does_what_it_was_given_and_no_more,
        "views.py",
        'needs = {"GET": Scope.MESSAGES_LIST, "POST": Scope.MESSAGES_SEND}',
        "needs = {}",
        "scope",
    ),
    (
        credentials.an_access_token_that_may_not_is_refused_in_its_words,
        "authentication.py",
        "return authenticate_access(secret, **asked)",
        (
            "from tokens.models import ApiLogin; from tokens.authentication import Caller;"
            " return Caller(ApiLogin.objects.latest('pk').account, None, ApiLogin.objects.latest('pk'), '')"
        ),
        "revoked",
    ),
]


@pytest.mark.parametrize(("check", "file", "text", "broken", "complaint"), _BROKEN)
def test_a_broken_promise_is_noticed(
    folder: Path,
    acme: Account,
    other: Account,
    settings: Settings,
    check: Check,
    file: str,
    text: str,
    broken: str,
    complaint: str,
) -> None:
    _break(folder / file, text, broken)

    with pytest.raises(AssertionError, match=complaint):
        check(Bench(Subject.of(dialect.found()["pigeon"]), acme, other, settings))


@pytest.mark.parametrize(("check", "file", "text", "broken", "complaint"), _BROKEN_WITH_LOGINS)
def test_a_broken_promise_about_logins_is_noticed(
    by_login: Path,
    acme: Account,
    other: Account,
    settings: Settings,
    check: Check,
    file: str,
    text: str,
    broken: str,
    complaint: str,
) -> None:
    _break(by_login / file, text, broken)

    with pytest.raises(AssertionError, match=complaint):
        check(Bench(Subject.of(dialect.found()["pigeon"]), acme, other, settings))


def _break(file: Path, text: str, broken: str) -> None:
    written = file.read_text()
    assert text in written
    file.write_text(f"from json import loads\n{written.replace(text, broken)}")
    _look_again()
