"""A wrong setting is refused with the way to mend it."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
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
        ({"GATEWAY_TEMPLATE_REVIEW": "meta"}, "gateway.E009"),
        ({"GATEWAY_SMSGATE_MODE": "phone"}, "gateway.E010"),
        ({"GATEWAY_TRUSTED_PROXIES": ["localhost"]}, "gateway.E003"),
        ({"GATEWAY_TOKEN_BRAND": "my brand_"}, "gateway.E004"),
        ({"REDIS_URL": "foo"}, "gateway.E011"),
        ({"REDIS_URL": "redis.example.com:6379"}, "gateway.E011"),
        ({"REDIS_URL": "http://redis.example.com:6379"}, "gateway.E011"),
        ({"REDIS_URL": "redis://redis.example.com:port"}, "gateway.E011"),
        ({"GATEWAY_DIALECT_HOSTS": {"esperanto": "sms.example.com"}}, "gateway.E005"),
        ({"GATEWAY_WEBHOOK_ALLOW": ["http://hooks.corp"]}, "gateway.E008"),
        ({"GATEWAY_WEBHOOK_ALLOW": ["10.0.0.0/64"]}, "gateway.E008"),
        ({"GATEWAY_BAD_NETWORKS": ["203.0.113.0/24", "evil.example"]}, "gateway.E013"),
        ({"GATEWAY_BAD_NETWORKS": ["/no/such/file"]}, "gateway.E013"),
        ({"GATEWAY_LEAK_KEYS_URL": "http://keys.example.com/"}, "gateway.E014"),
        ({"GATEWAY_WEB_THREADS": 0}, "gateway.E006"),
        ({"GATEWAY_SANDBOX_PACE": -1.0}, "gateway.E006"),
        ({"GATEWAY_PRICE": Decimal("-0.001")}, "gateway.E012"),
        ({"GATEWAY_PRICE": Decimal("0.0000001")}, "gateway.E012"),
        ({"GATEWAY_PRICE": Decimal("NaN")}, "gateway.E012"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, Any], id: str) -> None:
    assert id in found(**wrong)


def test_networks_and_files_that_can_be_read_are_good(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").touch()
    assert found(GATEWAY_BAD_NETWORKS=["203.0.113.0/24", str(tmp_path / "bad.txt")], GATEWAY_LEAK_KEYS_URL="") == []


@pytest.mark.parametrize("url", ["redis://redis:6379", "rediss://:secret@redis:6379/1", "unix:///run/redis.sock"])
def test_an_address_of_redis_is_good(url: str) -> None:
    assert "gateway.E011" not in found(REDIS_URL=url)


def test_a_wrong_address_of_redis_is_not_repeated() -> None:
    with override_settings(REDIS_URL=":my-password@redis"):
        assert "my-password" not in str(run_checks(tags=[TAG]))


def test_every_command_has_them() -> None:
    """The configuration that registers them is the one that Django takes."""
    assert isinstance(apps.get_app_config("gateway"), GatewayConfig)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GATEWAY_WEB_THREADS", "many", "GATEWAY_WEB_THREADS has another form"),
        ("GATEWAY_DIALECT_HOSTS", "sms.example.com", "GATEWAY_DIALECT_HOSTS has another form"),
        ("GATEWAY_NAME_FILE", "/nowhere/name", "GATEWAY_NAME_FILE names a file that cannot be read"),
        ("GATEWAY_LOG_LEVEL", "loud", "Use one of: DEBUG"),
        ("EMAIL_URL", "mail.example.com", "EMAIL_URL is no mail server's address"),
        ("DATABASE_URL", "gateway", "DATABASE_URL is no database's address"),
    ],
)
def test_what_cannot_be_read_at_all_is_one_sentence(name: str, value: str, sentence: str) -> None:
    manage = Path(__file__).parents[2] / "manage.py"
    ended = subprocess.run(
        [sys.executable, str(manage), "check"],
        check=False,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
