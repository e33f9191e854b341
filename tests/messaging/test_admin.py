"""The operators' site: messages and devices to be found, never read, and changed only by named actions."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.audit import COMMAND
from accounts.models import Account, AuditEntry, User
from messaging import contacts, preparing, templating, workspaces
from messaging.models import Device, StoredMessage
from tests.conftest import SignedIn
from tests.messaging.conftest import Deliver, Send


@pytest.fixture
def operator(alice: User, signed_in: SignedIn) -> Client:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    return signed_in(alice)


def test_a_message_is_found_by_id_and_by_number_and_shows_why_it_failed(
    operator: Client, send: Send, deliver: Deliver
) -> None:
    message = send("+15550100001", "the secret words")
    deliver()
    for searched in (str(message.pk), "+15550100001", "acme"):
        page = operator.get(reverse("admin:messaging_message_changelist"), {"q": searched})
        assert str(message.pk) in page.content.decode()
    shown = operator.get(reverse("admin:messaging_message_change", args=[message.pk])).content.decode()
    assert "This sandbox number always fails." in shown
    assert "the secret words" not in shown


def test_nothing_is_written_or_deleted_where_that_would_lie(operator: Client, send: Send) -> None:
    message = send()
    assert message.device is not None
    for model, pk in (("message", message.pk), ("device", message.device.pk)):
        assert operator.get(reverse(f"admin:messaging_{model}_add")).status_code == 403
        assert operator.post(reverse(f"admin:messaging_{model}_delete", args=[pk])).status_code == 403
        assert operator.post(reverse(f"admin:messaging_{model}_change", args=[pk]), {"name": "x"}).status_code == 403


def test_unlinking_devices_is_an_action_that_leaves_an_audit_entry(operator: Client, send: Send) -> None:
    device = send().device
    assert device is not None
    chosen = {"action": "unlink", "_selected_action": [device.pk]}
    operator.post(reverse("admin:messaging_device_changelist"), chosen)
    assert Device.objects.get().removed_at is not None
    assert AuditEntry.objects.filter(action="device.removed", proof="admin").exists()


def test_templates_contacts_and_segments_are_found_and_left_alone(operator: Client, acme: Account) -> None:
    hello = templating.create_template(
        acme,
        name="hello",
        language="en",
        category="utility",
        components=[{"type": "body", "text": "Hello"}],
        by=COMMAND,
    )
    ayse = contacts.create_contact(acme, address="+905321234567", fields={"note": "owes us money"})
    news = contacts.create_segment(acme, name="Newsletter", by=COMMAND)
    ops = workspaces.create_workspace(acme, name="Operations", by=COMMAND)
    alarm = preparing.create(
        StoredMessage(account=acme, workspace=ops, kind="template", name="Alarm", content={"body": "secret words"}),
        by=COMMAND,
    )
    for model, pk, searched in (
        ("workspace", ops.pk, "oper"),
        ("storedmessage", alarm.pk, "alar"),
        ("template", hello.pk, "hel"),
        ("contact", ayse.pk, "+905321234567"),
        ("segment", news.pk, "news"),
    ):
        listed = operator.get(reverse(f"admin:messaging_{model}_changelist"), {"q": searched}).content.decode()
        assert f"/{model}/{pk}/change/" in listed
        page = operator.get(reverse(f"admin:messaging_{model}_change", args=[pk]))
        assert page.status_code == 200
        assert "owes us money" not in page.content.decode()
        assert "secret words" not in page.content.decode()
        assert operator.post(reverse(f"admin:messaging_{model}_delete", args=[pk])).status_code == 403


def test_only_staff_come_in(bob: User, signed_in: SignedIn) -> None:
    page = signed_in(bob).get(reverse("admin:messaging_message_changelist"))
    assert page.status_code in (302, 403)
