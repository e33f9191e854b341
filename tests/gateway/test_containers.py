"""What Dockerfile and compose.yaml name exists."""

import re
from pathlib import Path
from typing import Any

import yaml
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
composed: dict[str, Any] = yaml.safe_load(COMPOSE)


def test_every_command_named_exists() -> None:
    named = set(re.findall(r'manage\.py"?,? "?([a-z]+)', DOCKERFILE + COMPOSE))
    assert {"up", "serve", "worker", "migrate"} <= named
    assert named <= set(get_commands())


def test_every_variable_set_is_read_by_the_settings() -> None:
    settings = (ROOT / "gateway" / "settings.py").read_text()
    variables = set(composed["x-gateway"]["environment"]) | set(re.findall(r"GATEWAY_[A-Z_]+(?==)", DOCKERFILE))
    assert [name for name in variables if f'"{name.removesuffix("_FILE")}"' not in settings] == []


def test_every_secret_used_is_declared() -> None:
    used = {name for service in composed["services"].values() for name in service.get("secrets", [])}
    assert used == set(composed["secrets"])


def test_redis_comes_back_empty_rather_than_with_old_counts() -> None:
    redis = composed["services"]["redis"]
    assert redis["command"][1:] == ["--save", ""]
    assert "volumes" not in redis
    used = {mount.partition(":")[0] for each in composed["services"].values() for mount in each.get("volumes", [])}
    assert set(composed["volumes"]) == used


def test_the_image_holds_what_it_runs_and_nothing_else() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert all((ROOT / name).exists() for name in allowed)
    assert {"accounts", "gateway", "messaging", "tokens", "manage.py", "requirements.lock"} <= set(allowed)
