"""`/callbacks`: addresses that messages name, and that are told who answered them and who was not reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from accounts.models import Account
from messaging.dialects.whispir import fields, hooks
from messaging.dialects.whispir.authentication import NAME
from messaging.dialects.whispir.fields import Payload
from messaging.dialects.whispir.kept import Kept, Listed, Single
from messaging.dialects.whispir.language import Names
from messaging.dialects.whispir.serializers import read_id, render_id
from messaging.dialects.whispir.views import Item
from messaging.errors import Refusal, Refused
from messaging.models import WebhookEndpoint
from messaging.models.webhooks import LONGEST_URL
from messaging.webhooks import checks, endpoints, keyring
from messaging.webhooks.format import Call
from messaging.webhooks.probing import probe
from tokens.scopes import Scope

MOST_NAME, MOST_EMAIL = 50, 64
SWITCH = ("enabled", "disabled")
LANGUAGES = ("json", "xml")
_PROBE_SECONDS = 10.0
_STATUS = WebhookEndpoint.Status


def named(account: Account) -> QuerySet[WebhookEndpoint]:
    """Return the account's callbacks."""
    return WebhookEndpoint.objects.for_account(account).filter(origin=NAME, is_by_name=True)


def find(account: Account, text: str) -> WebhookEndpoint:
    """Return the callback that a message's `callbackId` means: its name, or its id; raises Refused.

    One that was made in the sandbox may be named by any message, and is told of those that stay there.
    """
    mine = named(account)
    found = mine.filter(name=text).first() or mine.filter(pk=read_id(text) or 0).first()
    if found is None:
        why = f"There is no callback {text[:100]}: callbackId is a callback's name."
        raise Refused(Refusal.INVALID, why, field="callbackId")
    return found


class CallbackView(Kept[WebhookEndpoint]):
    kind = "api-callback"
    names = Names("callback", "callbacks", "callbacks")
    path = "callbacks"
    called = "callback"
    needs: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.WEBHOOKS_LIST,
        "POST": Scope.WEBHOOKS_WRITE,
        "PUT": Scope.WEBHOOKS_WRITE,
        "DELETE": Scope.WEBHOOKS_DELETE,
    }
    searchable: ClassVar[Mapping[str, str]] = {"name": "name", "url": "url", "email": "email"}

    def rows(self) -> QuerySet[WebhookEndpoint]:
        mine = named(self.caller.account).select_related("account")
        return mine.filter(sandbox=True) if self.caller.is_sandbox else mine

    def brief(self, row: WebhookEndpoint) -> Item:
        return self.whole(row)

    def whole(self, row: WebhookEndpoint) -> Item:
        return {
            "id": render_id(row.pk),
            "name": row.name,
            "url": row.url,
            "auth": {"type": row.options.get("auth", hooks.HEADER), "key": fields.MASK if _key_of(row) else ""},
            "contentType": row.options.get("content_type", LANGUAGES[0]),
            "removeHTML": row.options.get("remove_html", "disabled"),
            "retriesEnabled": row.retry_after is None,
            "email": row.email,
            "callbacks": {word: SWITCH[word not in row.events] for word in hooks.WORDS},
            "link": self._links(row),
        }

    def _links(self, row: WebhookEndpoint) -> list[dict[str, str]]:
        calls = self.url(self.path, render_id(row.pk), "calls")
        links = self.links(row, update="updateCallback", delete="deleteCallback")
        return [*links, self.link("retrieveCallbackHistory", "GET", calls)]

    def make(self) -> WebhookEndpoint:
        asked, key = _asked(self.payload), _key(self.payload)
        if named(self.caller.account).filter(name=asked["name"]).exists():
            raise _taken()
        _try(asked, key)
        if self.caller.is_sandbox:
            asked["sandbox"] = True
        try:
            made, _ = endpoints.create(
                self.caller.account,
                by=self.caller.actor(),
                format=NAME,
                origin=NAME,
                is_by_name=True,
                secret=key,
                **asked,
            )
        except Refused as refused:
            raise _in_words(refused) from None
        return made

    def change(self, row: WebhookEndpoint) -> None:
        asked, key = _asked(self.payload), _key(self.payload)
        if key == fields.MASK:
            key = _key_of(row)
        if named(self.caller.account).filter(name=asked["name"]).exclude(pk=row.pk).exists():
            raise _taken()
        _try(asked, key)
        by = self.caller.actor()
        try:
            endpoints.change(row, by=by, **asked)
        except Refused as refused:
            raise _in_words(refused) from None
        if key != _key_of(row):
            endpoints.rotate(row, by=by, overlap=keyring.OVERLAPS[0], secret=key)
        if row.status == _STATUS.OFF:  # it answers again, as it just did
            endpoints.resume(row, by=by)

    def remove(self, row: WebhookEndpoint) -> None:
        endpoints.remove(row, by=self.caller.actor())


