import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.audit import Actor
from accounts.models import Account, AuditEntry, User
from tests.tokens.conftest import Issue, JwtOf
from tokens import issuing
from tokens.authentication import Caller
from tokens.models import AccessToken, ApiLogin, Token

LIST = "/admin/tokens/token/"


@pytest.fixture
def operator(charlie: User) -> Client:
    charlie.is_staff = charlie.is_superuser = True
    charlie.save()
    client = Client()
    client.force_login(charlie)
    return client


def names(operator: Client, query: str) -> list[str]:
    return [token.name for token in operator.get(f"{LIST}?{query}").context["cl"].queryset]


def act(client: Client, path: str, action: str, pk: int) -> None:
    client.post(path, {"action": action, "_selected_action": [pk]})


def test_an_operator_finds_tokens_by_name_account_and_beginning(issue: Issue, operator: Client, other: Account) -> None:
    token, _ = issue("ERP")
    issue("CRM", account=other, type="sandbox")
    assert names(operator, "q=erp") == ["ERP"]
    assert names(operator, "q=other") == ["CRM"]
    assert names(operator, f"q={token.lookup}") == ["ERP"]
    assert names(operator, f"q={token.masked}") == ["ERP"]
    assert names(operator, "type__exact=sandbox") == ["CRM"]


def test_an_operator_filters_by_state(issue: Issue, operator: Client, by: Actor) -> None:
    issue("active")
    issuing.pause_token(issue("paused")[0], by=by, grantor=None)
    issuing.revoke_token(issue("revoked")[0], by=by, grantor=None)
    expired, _ = issue("expired")
    Token.objects.filter(pk=expired.pk).update(expires_at=expired.created_at)
    for state in ("active", "paused", "expired", "revoked"):
        assert names(operator, f"state={state}") == [state]


def test_no_page_shows_a_secret_or_its_digest(issue: Issue, operator: Client, acme: Account, by: Actor) -> None:
    token, secret = issue()
    login, password = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    for path in (LIST, f"{LIST}{token.pk}/change/", f"/admin/tokens/apilogin/{login.pk}/change/"):
        answer = operator.get(path)
        assert answer.status_code == 200
        page = answer.content.decode()
        for hidden in (secret, token.digest, password, login.digest, 'name="_save"', "deletelink"):
            assert hidden not in page


@pytest.mark.parametrize("path", ["token/add/", "apilogin/add/", "token/{}/delete/", "apilogin/{}/delete/"])
def test_nothing_is_made_or_deleted_here(issue: Issue, operator: Client, path: str) -> None:
    assert operator.get("/admin/tokens/" + path.format(issue()[0].pk)).status_code in (302, 403)
    assert Token.objects.count() == 1


def test_the_form_changes_nothing(issue: Issue, operator: Client) -> None:
    token, _ = issue("ERP")
    assert operator.post(f"{LIST}{token.pk}/change/", {"name": "mine"}).status_code == 403
    assert Token.objects.get().name == "ERP"


def test_an_operator_pauses_resumes_and_revokes_as_themselves(
    issue: Issue, operator: Client, acme: Account, by: Actor
) -> None:
    token, _ = issue()
    login, _ = issuing.create_login(account=acme, name="phone", by=by, grantor=None)
    states = []
    for action in ("pause", "resume", "revoke", "resume"):
        act(operator, LIST, action, token.pk)
        states.append(Token.objects.get().state)
    act(operator, "/admin/tokens/apilogin/", "revoke", login.pk)
    assert states == ["paused", "active", "revoked", "revoked"]
    assert ApiLogin.objects.get().state == "revoked"
    entry = AuditEntry.objects.filter(action="token.revoked").get()
    assert (entry.proof, entry.actor_label, entry.account) == ("admin", "charlie@other.example", acme)


def test_an_operator_finds_a_jwt_and_ends_it(operator: Client, caller: Caller, jwt_of: JwtOf) -> None:
    issued, kept = jwt_of(caller), jwt_of(caller)
    path = "/admin/tokens/accesstoken/"
    found = operator.get(path, {"q": issued.access.jti, "state": "active"}).context["cl"].queryset
    assert list(found) == [issued.access]
    page = operator.get(f"{path}{issued.access.pk}/change/").content.decode()
    assert issued.access.jti in page
    for hidden in (issued.access_jwt, issued.refresh_jwt, 'name="_save"', "deletelink"):
        assert hidden not in page
    act(operator, path, "revoke", issued.access.pk)
    assert list(AccessToken.objects.filter(revoked_at=None)) == [kept.access]
    assert [row.jti for row in operator.get(path, {"state": "revoked"}).context["cl"].queryset] == [issued.access.jti]
    assert AuditEntry.objects.get(action="access_token.revoked").proof == "admin"


def test_one_who_may_only_look_gets_no_action(issue: Issue, bob: User) -> None:
    token, _ = issue()
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(Permission.objects.get(codename="view_token"))
    client = Client()
    client.force_login(bob)
    assert client.get(LIST).status_code == 200
    act(client, LIST, "revoke", token.pk)
    assert Token.objects.get().state == "active"
