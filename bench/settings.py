"""The gateway's own settings, and one empty view to measure against."""

from gateway.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
