"""Settings, all from the environment. `docs/settings.md` has the table; `gateway/checks.py` the checks."""

import logging
import os
import secrets
import tempfile
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from gateway.launching import BASE_DIR, read_secret_key


class Environment(environ.FileAwareEnv):  # type: ignore[misc]  # environ has no types
    """Ends with a sentence where a variable cannot be read at all; `gateway/checks.py` has the finer checks."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except (ValueError, InvalidOperation):
            raise SystemExit(f"{var} has another form than it must have: docs/settings.md shows it.") from None
        except OSError as error:
            raise SystemExit(f"{var}_FILE names a file that cannot be read: {error.strerror}.") from None


env = Environment()

# The gateway's own
DATA_DIR = Path(env.str("GATEWAY_DATA_DIR", default=str(BASE_DIR / "data")))
GATEWAY_URL = env.str("GATEWAY_URL", default="http://localhost:8000").rstrip("/")
GATEWAY_NAME = env.str("GATEWAY_NAME", default="Gatehouse")
GATEWAY_SIGNUP = env.str("GATEWAY_SIGNUP", default="open")
GATEWAY_SUPPORT_EMAIL = env.str("GATEWAY_SUPPORT_EMAIL", default="")
GATEWAY_TRUSTED_PROXIES = env.list("GATEWAY_TRUSTED_PROXIES", default=[])
GATEWAY_TOKEN_BRAND = env.str("GATEWAY_TOKEN_BRAND", default="gw")
GATEWAY_JWT_ISSUER = env.str("GATEWAY_JWT_ISSUER", default="gatehouse")
GATEWAY_DIALECT_HOSTS = env.dict("GATEWAY_DIALECT_HOSTS", default={})
GATEWAY_MEDIA_MEGABYTES = env.int("GATEWAY_MEDIA_MEGABYTES", default=10_240)
GATEWAY_RESOURCE_DAYS = env.int("GATEWAY_RESOURCE_DAYS", default=90)
GATEWAY_PUBLIC_RESOURCES = env.bool("GATEWAY_PUBLIC_RESOURCES", default=True)
GATEWAY_WEBHOOK_ALLOW = env.list("GATEWAY_WEBHOOK_ALLOW", default=[])
GATEWAY_BAD_NETWORKS = env.list("GATEWAY_BAD_NETWORKS", default=[])
GATEWAY_LEAK_KEYS_URL = env.str(
    "GATEWAY_LEAK_KEYS_URL", default="https://api.github.com/meta/public_keys/secret_scanning"
)
GATEWAY_TEMPLATE_REVIEW = env.str("GATEWAY_TEMPLATE_REVIEW", default="none")
GATEWAY_SANDBOX_PACE = env.float("GATEWAY_SANDBOX_PACE", default=1.0)
GATEWAY_OTP_REGIONS = [region.upper() for region in env.list("GATEWAY_OTP_REGIONS", default=[])]
GATEWAY_WHATSGATE_PER_MINUTE = env.int("GATEWAY_WHATSGATE_PER_MINUTE", default=0)
GATEWAY_CONNEXEASE_PER_SECOND = env.int("GATEWAY_CONNEXEASE_PER_SECOND", default=0)
GATEWAY_CONNEXEASE_PER_MINUTE = env.int("GATEWAY_CONNEXEASE_PER_MINUTE", default=0)
GATEWAY_PRICE = env.get_value("GATEWAY_PRICE", cast=Decimal, default=Decimal("0.001"))
GATEWAY_SMSGATE_MODE = env.str("GATEWAY_SMSGATE_MODE", default="cloud")
GATEWAY_WHISPIR_HTTPS_ONLY = env.bool("GATEWAY_WHISPIR_HTTPS_ONLY", default=False)
GATEWAY_WHISPIR_FORBIDDEN_IN_JSON = env.bool("GATEWAY_WHISPIR_FORBIDDEN_IN_JSON", default=False)
GATEWAY_WEB_THREADS = env.int("GATEWAY_WEB_THREADS", default=16)
GATEWAY_COMMIT_INLINE = False
GATEWAY_USAGE_SECONDS = env.float("GATEWAY_USAGE_SECONDS", default=0.5)
REDIS_URL = env.str("REDIS_URL", default="")

DEBUG = False
SECRET_KEY = env.str("GATEWAY_SECRET_KEY", default="")
SECRET_KEY_IS_GIVEN = bool(SECRET_KEY)
SECRET_KEY = SECRET_KEY or read_secret_key(DATA_DIR) or secrets.token_urlsafe(64)
_site = urlsplit(GATEWAY_URL)
_secure = _site.scheme == "https"
ALLOWED_HOSTS = [
    _site.hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
    *env.list("GATEWAY_ALLOWED_HOSTS", default=[]),
    *(host.partition(":")[0] for host in GATEWAY_DIALECT_HOSTS.values()),
]
CSRF_TRUSTED_ORIGINS = [GATEWAY_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if GATEWAY_TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "gateway.apps.Static",
    "django.contrib.humanize",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "accounts",
    "tokens",
    "messaging",
    "gateway",
]
MIDDLEWARE = [
    "gateway.api_first.ApiFirst",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.CurrentAccount",
    "gateway.unanswered.TryAgain",
]
ROOT_URLCONF = "gateway.urls"
WSGI_APPLICATION = "gateway.wsgi.application"
APPEND_SLASH = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "messaging.dashboard.context.shell",
            ]
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'gateway.sqlite3'}")}
_database = DATABASES["default"]
_database["ATOMIC_REQUESTS"] = False
if not _database.get("ENGINE"):
    raise SystemExit("DATABASE_URL is no database's address. Write it as postgres://user:password@host:5432/name.")
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "gateway.sqlite"
    _database["CONN_MAX_AGE"] = None
    # A file, since threads cannot share one in memory; its own for each process, so that two runs may go at once.
    _database["TEST"] = {"NAME": f"{tempfile.gettempdir()}/gatehouse-test-{os.getpid()}.sqlite3"}
else:
    _database["CONN_MAX_AGE"] = None
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": (
        {"BACKEND": "gateway.counters.PromptRedis", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    ),
    "counters": (
        {"BACKEND": "gateway.counters.RedisCounters", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "gateway.counters.MemoryCounters", "OPTIONS": {"MAX_ENTRIES": 100_000}}
    ),
}
# django-ratelimit reads each of these on every call; a missing one costs an exception.
RATELIMIT_ENABLE = True
RATELIMIT_USE_CACHE = "counters"
RATELIMIT_FAIL_OPEN = False
RATELIMIT_CACHE_PREFIX = "rl:"
RATELIMIT_HASH_ALGORITHM = "hashlib.sha256"
RATELIMIT_IP_META_KEY = "accounts.addresses.counted_address"
RATELIMIT_IPV4_MASK = 32
RATELIMIT_IPV6_MASK = 64

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    try:
        vars().update(env.email_url("EMAIL_URL"))
    except ImproperlyConfigured:
        raise SystemExit(
            "EMAIL_URL is no mail server's address. Write it as smtp+tls://user:password@mail.example.com:587."
        ) from None
else:
    EMAIL_BACKEND = "gateway.console_mail.EmailBackend"
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("GATEWAY_MAIL_FROM", default=f"gatehouse@{_site.hostname or 'localhost'}")

ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignUp"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "optional"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "10/m/ip",
    "reset_password": "10/m/ip,3/5m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{GATEWAY_NAME}] "
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "accounts.forms.AddPasskey", "edit_webauthn": "accounts.forms.RenamePasskey"}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _site.hostname == "localhost"
MFA_TOTP_ISSUER = GATEWAY_NAME
USERSESSIONS_ADAPTER = "accounts.adapter.Sessions"
USERSESSIONS_TRACK_ACTIVITY = True

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "media": {"BACKEND": "messaging.media.storage.Folder", "OPTIONS": {"location": DATA_DIR / "media"}},
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{GATEWAY_NAME} API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "PREPROCESSING_HOOKS": ["messaging.api.schema.only_ours"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "messaging.api.schema.complete"],
    "ENUM_NAME_OVERRIDES": {
        "BroadcastBegins": "messaging.api.serializers.broadcasts.BEGINNINGS",
        "BroadcastChannel": "messaging.api.serializers.broadcasts.CHANNELS",
        "BroadcastStatus": "messaging.api.serializers.broadcasts.STATUSES",
        "BroadcastType": "messaging.api.serializers.broadcasts.KINDS",
        "MessageChannel": "messaging.models.Channel",
        "MessageState": "messaging.states.State",
        "MessageType": "messaging.content.KINDS",
        "TokenState": "messaging.api.serializers.credentials.TOKEN_STATES",
        "TokenType": "tokens.scopes.KeyType",
        "LoginState": "messaging.api.serializers.credentials.LOGIN_STATES",
        "AccessTokenState": "messaging.api.serializers.credentials.ACCESS_STATES",
        "WebhookState": "messaging.api.serializers.webhooks.ENDPOINT_STATES",
        "WebhookCallState": "messaging.models.WebhookDelivery.State",
    },
    "APPEND_COMPONENTS": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "SECURITY": [{"token": []}],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # its own default asks an outside host
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

GATEWAY_LOG_LEVEL = env.str("GATEWAY_LOG_LEVEL", default="INFO").upper()
if GATEWAY_LOG_LEVEL not in logging.getLevelNamesMapping():
    raise SystemExit(f"GATEWAY_LOG_LEVEL is “{GATEWAY_LOG_LEVEL}”. Use one of: DEBUG, INFO, WARNING, ERROR.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"strangers": {"()": "gateway.strangers.OneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": GATEWAY_LOG_LEVEL},
    # Its warnings hold the path of every refused request, where numbers and links with a secret may stand.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"filters": ["strangers"]},
        "httpcore": {"level": "WARNING"},  # below that it writes whom it asks, and the answers' headers
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # whether subdomains are HTTPS alone is for their owner to say
    "security.W008",  # the proxy that ends TLS sends plain requests on to it
    "security.W021",  # so is the browsers' preload list
]
