"""The pages about workspaces, without script."""

from typing import Any

import pytest
from django.test import Client

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from accounts.roles import Role
from messaging import preparing, workspaces
from messaging.media.resources import create_resource, public_url
from messaging.models import Incident, Media, MobileApp, ResponseRule, StoredMessage, Workspace
from messaging.models.composing import Prepared
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db
PATH = "/settings/workspaces/"


@pytest.fixture
def alices(alice: User, acme: Account, signed_in: SignedIn) -> Client:
    return signed_in(alice)


@pytest.fixture
def ops(acme: Account) -> Workspace:
    return workspaces.create_workspace(acme, by=COMMAND, name="Operations", number="17")


def kept(account: Account, workspace: Workspace | None) -> dict[str, Prepared]:
    of: dict[str, Any] = {"account": account, "workspace": workspace}
    patterns = [{"name": "Yes", "prompt": "YES", "match": "startswith"}]
    rule = preparing.create(ResponseRule(name="Sorting", patterns=patterns, **of), by=COMMAND)
    content = {"subject": "Outage", "body": "All is down", "email": {"body": "By mail"}}
    forms = [{"name": "Outages", "fields": [{"name": "severity", "value": "High"}]}]
    return {
        "rule": rule,
        "template": preparing.create(
            StoredMessage(name="Alarm", kind="template", content=content, rule=rule, **of), by=COMMAND
        ),
        "scenario": preparing.create(
            StoredMessage(name="Fire", kind="scenario", content={"subject": "Out"}, **of), by=COMMAND
        ),
        "incident": preparing.create(Incident(name="Disk full", status="Open", forms=forms, **of), by=COMMAND),
        "app": preparing.create(MobileApp(name="Pager", bundle_id="com.example.pager", sealed="x", **of), by=COMMAND),
    }


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_workspace_is_made_changed_and_set_aside(alices: Client) -> None:
    shown = alices.post(PATH, {"name": "Operations", "number": "17", "is_active": "on"}, follow=True).content.decode()
    made = Workspace.objects.get()
    assert (made.name, made.number, made.is_active) == ("Operations", "17", True)
    assert "Operations" in shown
    answer = alices.post(f"{PATH}{made.pk}/", {"name": "Night shift"}, follow=True)
    assert "“Night shift” is saved." in answer.content.decode()
    assert "Not in use" in page(alices, PATH)
    assert AuditEntry.objects.filter(action__startswith="workspace.").count() == 2


def test_a_name_that_is_taken_is_refused_beside_it(alices: Client, ops: Workspace) -> None:
    answer = alices.post(PATH, {"name": "Operations"})
    assert answer.status_code == 422
    assert "There is a workspace Operations already." in answer.content.decode()


@pytest.mark.parametrize("is_in_workspace", [True, False])
def test_what_is_kept_in_a_workspace_is_shown_and_can_be_deleted(
    alices: Client, acme: Account, ops: Workspace, is_in_workspace: bool
) -> None:
    rows = kept(acme, ops if is_in_workspace else None)
    here = page(alices, f"{PATH}{ops.pk}/" if is_in_workspace else f"{PATH}company/")
    said = {
        "rule": "starts with “YES”",
        "template": "By mail",
        "scenario": "Out",
        "incident": "High",
        "app": "com.example.pager",
    }
    for word, row in rows.items():
        assert row.name in here
        assert said[word] in page(alices, f"{PATH}{word}/{row.pk}/")
    assert "Sorting" in page(alices, f"{PATH}template/{rows['template'].pk}/")
    for word in ("template", "scenario", "incident", "app", "rule"):
        page(alices, f"{PATH}{word}/{rows[word].pk}/delete/")
        assert alices.post(f"{PATH}{word}/{rows[word].pk}/delete/").status_code == 302
        assert alices.get(f"{PATH}{word}/{rows[word].pk}/").status_code == 404


