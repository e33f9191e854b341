"""What every API view keeps to, whatever its dialect."""

import logging

import pytest
from django.test import Client


@pytest.mark.django_db
def test_a_refused_path_which_may_hold_a_number_is_not_logged(caplog: pytest.LogCaptureFixture, client: Client) -> None:
    with caplog.at_level(logging.DEBUG, logger="django.request"):
        assert client.get("/api/status/966500000142").status_code == 403
        assert client.get("/no-such-page/").status_code == 404
    assert "no-such-page" in caplog.text
    assert "966500000142" not in caplog.text
