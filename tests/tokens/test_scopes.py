import pytest

from tokens.scopes import AREAS, EVERYTHING, PRESETS, READING, KeyType, Scope, abilities, effective


def test_every_scope_has_its_place_in_the_permission_table() -> None:
    placed = [scope for area in AREAS for scope in (*area.read, *area.write)]
    assert sorted(placed) == sorted(EVERYTHING)


@pytest.mark.parametrize("given", [[], [Scope.ALL], [Scope.ALL, Scope.MESSAGES_SEND]])
def test_no_list_and_all_any_mean_what_the_type_allows(given: list[str]) -> None:
    assert effective("production", given) == effective("sandbox", given) == EVERYTHING
    assert effective("read_only", given) == READING


def test_a_read_only_key_never_has_what_writes() -> None:
    assert effective("read_only", list(Scope)[1:]) == READING
    assert effective("read_only", [Scope.MESSAGES_SEND]) == frozenset()


@pytest.mark.parametrize("type", KeyType.values)
def test_nothing_gives_the_scope_of_refresh_tokens(type: str) -> None:
    assert Scope.TOKENS_REFRESH not in effective(type, [Scope.ALL, Scope.TOKENS_REFRESH])
    assert effective(type, [Scope.TOKENS_REFRESH]) == frozenset()


def test_an_unknown_scope_gives_nothing() -> None:
    assert effective("production", ["messages:fly"]) == frozenset()


@pytest.mark.parametrize("type", KeyType.values)
def test_abilities_name_every_scope_and_put_what_it_can_first(type: str) -> None:
    said = abilities(type, [Scope.MESSAGES_READ, Scope.MESSAGES_SEND])
    assert len(said) == len(EVERYTHING)
    assert [ability.is_allowed for ability in said] == sorted((a.is_allowed for a in said), reverse=True)
    assert sum(ability.is_allowed for ability in said) == (1 if type == KeyType.READ_ONLY else 2)


def test_real_messages_are_called_real_and_sandboxed_ones_are_not() -> None:
    assert "real" in abilities("production", PRESETS["send"])[0].text
    assert "sandbox" in abilities("sandbox", PRESETS["send"])[0].text
