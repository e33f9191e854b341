"""API paths skip the middleware; everything else passes through it."""

from collections.abc import Iterator
from threading import Event, Semaphore, Thread

import pytest
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from gateway import api_first

THROUGH = "X-Through-Middleware"


def mark(get_response: api_first.Respond) -> api_first.Respond:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        assert isinstance(response, HttpResponse)
        response.headers[THROUGH] = "yes"
        return response

    return respond


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("answered")


def refuse(request: HttpRequest) -> HttpResponse:
    raise Http404


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("not found", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    return HttpResponse("error", status=500)


urlpatterns = [
    path("v1/messages", answer),
    path("v1/refuse", refuse),
    path("v1/fail", fail),
    path("messages/", answer),
]
handler404, handler500 = not_found, server_error


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(api_first, "is_api", lambda request: request.path_info.startswith("/v1/"))
    return Client(raise_request_exception=False)


pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def only_two_middlewares() -> Iterator[None]:
    with override_settings(MIDDLEWARE=["gateway.api_first.ApiFirst", f"{__name__}.mark"]):
        yield


def test_an_api_request_meets_no_middleware(client: Client) -> None:
    response = client.post("/v1/messages")
    assert response.content == b"answered"
    assert THROUGH not in response.headers


def test_a_page_passes_through_it(client: Client) -> None:
    response = client.get("/messages/")
    assert response.content == b"answered"
    assert THROUGH in response.headers


@pytest.mark.parametrize(("path", "status"), [("/v1/refuse", 404), ("/v1/fail", 500), ("/v1/unknown", 404)])
def test_an_exception_still_becomes_a_response(client: Client, path: str, status: int) -> None:
    response = client.post(path)
    assert response.status_code == status
    assert THROUGH not in response.headers


def test_the_private_names_it_builds_on_are_there() -> None:
    assert callable(getattr(BaseHandler, "_get_response", None))
    for name in ("_view_middleware", "_template_response_middleware", "_exception_middleware"):
        assert getattr(BaseHandler, name) is None
        assert getattr(api_first.Straight, name) == ()


def test_forms_that_come_in_drops_leave_the_other_requests_alone(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_first, "_PATIENCE", 0.01)
    gate, inside = Event(), Semaphore(0)

    def slow(request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            inside.release()
            gate.wait(10)
        return HttpResponse("done")

    handler = api_first.ApiFirst(slow)
    ask = RequestFactory()
    waiting = [Thread(target=handler, args=[ask.post("/accounts/login/")]) for _ in range(50)]
    for thread in waiting:
        thread.start()
    for _ in range(settings.GATEWAY_WEB_THREADS // 4):
        assert inside.acquire(timeout=5)
    refused = handler(ask.post("/accounts/login/"))
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert handler(ask.get("/accounts/login/")).status_code == 200
    gate.set()
    for thread in waiting:
        thread.join(10)
    assert handler(ask.post("/accounts/login/")).status_code == 200
