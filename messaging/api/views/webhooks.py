"""Webhooks: registering, changing and replaying, over the same verbs as the dashboard's."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request

from messaging.api import examples as samples
from messaging.api.serializers import webhooks as out
from messaging.api.serializers.lists import Paging
from messaging.api.views.base import View, find, read_id, show
from messaging.edge import json_response
from messaging.errors import Refusal, Refused
from messaging.ids import LARGEST, first_at
from messaging.models import Device, WebhookDelivery, WebhookEndpoint, WebhookEndpointQuerySet
from messaging.webhooks import checking, checks, endpoints, examples, figures, keyring, pulling, replaying
from tokens.errors import Denial, Denied
from tokens.models import Token
from tokens.scopes import Scope

_OVERLAPS = dict(zip(out.OVERLAPS, keyring.OVERLAPS, strict=True))
_READS: Mapping[str, Scope] = {"GET": Scope.WEBHOOKS_LIST}
_WRITES: Mapping[str, Scope] = {"POST": Scope.WEBHOOKS_WRITE, "PATCH": Scope.WEBHOOKS_WRITE}


class Webhooks(View):
    """Base of these views. A sandbox token reaches no webhook that hears of anything real."""

    needs: ClassVar[Mapping[str, Scope]] = {**_READS, **_WRITES, "DELETE": Scope.WEBHOOKS_DELETE}

    def rows(self) -> WebhookEndpointQuerySet:
        found = WebhookEndpoint.objects.for_account(self.caller.account).select_related("account")
        return found.filter(sandbox=True) if self.caller.is_sandbox else found

    def one(self, id: str) -> WebhookEndpoint:
        return find(self.rows(), id)

    def filters(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what was asked for with the rows that its filters name; raises Refused."""
        account, given = self.caller.account, asked.pop("filters", {})
        if "device_id" in given:
            asked["device"] = self._row(Device.objects.for_account(account), given["device_id"], "filters.device_id")
        if "token_id" in given:
            asked["token"] = self._row(Token.objects.for_account(account), given["token_id"], "filters.token_id")
        asked |= {name: given[name] for name in ("dialect", "sandbox") if name in given}
        if self.caller.is_sandbox:
            asked["sandbox"] = True
        return asked

    def _row(self, rows: Any, id: str | None, name: str) -> Any:
        found = rows.filter(pk=min(int(id), LARGEST)).first() if id else None
        if id and found is None:
            raise Refused(Refusal.INVALID, "There is no such thing in this account.", field=name)
        return found


class Endpoints(Webhooks):
    @extend_schema(
        operation_id="list_webhooks", summary="List webhooks", parameters=[Paging], responses=out.WebhookPage
    )
    def get(self, request: Request) -> HttpResponse:
        return self.list_all(self.rows(), out.WebhookOut)

    @extend_schema(
        operation_id="create_webhook",
        summary="Create a webhook",
        description="The answer is the only one that ever holds its secret. An address that may not be called is "
        "refused with 400 and the reason.",
        request=out.WebhookIn,
        responses={201: out.WebhookWithSecret},
        examples=samples.CREATE_WEBHOOK,
    )
    def post(self, request: Request) -> HttpResponse:
        asked = self.filters(self.asked(out.WebhookIn))
        endpoint, secret = endpoints.create(self.caller.account, by=self.caller.actor(), **asked)
        response = show(out.WebhookOut, endpoint, status=201, secret=secret)
        response.headers["Location"] = f"/api/v1/webhooks/{endpoint.pk}"
        return response


