"""Operators sign in as everybody does, and look after people and accounts."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import Account, AuditEntry, Plan, User
from tests.conftest import PASSWORD, SignedIn

LOGIN = "/accounts/login/"


def test_the_admin_signs_in_through_the_same_door(client: Client, alice: User, signed_in: SignedIn) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(LOGIN)
    assert signed_in(alice).get("/admin/", follow=True).status_code == 403
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    assert signed_in(alice).get("/admin/").status_code == 200


def test_a_second_factor_holds_for_operators_too(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    Authenticator.objects.create(user=alice, type=Authenticator.Type.TOTP, data={"secret": "x"})
    answer = client.post(f"{LOGIN}?next=/admin/", {"login": alice.email, "password": PASSWORD})
    assert answer["location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/admin/").status_code == 302


@pytest.fixture
def operator(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    return signed_in(alice)


def test_operators_suspend_and_resume_accounts_and_leave_a_trace(operator: Client, acme: Account) -> None:
    page = "/admin/accounts/account/"
    for action in ("suspend", "resume"):
        operator.post(page, {"action": action, "_selected_action": [acme.pk]})
        acme.refresh_from_db()
        assert (acme.suspended_at is not None) is (action == "suspend")
    entries = AuditEntry.objects.filter(account=acme, proof="admin").order_by("pk")
    assert [entry.action for entry in entries] == ["account.suspended", "account.resumed"]


def test_operators_change_a_plan_and_a_zone_that_exists(operator: Client, acme: Account) -> None:
    form = {"name": "acme", "plan": Plan.objects.get(code="premium").pk, "time_zone": "Mars/Base"}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    page = f"/admin/accounts/account/{acme.pk}/change/"
    assert "No such time zone" in operator.post(page, form | inline).content.decode()
    operator.post(page, form | inline | {"time_zone": "Asia/Riyadh", "default_region": "SA"})
    acme.refresh_from_db()
    assert (acme.plan.code, acme.time_zone, acme.default_region) == ("premium", "Asia/Riyadh", "SA")
    changes = AuditEntry.objects.get(account=acme, action="account.changed").changes
    assert changes == {
        "plan": ["Free", "Premium"],
        "time_zone": ["UTC", "Asia/Riyadh"],
        "default_region": ["", "SA"],
    }


def test_operators_limit_the_accounts_of_a_plan(operator: Client, acme: Account) -> None:
    page = f"/admin/accounts/plan/{acme.plan.pk}/change/"
    form = {"name": "Free", "requests_per_second": 10, "max_tokens": 10}
    operator.post(page, form | {"account_requests_per_second": 25, "messages_per_month": 20_000})
    acme.plan.refresh_from_db()
    assert (acme.plan.account_requests_per_second, acme.plan.messages_per_month) == (25, 20_000)
    operator.post(page, form)
    acme.plan.refresh_from_db()
    assert (acme.plan.account_requests_per_second, acme.plan.messages_per_month) == (None, None)
    refused = operator.post(page, form | {"messages_per_month": "-1"})
    assert refused.status_code == 200, "the form again"


def test_operators_make_a_person_who_can_sign_in(operator: Client) -> None:
    form = {"email": "Dana@new.example", "password1": PASSWORD, "password2": PASSWORD}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    operator.post("/admin/accounts/user/add/", form | inline)
    signed = Client().post(LOGIN, {"login": "dana@new.example", "password": PASSWORD})
    assert signed.status_code == 302


@pytest.mark.parametrize("model", ["user", "account", "plan", "membership", "invitation", "auditentry"])
def test_the_admin_lists_everything_and_deletes_nothing(operator: Client, acme: Account, model: str) -> None:
    page = operator.get(f"/admin/accounts/{model}/", {"q": "a"})
    assert page.status_code == 200
    assert "delete_selected" not in page.content.decode()


def test_a_change_to_a_person_or_a_plan_says_what_was_before(operator: Client, bob: User) -> None:
    rights = {"email": bob.email, "name": "Bob", "is_active": "on", "is_staff": "on"}
    inline = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    operator.post(f"/admin/accounts/user/{bob.pk}/change/", rights | inline)
    changes = AuditEntry.objects.get(action="user.changed").changes
    assert changes == {"name": ["Bob Bell", "Bob"], "is_staff": [False, True]}

    free = Plan.free()
    page = f"/admin/accounts/plan/{free.pk}/change/"
    operator.post(page, {"name": "Free", "requests_per_second": free.requests_per_second, "max_tokens": 7})
    assert AuditEntry.objects.get(action="plan.changed").changes["max_tokens"] == [free.max_tokens, 7]


def test_a_new_person_is_written_down_without_their_password(operator: Client) -> None:
    form = {"email": "new@acme.example", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    operator.post(
        "/admin/accounts/user/add/", form | {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    )
    changes = AuditEntry.objects.get(action="user.made").changes
    assert changes == {"email": [None, "new@acme.example"]}
