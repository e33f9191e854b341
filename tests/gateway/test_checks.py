"""A wrong setting is refused with the way to mend it."""

from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.test import override_settings

from gateway.apps import GatewayConfig
from gateway.checks import TAG


def found(**wrong: Any) -> list[str | None]:
    with override_settings(**wrong):
        return [message.id for message in run_checks(tags=[TAG])]


def test_the_defaults_are_good() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("wrong", "id"),
    [
        ({"GATEWAY_URL": "sms.example.com"}, "gateway.E001"),
        ({"GATEWAY_URL": "https://sms.example.com/gateway"}, "gateway.E001"),
        ({"GATEWAY_URL": "https://sms.example.com"}, "gateway.W001"),
        ({"GATEWAY_SIGNUP": "everyone"}, "gateway.E002"),
        ({"GATEWAY_TRUSTED_PROXIES": ["localhost"]}, "gateway.E003"),
        ({"GATEWAY_TOKEN_BRAND": "my brand_"}, "gateway.E004"),
        ({"GATEWAY_DIALECT_HOSTS": {"esperanto": "sms.example.com"}}, "gateway.E005"),
        ({"GATEWAY_WEB_THREADS": 0}, "gateway.E006"),
        ({"GATEWAY_SANDBOX_PACE": -1.0}, "gateway.E006"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], id: str) -> None:
    assert id in found(**wrong)


def test_every_command_has_them() -> None:
    """The configuration that registers them is the one that Django takes."""
    assert isinstance(apps.get_app_config("gateway"), GatewayConfig)
