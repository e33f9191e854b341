from string import printable

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from tokens import crypto
from tokens.scopes import KeyType

SECRETS = st.sampled_from(list(KeyType)).map(crypto.new_secret)


@pytest.mark.parametrize(
    ("type", "prefix"), [("production", "gw_live_"), ("sandbox", "gw_test_"), ("read_only", "gw_read_")]
)
def test_a_secret_says_its_type_and_has_38_more_characters(type: str, prefix: str) -> None:
    secret = crypto.new_secret(type)
    assert secret.startswith(prefix)
    assert len(secret) == len(prefix) + 38
    assert crypto.is_wellformed(secret)
    assert crypto.lookup_of(secret) == secret[: len(prefix) + 8]


@given(secret=SECRETS, place=st.integers(0), other=st.sampled_from(printable))
def test_any_single_changed_character_is_refused(secret: str, place: int, other: str) -> None:
    place %= len(secret)
    changed = secret[:place] + other + secret[place + 1 :]
    assert crypto.is_wellformed(changed) == (changed == secret)


@given(secret=SECRETS, place=st.integers(0))
def test_a_missing_or_doubled_character_is_refused(secret: str, place: int) -> None:
    place %= len(secret)
    assert not crypto.is_wellformed(secret[:place] + secret[place + 1 :])
    assert not crypto.is_wellformed(secret[:place] + secret[place] + secret[place:])


@given(text=st.text())
def test_any_text_can_be_checked_and_digested(text: str) -> None:
    assert not crypto.is_wellformed(text)
    assert len(crypto.digest(text)) == 64


def test_a_new_brand_does_not_end_the_tokens_of_the_old_one(settings: LazySettings) -> None:
    secret = crypto.new_secret("production")
    settings.GATEWAY_TOKEN_BRAND = "acme"
    assert crypto.new_secret("production").startswith("acme_live_")
    assert crypto.is_wellformed(secret)


@given(secret=SECRETS)
def test_a_secret_inside_a_text_is_cut_to_its_prefix(secret: str) -> None:
    redacted = crypto.redact(f"/v1/{secret}/x")
    assert redacted == f"/v1/{secret[:8]}••••/x"


def test_a_login_is_six_characters_and_a_long_password() -> None:
    username, password = crypto.new_login()
    assert crypto.is_username(username)
    assert len(password) == 20
