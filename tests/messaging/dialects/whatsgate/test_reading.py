"""`GET /messages/{id}`: ours, so that a message of any API can be looked up in this one."""

from messaging.dialects.whatsgate.serializers import render_id
from messaging.models import Message
from tests.messaging.conftest import Deliver
from tests.messaging.dialects.whatsgate.asking import Ask


def test_a_message_is_read_by_its_id(ask: Ask, hello: dict[str, str], deliver: Deliver) -> None:
    id = ask("send/text", hello).body["id"]
    deliver()
    read = ask(f"messages/{id}")
    assert read.status == 200
    assert read.body["data"] | {"date": ""} == {
        "id": id,
        "type": "text",
        "message": hello["message"],
        "device": "123456789",
        "phone": "987654321",
        "status": "successful",
        "date": "",
    }


def test_an_unknown_id_is_not_found(ask: Ask) -> None:
    for id in ("0", "nothing", render_id(1), "9" * 30):
        read = ask(f"messages/{id}")
        assert read.status == 404, id
        assert read.body["success"] is False


def test_a_failed_one_says_why(ask: Ask, hello: dict[str, str], deliver: Deliver) -> None:
    id = ask("send/text", hello | {"phone": "15550100400"}).body["id"]
    Message.objects.update(state="failed")
    Message.objects.get().recipients.update(state="failed", error="no_route", error_detail="Nobody there.")
    assert ask(f"messages/{id}").body["data"]["error"] == "Nobody there."