def test_another_accounts_things_are_not_found(alices: Client, other: Account) -> None:
    theirs = workspaces.create_workspace(other, by=COMMAND, name="Secret")
    rows = kept(other, theirs)
    assert alices.get(f"{PATH}{theirs.pk}/").status_code == 404
    for word, row in rows.items():
        assert alices.get(f"{PATH}{word}/{row.pk}/").status_code == 404
        assert alices.post(f"{PATH}{word}/{row.pk}/delete/").status_code == 404
    assert "Secret" not in page(alices, PATH)


def test_a_row_of_another_kind_or_of_none_is_not_found(alices: Client, acme: Account) -> None:
    rows = kept(acme, None)
    assert alices.get(f"{PATH}scenario/{rows['template'].pk}/").status_code == 404
    assert alices.get(f"{PATH}nothing/{rows['template'].pk}/").status_code == 404


def test_a_viewer_sees_and_changes_nothing(bob: User, acme: Account, ops: Workspace, signed_in: SignedIn) -> None:
    acme.memberships.filter(user=bob).update(role=Role.VIEWER)
    viewers = signed_in(bob)
    row = kept(acme, ops)["template"]
    assert "Create workspace" not in page(viewers, PATH)
    assert "Delete…" not in page(viewers, f"{PATH}template/{row.pk}/")
    assert viewers.post(PATH, {"name": "Mine"}).status_code == 403
    assert viewers.post(f"{PATH}{ops.pk}/", {"name": "Mine"}).status_code == 403
    assert viewers.post(f"{PATH}template/{row.pk}/delete/").status_code == 403


def file_of(account: Account, workspace: Workspace | None, *, is_public: bool = True) -> Media:
    of: dict[str, Any] = {"mime": "text/csv", "is_public": is_public, "data": b"number\n61400400400\n"}
    return create_resource(account, workspace=workspace, filename="night <shift>.csv", by=COMMAND, **of)


@pytest.mark.parametrize("is_in_workspace", [True, False])
def test_files_are_listed_with_their_addresses_and_can_be_deleted(
    alices: Client, acme: Account, ops: Workspace, is_in_workspace: bool
) -> None:
    paths = (f"{PATH}{ops.pk}/", f"{PATH}company/")
    here, elsewhere = paths if is_in_workspace else paths[::-1]
    file = file_of(acme, ops if is_in_workspace else None)
    shown = page(alices, here)
    assert "night &lt;shift&gt;.csv" in shown
    assert f'href="{public_url(file)}"' in shown
    assert "19\xa0bytes" in shown
    assert "shift" not in page(alices, elsewhere)
    path = f"{PATH}file/{file.pk}/delete/"
    assert "public address" in page(alices, path)
    left = alices.post(path, follow=True)
    assert left.redirect_chain == [(here, 302)]
    assert alices.get(public_url(file)).status_code == 404
    assert alices.post(path).status_code == 404
    assert AuditEntry.objects.get(action="resource.deleted").proof == "session"
    assert "file <bdi>night &lt;shift&gt;.csv" in page(alices, "/settings/audit/")


def test_a_private_file_has_no_address(alices: Client, acme: Account) -> None:
    file_of(acme, None, is_public=False)
    shown = page(alices, f"{PATH}company/")
    assert "Private" in shown
    assert "/public/" not in shown


def test_a_file_is_deleted_by_those_of_its_account_who_may(
    bob: User, acme: Account, other: Account, signed_in: SignedIn
) -> None:
    acme.memberships.filter(user=bob).update(role=Role.VIEWER)
    viewers, mine, theirs = signed_in(bob), file_of(acme, None), file_of(other, None)
    assert "Delete…" not in page(viewers, f"{PATH}company/")
    assert viewers.post(f"{PATH}file/{mine.pk}/delete/").status_code == 403
    acme.memberships.filter(user=bob).update(role=Role.DEVELOPER)
    assert viewers.post(f"{PATH}file/{theirs.pk}/delete/").status_code == 404
    assert Media.objects.exclude(public_key="").count() == 2
