"""Pages while the Redis that counts tries is gone."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings

from accounts.models import Account, User
from messaging.broadcasts import figures
from messaging.models import Broadcast
from tests.conftest import PASSWORD, SignedIn
from tokens.quotas import Unanswered

GONE = "redis://127.0.0.1:1/0"
NO_REDIS = override_settings(
    CACHES={
        "default": {"BACKEND": "gateway.counters.PromptRedis", "LOCATION": GONE},
        "counters": {"BACKEND": "gateway.counters.RedisCounters", "LOCATION": GONE},
    }
)


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("login", {"login": "alice@acme.example", "password": PASSWORD}),
        ("signup", {"email": "dana@new.example", "password1": PASSWORD}),
        ("password/reset", {"email": "alice@acme.example"}),
    ],
)
def test_what_cannot_be_counted_is_not_done_and_says_when_to_come_back(
    client: Client, alice: User, page: str, form: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with NO_REDIS:
        answer = client.post(f"/accounts/{page}/?next=/messages/", form)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    said = answer.content.decode()
    assert "Try again in a moment" in said
    assert f'href="/accounts/{page}/?next=/messages/"' in said
    assert "_auth_user_id" not in client.session
    assert User.objects.count() == 1
    [line] = [each for each in caplog.records if each.name.startswith(("gateway", "django"))]
    assert line.exc_info is None


def test_the_forms_themselves_are_shown(client: Client, db: None) -> None:
    with NO_REDIS:
        assert client.get("/accounts/login/").status_code == 200


def test_nobody_is_invited_uncounted(acme: Account, alice: User, signed_in: SignedIn) -> None:
    client = signed_in(alice)
    with NO_REDIS:
        answer = client.post("/settings/people/invite/", {"email": "dana@new.example", "role": "viewer"})
    assert answer.status_code == 503
    assert "Try again in a moment" in answer.content.decode()
    assert not acme.invitations.exists()


def test_figures_of_a_broadcast_are_counted_where_none_can_be_kept(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_WORTH_KEEPING", -1.0)
    with NO_REDIS:
        assert figures.progress(Broadcast(pk=1, account=acme, total=3)).total == 3
        assert figures.analytics(Broadcast(pk=1, account=acme, total=3)).progress.total == 3


@NO_REDIS
@pytest.mark.parametrize("ask", ["add", "get", "set", "delete"])
def test_a_redis_that_is_gone_is_told_from_one_that_says_no(ask: str) -> None:
    assert settings.CACHES["default"]["LOCATION"] == GONE
    with pytest.raises(Unanswered):
        getattr(cache, ask)("a", *([1] if ask in ("add", "set") else []))
