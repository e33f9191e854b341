"""/settings."""

from typing import Any

import pytest

from accounts.models import AuditEntry
from tests.messaging.dialects.smsgate.conftest import Answer, Api

WHOLE: dict[str, dict[str, Any]] = {
    "messages": {
        "send_interval_min": 5,
        "send_interval_max": 15,
        "limit_period": "PerHour",
        "limit_value": 100,
        "sim_selection_mode": "RoundRobin",
        "log_lifetime_days": 30,
        "work_hours_enabled": True,
        "work_hours_start": "09:00",
        "work_hours_end": "17:30",
        "processing_order": "FIFO",
    },
    "ping": {"interval_seconds": 60},
    "logs": {"lifetime_days": 7},
    "webhooks": {"internet_required": False, "retry_count": 3},
    "gateway": {"notification_channel": "SSE_ONLY"},
    "receiver": {"content_provider_enabled": True},
}


def put(api: Api, body: Any) -> Answer:
    return api.call("PUT", "/settings", body)


def patch(api: Api, body: Any) -> Answer:
    return api.call("PATCH", "/settings", body)


def test_nothing_is_set_at_first(api: Api) -> None:
    answer = api.get("/settings")
    assert (answer.status, answer.body) == (200, {})


def test_all_settings_are_kept_and_shown(api: Api, stranger: Api) -> None:
    answer = put(api, WHOLE)
    assert (answer.status, answer.body) == (200, WHOLE)
    assert api.get("/settings").body == WHOLE
    assert stranger.get("/settings").body == {}
    entry = AuditEntry.objects.get(action="phone_settings.changed")
    assert entry.changes["messages.limit_value"] == [None, 100]


def test_a_change_leaves_the_others_as_they_are_and_null_is_the_phones_default(api: Api) -> None:
    put(api, WHOLE)
    answer = patch(api, {"messages": {"limit_value": 7, "limit_period": None}, "ping": None})
    messages = {**WHOLE["messages"], "limit_value": 7, "limit_period": None}
    assert (answer.status, answer.body) == (200, {**WHOLE, "messages": messages})


def test_a_replacement_forgets_the_others(api: Api) -> None:
    put(api, WHOLE)
    assert put(api, {"ping": {"interval_seconds": 5}}).body == {"ping": {"interval_seconds": 5}}
    assert put(api, {}).body == api.get("/settings").body == {}


def test_names_may_be_in_camel_case(api: Api) -> None:
    answer = patch(api, {"messages": {"sendIntervalMin": 3}, "gateway": {"notificationChannel": "AUTO"}})
    assert answer.body == {"messages": {"send_interval_min": 3}, "gateway": {"notification_channel": "AUTO"}}


def test_what_is_not_known_is_left_out(api: Api) -> None:
    answer = patch(api, {"messages": {"colour": "blue", "limit_value": 1}, "weather": {"sun": True}, "a": 5})
    assert (answer.status, answer.body) == (200, {"messages": {"limit_value": 1}})


@pytest.mark.parametrize(
    "body",
    [
        {"messages": {"send_interval_min": 0}},
        {"messages": {"send_interval_min": "5"}},
        {"messages": {"send_interval_min": True}},
        {"messages": {"send_interval_min": 10**12}},
        {"messages": {"send_interval_min": 5, "send_interval_max": 4}},
        {"messages": {"limit_period": "PerYear"}},
        {"messages": {"limit_value": 0}},
        {"messages": {"sim_selection_mode": "osdefault"}},
        {"messages": {"work_hours_enabled": "yes"}},
        {"messages": {"work_hours_start": "9:00"}},
        {"messages": {"work_hours_end": "24:00"}},
        {"messages": {"processing_order": "Random"}},
        {"messages": []},
        {"messages": "LIFO"},
        {"ping": {"interval_seconds": 0}},
        {"logs": {"lifetime_days": 0}},
        {"webhooks": {"retry_count": 0}},
        {"gateway": {"notification_channel": "FCM"}},
        {"gateway": {"cloud_url": "https://elsewhere.example"}},
        {"gateway": {"cloudUrl": "https://elsewhere.example"}},
        {"gateway": {"private_token": "secret"}},
        {"webhooks": {"signing_key": "secret"}},
        {"encryption": {"passphrase": "secret"}},
        [],
    ],
)
def test_what_is_wrong_is_400_and_changes_nothing(api: Api, body: Any) -> None:
    put(api, {"logs": {"lifetime_days": 1}})
    for change in (patch, put):
        answer = change(api, body)
        assert answer.status == 400
        assert "secret" not in answer.body["message"]
    assert api.get("/settings").body == {"logs": {"lifetime_days": 1}}


def test_a_change_is_held_against_what_was_set_before(api: Api) -> None:
    patch(api, {"messages": {"send_interval_min": 10}})
    assert patch(api, {"messages": {"send_interval_max": 5}}).status == 400
    assert patch(api, {"messages": {"send_interval_max": 10}}).status == 200


def test_empty_secrets_are_no_secrets(api: Api) -> None:
    """Clients send back what they read, with the places of secrets empty."""
    answer = put(api, {"encryption": {"passphrase": ""}, "webhooks": {"signing_key": None, "retry_count": 2}})
    assert (answer.status, answer.body) == (200, {"webhooks": {"retry_count": 2}})
