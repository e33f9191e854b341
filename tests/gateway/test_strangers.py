"""Requests that name a host which is not ours."""

import logging

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("sms.example.com", "'sms.example.com'"),
        ("a\r\n2026-01-01 ERROR \x1b[31m\u2028", r"'a\r\n2026-01-01 ERROR \x1b[31m\u2028'"),
        ("a" * 5000, f"'{'a' * 100}'"),
    ],
)
def test_a_foreign_host_is_one_line_that_names_it(host: str, told: str, caplog: pytest.LogCaptureFixture) -> None:
    assert Client().get("/accounts/login/", headers={"host": host}).status_code == 400
    [line] = [each for each in caplog.records if each.name.startswith("django")]
    assert line.levelno == logging.WARNING
    assert line.exc_info is None
    assert line.getMessage() == (
        f"a request named the host {told}, which is neither GATEWAY_URL's nor one of GATEWAY_ALLOWED_HOSTS"
    )
