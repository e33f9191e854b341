"""The map of the core says where everything is."""

import pkgutil
import re

import messaging


def test_the_map_names_every_module_and_nothing_else() -> None:
    named = re.findall(r"`(\w+)`", messaging.__doc__ or "")
    there = {module.name for module in pkgutil.iter_modules(messaging.__path__)} - {"apps", "migrations"}
    assert len(named) == len(set(named))
    assert set(named) == there
