from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class GatewayConfig(AppConfig):
    name = "gateway"
    default = True  # of the several classes here, the one that "gateway" in INSTALLED_APPS means

    def ready(self) -> None:
        from gateway import checks  # noqa: F401  registers the system checks


class Static(StaticFilesConfig):
    """Collects what pages use: not the parts of libraries that this project shows nowhere."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework"]