class Callbacks(Listed[WebhookEndpoint], CallbackView):
    """List and create."""


class OneCallback(Single[WebhookEndpoint], CallbackView):
    def delete(self, request: Request, id: str, **of: Any) -> HttpResponse:
        """Answer 200, unlike other removals."""
        self.remove(self.one(id))
        return self.respond({"link": []})


def _key_of(row: WebhookEndpoint) -> str:
    """Return the present key, "" where it has none or it cannot be read any more."""
    return next((secret.value for secret in keyring.readable(row) or ()), "")


def _asked(given: Payload) -> dict[str, Any]:
    """Return what endpoints are made and changed with; raises Refused."""
    told = fields.part(given, "callbacks", required=True)
    auth = fields.part(given, "auth", required=True)
    name = fields.text(given, "name", most=MOST_NAME, required=True)
    if not name.isprintable():
        raise Refused(Refusal.INVALID, "name must be one line.", field="name")
    return {
        "name": name,
        "url": checks.url(fields.text(given, "url", most=LONGEST_URL, required=True)),
        "options": {
            "auth": fields.choice(auth, "type", tuple(hooks.OPTIONS["auth"])),
            "content_type": fields.choice(given, "contentType", LANGUAGES),
            "remove_html": fields.choice(given, "removeHTML", SWITCH),
        },
        "retry_schedule": None if _flag(given, "retriesEnabled") else [],
        "email": _email(given),
        "events": [word for word in hooks.WORDS if fields.choice(told, word, SWITCH) == SWITCH[0]],
    }


def _flag(given: Payload, name: str) -> bool:
    if given.get(name) in (None, "", {}):
        raise Refused(Refusal.REQUIRED, f"{name} is required.", field=name)
    return fields.flag(given, name)


def _email(given: Payload) -> str:
    email = fields.text(given, "email", most=MOST_EMAIL, required=True)
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(Refusal.INVALID, "email must be an e-mail address.", field="email") from None
    return email


def _key(given: Payload) -> str:
    """Return the key, which must be there and may be empty."""
    auth = fields.part(given, "auth", required=True)
    if "key" not in auth or auth["key"] is None:
        raise Refused(Refusal.REQUIRED, "key is required; it may be empty.", field="key")
    key = fields.text(auth, "key", most=hooks.MOST_KEY)
    if complaint := hooks.complaint(key):
        raise Refused(Refusal.INVALID, f"key {complaint}.", field="key")
    return key


def _try(asked: Mapping[str, Any], key: str) -> None:
    """Have the address say that somebody listens there; raises Refused."""
    call = Call("", timezone.now(), b"", [key], asked["options"])
    probe(hooks.address(asked["url"], call), timeout=_PROBE_SECONDS, headers=hooks.headers(call))


def _taken() -> Refused:
    return Refused(Refusal.BAD_BODY, "There is a callback of this name already.", field="name")


def _in_words(refused: Refused) -> Refused:
    """A name that another request took meanwhile is a 400 here."""
    return _taken() if refused.refusal is Refusal.EXISTS else refused
