"""SMSGate's published clients, as their users install them, against a running gateway."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from android_sms_gateway import (
    APIClient,
    AsyncAPIClient,
    DataMessage,
    DeviceSettings,
    InboxQueryFilter,
    InboxRefreshRequest,
    LimitPeriod,
    LogEntryPriority,
    Message,
    MessagesExportRequest,
    MessagesProcessingOrder,
    MessagesQueryFilter,
    ProcessState,
    QueryPagination,
    SettingsGateway,
    SettingsMessages,
    SettingsPing,
    TextMessage,
    TokenRequest,
    TokenResponse,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from android_sms_gateway.ahttp import AiohttpAsyncHttpClient, HttpxAsyncHttpClient
from android_sms_gateway.enums import HealthStatus
from android_sms_gateway.errors import APIError, BadRequestError, ForbiddenError, NotFoundError, UnauthorizedError
from android_sms_gateway.http import HttpxHttpClient, RequestsHttpClient

from messaging.transports import sandbox
from tests.live.gateways import Gateway, until
from tests.node import run_node

pytestmark = pytest.mark.live
TO = "+1234567890"
HOUR = timedelta(hours=1)
Call = Callable[..., Any]


class Spoken:
    """A client whose methods are called alike, whether they are coroutines or not."""

    def __init__(self, client: Any, http: Any, run: Callable[[Any], Any] | None = None) -> None:
        self.client, self.http, self.run = client, http, run

    def __getattr__(self, name: str) -> Call:
        def call(*args: Any, **more: Any) -> Any:
            answer = getattr(self.client, name)(*args, **more)
            return self.run(answer) if self.run and inspect.isawaitable(answer) else answer

        return call


@pytest.fixture(params=["requests", "httpx", "aiohttp", "async httpx"])
def speak(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[Call]:
    """Return what makes a client with this login and password (None: with a token)."""
    base = f"{gateway.url}/api/3rdparty/v1/"
    kind = request.param
    if kind in ("requests", "httpx"):
        with (RequestsHttpClient if kind == "requests" else HttpxHttpClient)() as http:
            yield lambda login, password: Spoken(APIClient(login, password, base_url=base, http=http), http)
        return
    with asyncio.Runner() as runner:
        session = AiohttpAsyncHttpClient() if kind == "aiohttp" else HttpxAsyncHttpClient()
        ahttp = runner.run(session.__aenter__())
        yield lambda login, password: Spoken(
            AsyncAPIClient(login, password, base_url=base, http_client=ahttp), ahttp, runner.run
        )
        runner.run(session.__aexit__(None, None, None))


@pytest.fixture(params=["Basic", "Bearer"])
def client(request: pytest.FixtureRequest, gateway: Gateway, speak: Call) -> Spoken:
    login = gateway.made["api_login"]
    by_login: Spoken = speak(login["username"], login["password"])
    if request.param == "Basic":
        return by_login
    token = by_login.generate_token(TokenRequest(scopes=["all:any"], ttl=3600))
    by_token: Spoken = speak(None, token.access_token)
    return by_token


def text(number: str = TO, **more: Any) -> Message:
    return Message(phone_numbers=[number], text_message=TextMessage("Hello from JWT!"), **more)


def test_messages(client: Spoken) -> None:
    sent = client.send(text())
    assert (sent.state, sent.recipients[0].phone_number, sent.is_encrypted) == (ProcessState.Pending, TO, False)
    assert abs(sent.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    until(lambda: client.get_state(sent.id).state == ProcessState.Delivered)
    delivered = client.get_state(sent.id)
    assert list(delivered.states) == ["Pending", "Sent", "Delivered"]
    assert delivered.device_id == sent.device_id
    found = client.get_messages(
        query=MessagesQueryFilter(
            from_=sent.created_at, to=datetime.now(UTC) + HOUR, state="Delivered", device_id=sent.device_id
        ),
        pagination=QueryPagination(limit=100, offset=0),
        sort="created_at",
    )
    assert sent.id in [message.id for message in found]
    assert client.send(text("12345"), skip_phone_validation=True).recipients[0].phone_number == "12345"
    assert client.send(text(), device_active_within=1).state == ProcessState.Pending
    data = Message(phone_numbers=[TO], data_message=DataMessage.with_bytes(b"ping", port=53_739), ttl=60)
    assert client.send(data).state == ProcessState.Pending


def test_what_is_refused(client: Spoken) -> None:
    with pytest.raises(BadRequestError) as refused:
        client.send(text("12"))
    assert refused.value.response
    assert "invalid phone number" in refused.value.response["message"]
    own = f"mine-{time.time_ns()}"
    assert client.send(text(id=own)).id == own
    with pytest.raises(APIError) as taken:
        client.send(text(id=own))
    assert (taken.value.status_code, taken.value.response) == (
        409,
        {"message": "message with the same ID already exists"},
    )
    with pytest.raises(NotFoundError):
        client.get_state("unknown")


def test_cancelling(client: Spoken, gateway: Gateway) -> None:
    body = {
        "phoneNumbers": [TO],
        "textMessage": {"text": "Later"},
        "scheduleAt": (datetime.now(UTC) + HOUR).isoformat(),  # which this client cannot ask for
    }
    auth = (gateway.made["api_login"]["username"], gateway.made["api_login"]["password"])
    waiting = httpx.post(f"{gateway.url}/3rdparty/v1/messages", json=body, auth=auth).json()["id"]
    client.cancel_message(waiting)
    assert client.get_state(waiting).state == ProcessState.Cancelled
    with pytest.raises(Exception, match="409"):  # of its HTTP library's own class
        client.cancel_message(waiting)


def test_the_inbox(client: Spoken) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    client.send(text(sandbox.ANSWERS))
    received = InboxQueryFilter(message_type="SMS", from_=began, include_attachments=True)
    until(lambda: client.list_inbox_messages(inbox_filter=received))
    first = client.list_inbox_messages(inbox_filter=received, pagination=QueryPagination(limit=500))[0]
    assert (first.sender, first.content_preview) == (sandbox.ANSWERS, "Echo: Hello from JWT!")
    assert first.recipient == "+123456789"
    with pytest.raises(NotFoundError):
        client.download_attachment(first.id, 0)
    device = client.list_devices()[0].id
    assert client.export_inbox(MessagesExportRequest(device_id=device, since=began, until=began + HOUR)) == {}
    asked = InboxRefreshRequest(
        since=began, until=began + HOUR, message_types=["SMS", "MMS"], webhook_delivery=WebhookDelivery.BATCH
    )
    assert client.refresh_inbox(asked) == {}


def test_webhooks(client: Spoken) -> None:
    for hook in client.get_webhooks():
        client.delete_webhook(hook.id)
    device = client.list_devices()[0].id
    made = [
        client.create_webhook(Webhook(id=None, url="https://example.com/hook", event=event, device_id=device))
        for event in WebhookEvent
    ]
    assert client.get_webhooks() == made
    assert {hook.event for hook in made} == set(WebhookEvent)
    own = Webhook(id=f"own-{time.time_ns()}", url="https://example.com/a", event=WebhookEvent.SMS_RECEIVED)
    assert client.create_webhook(own) == own
    for hook in [*made, own]:
        client.delete_webhook(hook.id)
    assert client.get_webhooks() == []
    with pytest.raises(BadRequestError):
        client.create_webhook(Webhook(id=None, url="http://example.com/", event=WebhookEvent.SMS_SENT))


def test_settings(client: Spoken) -> None:
    messages = SettingsMessages(
        send_interval_min=5,
        send_interval_max=15,
        limit_period=LimitPeriod.PER_HOUR,
        processing_order=MessagesProcessingOrder.FIFO,
    )
    client.update_settings(DeviceSettings(messages=messages, gateway=SettingsGateway(notification_channel="SSE_ONLY")))
    client.patch_settings(DeviceSettings(ping=SettingsPing(interval_seconds=60)))
    stored = client.get_settings()
    assert (stored.messages, stored.ping) == (messages, SettingsPing(interval_seconds=60))
    assert stored.gateway == SettingsGateway(notification_channel="SSE_ONLY")
    with pytest.raises(BadRequestError):
        client.patch_settings(DeviceSettings(gateway=SettingsGateway(private_token="secret")))


def test_the_log(client: Spoken, speak: Call, gateway: Gateway) -> None:
    with pytest.raises(UnauthorizedError):
        speak(gateway.made["api_login"]["username"], "wrong").list_devices()
    until(client.get_logs, what="the refusal is in the log")
    newest = client.get_logs(from_=datetime.now(UTC) - HOUR, to=datetime.now(UTC) + HOUR)[0]
    assert newest.priority in set(LogEntryPriority)
    assert newest.message


def test_health(client: Spoken) -> None:
    for check in ("health_check", "liveness_check", "readiness_check", "startup_check"):
        assert getattr(client, check)().status == HealthStatus.PASS
    assert client.health_check().checks["db:ping"].observed_value == 0


def test_tokens(client: Spoken, speak: Call) -> None:
    pair = client.generate_token(TokenRequest(scopes=["messages:list", "tokens:manage"], ttl=3600))
    assert pair.token_type == "Bearer"
    assert timedelta() < datetime.fromisoformat(pair.expires_at.replace("Z", "+00:00")) - datetime.now(UTC) <= HOUR
    narrow = speak(None, pair.access_token)
    assert isinstance(narrow.get_messages(), list)
    with pytest.raises(ForbiddenError):
        narrow.list_devices()
    again = refresh(client, pair.refresh_token)
    assert again.id != pair.id
    with pytest.raises(UnauthorizedError):
        refresh(client, pair.refresh_token)
    narrow.revoke_token(pair.id)
    until(lambda: is_refused(narrow), within=5, what="the token is known to be revoked")
    assert isinstance(speak(None, again.access_token).get_messages(), list)


def refresh(client: Spoken, token: str) -> TokenResponse:
    """Refresh; asynchronously the published client cannot, since it leaves out an argument of its own."""
    if client.run is None:
        answer: TokenResponse = client.refresh_token(token)
        return answer
    with RequestsHttpClient() as http:
        return APIClient(None, token, base_url=client.client.base_url, http=http).refresh_token(token)


def is_refused(client: Spoken) -> bool:
    try:
        client.get_messages()
    except UnauthorizedError:
        return True
    return False


def test_devices(client: Spoken) -> None:
    device = client.list_devices()[0]
    assert device.name == "Sandbox"
    assert abs(device.last_seen - datetime.now(UTC)) < timedelta(minutes=1)
    client.remove_device(device.id)
    assert device.id not in [other.id for other in client.list_devices()]


@pytest.mark.node
def test_the_client_for_javascript(gateway: Gateway) -> None:
    login = gateway.made["api_login"]
    for prefix in ("3rdparty/v1", "api/3rdparty/v1"):
        said = run_node(
            "smsgate_client.mjs",
            BASE=f"{gateway.url}/{prefix}",
            LOGIN=login["username"],
            PASSWORD=login["password"],
        )
        assert said.strip() == "every call was answered"