class OneEndpoint(Webhooks):
    @extend_schema(operation_id="read_webhook", summary="Read a webhook", responses=out.WebhookDetail)
    def get(self, request: Request, id: str) -> HttpResponse:
        endpoint = self.one(id)
        known = figures.of([endpoint])[endpoint.pk]
        return show(out.WebhookOut, endpoint, waiting=known.waiting, succeeded=known.succeeded, failed=known.failed)

    @extend_schema(
        operation_id="change_webhook",
        summary="Change a webhook",
        request=out.WebhookChange,
        responses=out.WebhookOut,
        examples=samples.CHANGE_WEBHOOK,
    )
    def patch(self, request: Request, id: str) -> HttpResponse:
        asked = self.filters(self.asked(out.WebhookChange, partial=True))
        return show(out.WebhookOut, endpoints.change(self.one(id), by=self.caller.actor(), **asked))

    @extend_schema(
        operation_id="delete_webhook",
        summary="Delete a webhook",
        description="What waits for it is not posted.",
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:
        endpoints.remove(self.one(id), by=self.caller.actor())
        return HttpResponse(status=204)


class EndpointVerb(Webhooks):
    """One change of a webhook that needs nothing but its id."""

    verb: ClassVar[Callable[..., WebhookEndpoint]]

    def post(self, request: Request, id: str) -> HttpResponse:
        return show(out.WebhookOut, type(self).verb(self.one(id), by=self.caller.actor()))


def _described(name: str, summary: str, description: str) -> Any:
    operation = extend_schema(
        operation_id=name, summary=summary, description=description, request=None, responses=out.WebhookOut
    )
    return extend_schema_view(post=operation)


@_described("pause_webhook", "Post nothing for now", "What happens meanwhile waits.")
class Pause(EndpointVerb):
    verb = endpoints.pause


@_described("resume_webhook", "Post again", "Also what was switched off. It begins with what waited.")
class Resume(EndpointVerb):
    verb = endpoints.resume


class Rotate(Webhooks):
    @extend_schema(
        operation_id="rotate_webhook_secret",
        summary="Give a webhook a new secret",
        description="During the overlap calls are signed with the old one too.",
        request=out.Rotation,
        responses=out.WebhookWithSecret,
        examples=samples.ROTATE_WEBHOOK,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        asked = self.asked(out.Rotation)
        endpoint, overlap = self.one(id), _OVERLAPS[asked["overlap"]]
        secret = endpoints.rotate(endpoint, by=self.caller.actor(), overlap=overlap, secret=asked.get("secret"))
        return show(out.WebhookOut, endpoint, secret=secret)


class Example(Webhooks):
    @extend_schema(
        operation_id="send_example_event",
        summary="Send an example event",
        description="It goes to this webhook alone and says that it is an example.",
        request=out.ExampleIn,
        responses={202: out.DeliveryOut},
        examples=samples.SEND_EXAMPLE,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        delivery = examples.send_example(self.one(id), self.asked(out.ExampleIn).get("event", ""))
        return show(out.DeliveryOut, delivery, status=202)


class Replay(Webhooks):
    @extend_schema(
        operation_id="replay_calls",
        summary="Post the calls of a time again",
        description="With the same event ids, by which your receiver can tell. `dry_run` only counts them.",
        request=out.ReplayIn,
        responses={202: out.Replayed},
        examples=samples.REPLAY_CALLS,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        asked = self.asked(out.ReplayIn)
        endpoint, is_dry = self.one(id), asked["dry_run"]
        chosen = {
            "since": asked["since"],
            "until": asked.get("until") or timezone.now() + timedelta(seconds=1),
            "only_lost": asked["which"] == out.LOST,
        }
        if is_dry:
            count = replaying.count(endpoint, **chosen)
        else:
            count = replaying.replay_range(endpoint, by=self.caller.actor(), **chosen)
        return json_response({"count": count, "dry_run": is_dry}, status=202)


class Deliveries(Webhooks):
    @extend_schema(
        operation_id="list_calls",
        summary="List a webhook's calls",
        parameters=[out.DeliveryFilter],
        responses=out.DeliveryPage,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        asked = self.query(out.DeliveryFilter)
        rows = WebhookDelivery.objects.filter(endpoint=self.one(id)).select_related("event")
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        if "message" in asked:
            rows = rows.filter(event__message=read_id(asked["message"]))
        if "since" in asked:
            rows = rows.filter(pk__gte=first_at(asked["since"]))
        if "until" in asked:
            rows = rows.filter(pk__lt=first_at(asked["until"]))
        return self.page(rows, out.DeliveryOut, asked)


class Calls(Webhooks):
    """Base of what concerns one call."""

    def call(self, id: str, delivery_id: str) -> WebhookDelivery:
        rows = WebhookDelivery.objects.filter(endpoint=self.one(id))
        return find(rows.select_related("event", "endpoint__account"), delivery_id)


class OneDelivery(Calls):
    @extend_schema(operation_id="read_call", summary="Read a call with all its attempts", responses=out.DeliveryDetail)
    def get(self, request: Request, id: str, delivery_id: str) -> HttpResponse:
        delivery = self.call(id, delivery_id)
        return show(out.DeliveryDetail, delivery, url=delivery.url or delivery.endpoint.url)


class ReplayOne(Calls):
    @extend_schema(
        operation_id="replay_call", summary="Post a call again", request=None, responses={202: out.DeliveryOut}
    )
    def post(self, request: Request, id: str, delivery_id: str) -> HttpResponse:
        delivery = replaying.replay(self.call(id, delivery_id), by=self.caller.actor())
        return show(out.DeliveryOut, delivery, status=202)


class Verify(Webhooks):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.WEBHOOKS_WRITE}

    @extend_schema(
        operation_id="verify_call",
        summary="Say what is wrong with a call",
        description="Give the headers and the body as your receiver got them, with the webhook's id, or with its "
        "format and secret.",
        request=out.VerifyIn,
        responses=out.Verified,
        examples=samples.VERIFY_CALL,
    )
    def post(self, request: Request) -> HttpResponse:
        asked = self.asked(out.VerifyIn)
        if "webhook_id" in asked:
            endpoint = self._row(self.rows(), asked["webhook_id"], "webhook_id")
            known = checks.known(endpoint.format)
            secrets = [secret.value for secret in keyring.readable(endpoint) or ()]
        else:
            known = checks.known(asked.get("format", ""))
            secrets = [checks.secret(asked.get("secret", ""), known)]
        verdict = checking.check(
            known,
            headers=asked["headers"],
            body=asked["body"].encode("utf-8", "surrogatepass"),
            secrets=[secret for secret in secrets if secret],
            account=self.caller.account,
        )
        return show(out.Verified, verdict)


class Settings(Webhooks):
    @extend_schema(
        operation_id="read_webhook_settings",
        summary="Read what holds for all webhooks",
        responses=out.SettingsOut,
    )
    def get(self, request: Request) -> HttpResponse:
        return show(out.SettingsOut, self.caller.account)

    @extend_schema(
        operation_id="change_webhook_settings",
        summary="Change what holds for all webhooks",
        request=out.SettingsIn,
        responses=out.SettingsOut,
        examples=samples.WEBHOOK_SETTINGS,
    )
    def patch(self, request: Request) -> HttpResponse:
        if self.caller.is_sandbox:
            raise Denied(Denial.SCOPE, "A sandbox token changes nothing that is real.")
        asked = self.asked(out.SettingsIn)
        account = endpoints.set_texts(self.caller.account, asked["message_texts"], by=self.caller.actor())
        return show(out.SettingsOut, account)


class Formats(Webhooks):
    @extend_schema(
        operation_id="list_webhook_formats",
        summary="List the forms that events may have",
        responses=out.Formats,
    )
    def get(self, request: Request) -> HttpResponse:
        return json_response(out.formats())


class Listen(Webhooks):
    @extend_schema(
        operation_id="listen",
        summary="Create a webhook whose calls are fetched",
        description="For developing: `./gw listen` uses it. It ends ten minutes after it was last asked.",
        request=out.ListenerIn,
        responses={201: out.WebhookWithSecret},
        examples=samples.LISTEN,
    )
    def post(self, request: Request) -> HttpResponse:
        asked = self.filters(self.asked(out.ListenerIn))
        kind = WebhookEndpoint.Kind.LISTENER
        endpoint, secret = endpoints.create(self.caller.account, by=self.caller.actor(), kind=kind, **asked)
        return show(out.WebhookOut, endpoint, status=201, secret=secret)


class Listener(Webhooks):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.WEBHOOKS_WRITE, "POST": Scope.WEBHOOKS_WRITE}

    def listener(self, id: str) -> WebhookEndpoint:
        return find(self.rows().filter(kind=WebhookEndpoint.Kind.LISTENER), id)

    @extend_schema(
        operation_id="fetch_calls",
        summary="Fetch the calls of a listener",
        description="Each is yours for 30 seconds: say by then what was answered.",
        responses=out.Calls,
    )
    def get(self, request: Request, id: str) -> HttpResponse:
        return json_response({"items": out.CallOut(pulling.pull(self.listener(id)), many=True).data})

    @extend_schema(
        operation_id="answer_calls",
        summary="Say what was answered to calls",
        request=out.AnswersIn,
        responses={204: None},
        examples=samples.ANSWER_CALLS,
    )
    def post(self, request: Request, id: str) -> HttpResponse:
        endpoint = self.listener(id)
        said = [
            pulling.Said(read_id(one["id"]), one.get("status"), one["milliseconds"], one["text"], one["reason"])
            for one in self.asked(out.AnswersIn)["items"]
        ]
        pulling.note(endpoint, said)
        return HttpResponse(status=204)
