"""Proving oneself again before something that matters."""

import time
from types import ModuleType
from typing import ClassVar

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from pytest_django import Settings

from accounts.models import Account, User
from accounts.permissions import MemberRequest, member_required
from accounts.roles import Can
from accounts.sudo import recently_proved
from tests.conftest import PASSWORD, SignedIn


@recently_proved
def _plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.GET.get('kind')} made {request.POST.get('name')} {bool(request.htmx)}")  # type: ignore[attr-defined]


@method_decorator([member_required(Can.SEE), recently_proved], name="dispatch")
class _OfAClass(View):
    def post(self, request: MemberRequest) -> HttpResponse:
        return HttpResponse(f"made {request.POST['name']} in {request.membership.account}")


class _Urls(ModuleType):
    urlpatterns: ClassVar = [
        path("plain/", _plain),
        path("class/", _OfAClass.as_view()),
        path("accounts/", include("allauth.urls")),
        path("", include("accounts.urls")),
    ]


@pytest.fixture
def views(settings: Settings) -> None:
    settings.ROOT_URLCONF = _Urls("views_for_tests")


@pytest.fixture
def stale(alice: User, acme: Account, views: None, signed_in: SignedIn) -> Client:
    """Alice's client, whose last proof is sixteen minutes old."""
    client = signed_in(alice)
    _age_proofs(client)
    return client


def _age_proofs(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] = time.time() - 16 * 60
    session.save()


@pytest.mark.parametrize("address", ["/plain/", "/class/"])
def test_a_fresh_sign_in_is_proof_enough(
    alice: User, acme: Account, views: None, signed_in: SignedIn, address: str
) -> None:
    assert "made ERP" in signed_in(alice).post(address, {"name": "ERP"}).content.decode()


@pytest.mark.django_db
def test_a_fresh_sign_up_is_proof_enough(client: Client, views: None) -> None:
    client.post("/accounts/signup/", {"email": "dana@new.example", "password1": PASSWORD})
    assert "made ERP" in client.post("/plain/", {"name": "ERP"}).content.decode()


@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("/plain/", "None made ERP é & more False"),
        ("/plain/?kind=live", "live made ERP é & more False"),
        ("/class/", "made ERP é & more in acme"),
    ],
)
def test_a_form_goes_on_with_its_content_after_the_password(stale: Client, address: str, answer: str) -> None:
    asked = stale.post(address, {"name": "ERP é & more"})
    assert asked["location"].startswith("/accounts/reauthenticate/?next=")
    done = stale.post(asked["location"], {"password": PASSWORD}, follow=True)
    assert done.content.decode() == answer


def test_a_wrong_password_does_not_go_on(stale: Client) -> None:
    asked = stale.post("/plain/", {"name": "ERP"})
    assert "made" not in stale.post(asked["location"], {"password": "wrong"}).content.decode()
    assert stale.post("/plain/", {"name": "ERP"}).status_code == 302


def test_reading_needs_no_proof(stale: Client) -> None:
    assert stale.get("/plain/").status_code == 200


def test_htmx_is_led_to_the_page_that_asks_and_gets_a_whole_page_after_it(stale: Client) -> None:
    asked = stale.post("/plain/", {"name": "ERP"}, headers={"hx-request": "true"})
    assert asked.status_code == 200
    done = stale.post(asked["hx-redirect"], {"password": PASSWORD})
    assert done.content.decode() == "None made ERP False"


def test_somebody_without_a_password_is_asked_for_their_passkey(stale: Client, alice: User) -> None:
    Authenticator.objects.create(
        user=alice, type=Authenticator.Type.WEBAUTHN, data={"name": "laptop", "credential": {}}
    )
    alice.set_unusable_password()
    alice.save(update_fields=["password"])
    stale.force_login(alice)
    _forget_proofs(stale)
    asked = stale.post("/plain/", {"name": "ERP"})
    assert asked["location"].startswith("/accounts/2fa/webauthn/reauthenticate/")


def _forget_proofs(client: Client) -> None:
    session = client.session
    session.pop("account_authentication_methods", None)
    session.save()
