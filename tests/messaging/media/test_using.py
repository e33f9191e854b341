"""Messages name files of their own account, whichever way the files came."""

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from messaging import content, media
from messaging.drafting import Draft, Sender
from messaging.errors import Refusal, Refused
from messaging.models import Media, Message
from messaging.sending import accept
from messaging.states import State
from tests.messaging.conftest import Deliver
from tests.messaging.media.files import HTML, PDF, PNG


def sent(sender: Sender, kind: str, body: dict[str, Any], **more: Any) -> Message:
    return Message.objects.get(pk=accept(sender, Draft(to=["+966500000142"], kind=kind, body=body, **more)).first_id)


def refused(sender: Sender, kind: str, body: dict[str, Any]) -> tuple[Refusal, str | None]:
    with pytest.raises(Refused) as no:
        sent(sender, kind, body)
    assert not Message.objects.exists()
    return no.value.refusal, no.value.field


def test_a_message_names_a_stored_file(sender: Sender, acme: Account, deliver: Deliver) -> None:
    stored = media.store(acme, PNG)
    message = sent(sender, "image", {"id": str(stored.pk), "caption": "Look"})
    deliver()

    message.refresh_from_db()
    assert (message.content, message.state) == ({"id": str(stored.pk), "caption": "Look"}, State.DELIVERED)


def test_an_id_that_is_none_of_the_accounts_is_refused(sender: Sender, other: Account) -> None:
    theirs = media.store(other, PNG)
    for id in (str(theirs.pk), "1", "0", "-1", "²", "media_00000000001", "9" * 30, "0" + str(theirs.pk)):
        assert refused(sender, "image", {"id": id}) == (Refusal.INVALID, "image.id")


def test_a_file_of_another_kind_is_refused(sender: Sender, acme: Account) -> None:
    stored = media.store(acme, PDF)
    assert refused(sender, "image", {"id": str(stored.pk)}) == (Refusal.MEDIA_FORMAT, "image.id")


def test_a_file_that_is_over_is_refused(sender: Sender, acme: Account) -> None:
    stored = media.store(acme, PNG)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert refused(sender, "image", {"id": str(stored.pk)}) == (Refusal.INVALID, "image.id")


def test_a_file_that_could_not_be_fetched_is_refused(sender: Sender, acme: Account) -> None:
    planned = media.plan_fetch(acme, "http://127.0.0.1/", "image")
    media.fetch_due()
    assert refused(sender, "image", {"id": str(planned.pk)}) == (Refusal.INVALID, "image.id")


def test_files_in_headers_and_templates_are_looked_at_too(sender: Sender, acme: Account) -> None:
    stored = str(media.store(acme, PNG).pk)
    buttons = {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]}

    def interactive(id: str) -> dict[str, Any]:
        header = {"type": "image", "image": {"id": id}}
        return {"type": "button", "header": header, "body": {"text": "?"}, "action": buttons}

    def template(id: str) -> dict[str, Any]:
        parameters = [{"type": "image", "image": {"id": id}}]
        components = [{"type": "header", "parameters": parameters}]
        return {"name": "offer", "language": {"code": "en"}, "components": components}

    assert refused(sender, "interactive", interactive("1"))[1] == "interactive.header.image.id"
    assert refused(sender, "template", template("1"))[1] == "template.components.0.parameters.0.image.id"
    assert sent(sender, "interactive", interactive(stored)).content["header"]["image"]["id"] == stored
    assert sent(sender, "template", template(stored)).kind == "template"


def test_a_file_inside_a_request_is_stored_and_named(sender: Sender, acme: Account) -> None:
    body = {"data": b64encode(PNG).decode(), "mime": "image/png", "caption": "Look"}
    message = sent(sender, "image", body)

    stored = Media.objects.get()
    assert message.content == {"id": str(stored.pk), "caption": "Look"}
    assert (stored.source, media.open(media.find(acme, stored.pk)).read()) == ("message", PNG)
    assert body["data"]


def test_a_file_inside_a_request_must_be_what_it_says(sender: Sender) -> None:
    body = {"data": b64encode(HTML).decode(), "mime": "image/png"}
    assert refused(sender, "image", body) == (Refusal.MEDIA_FORMAT, "image.data")
    assert not Media.objects.exists()


def test_a_link_is_left_to_the_device_unless_we_are_to_fetch_it(sender: Sender) -> None:
    body = {"link": "https://example.com/a.png"}
    assert sent(sender, "image", body).content == body
    assert not Media.objects.exists()


def test_a_file_outlives_the_messages_that_wait_for_their_time(sender: Sender, acme: Account, deliver: Deliver) -> None:
    stored, at = media.store(acme, PNG), timezone.now() + timedelta(days=60)
    message = sent(sender, "image", {"id": str(stored.pk)}, scheduled_at=at)

    with time_machine.travel(at + timedelta(seconds=1)):
        media.prune_media()
        deliver()
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_a_message_whose_file_is_gone_fails_and_says_so(sender: Sender, acme: Account, deliver: Deliver) -> None:
    stored = media.store(acme, PNG)
    message = sent(sender, "image", {"id": str(stored.pk)})
    stored.delete()
    deliver()

    row = message.recipients.get()
    assert (row.state, row.error, row.error_detail) == (State.FAILED, "media_gone", "Its file is no longer kept.")


def test_ids_are_shown_as_an_api_writes_them(sender: Sender, acme: Account) -> None:
    stored = media.store(acme, PNG)
    said = {"id": str(stored.pk), "caption": "Look"}

    assert content.with_media_ids("image", said, lambda id: f"m{id}") == {"id": f"m{stored.pk}", "caption": "Look"}
    assert said["id"] == str(stored.pk)
    assert content.with_media_ids("image", {"id": "another vendor's"}, lambda id: "") == {"id": "another vendor's"}
    assert content.with_media_ids("text", {"body": "1"}, lambda id: "") == {"body": "1"}
