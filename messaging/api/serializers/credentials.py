"""Tokens and API logins as our own API takes and shows them. `tokens.issuing` has the rules."""

from typing import Any, ClassVar

from rest_framework import serializers

from messaging.api.serializers.fields import Asked, Id, Moment, Text, Whole
from tokens.issuing.cleaning import MAX_ENTRIES, MAX_RATE
from tokens.models import AccessToken, ApiLogin, Token
from tokens.scopes import GRANTABLE, KeyType

OVERLAPS = ("now", "24h", "7d")
TOKEN_STATES = ("active", "paused", "expired", "revoked")
LOGIN_STATES = ("active", "revoked")
ACCESS_STATES = ("active", "expired", "revoked")


def _texts(child: serializers.Field[Any, Any, Any, Any], help_text: str) -> serializers.ListField:
    return serializers.ListField(child=child, required=False, max_length=MAX_ENTRIES, help_text=help_text)


class TokenChange(Asked):
    """What may be changed of a token, within what the asking token has itself."""

    name = Text(max_length=255)
    scopes = _texts(serializers.ChoiceField([s.value for s in GRANTABLE]), "Empty: everything its type allows.")
    networks = _texts(Text(max_length=64), "Addresses and CIDR ranges it may be used from. Empty: any.")
    dialects = _texts(Text(max_length=32), "The APIs that accept it. Empty: all.")
    expires_at = Moment(required=False, allow_null=True, help_text="In the future; null: never.")
    requests_per_second = Whole(
        required=False, allow_null=True, min_value=1, max_value=MAX_RATE, help_text="Can only lower the plan's."
    )


class TokenIn(TokenChange):
    """A new token. With a name alone it may do everything."""

    type = serializers.ChoiceField(KeyType.choices, default=KeyType.PRODUCTION)


class Overlap(Asked):
    """When the old secret ends."""

    overlap = serializers.ChoiceField(OVERLAPS, default="now")


class TokenOut(serializers.ModelSerializer[Token]):
    """A token, without its secret."""

    id = Id()
    state = serializers.ChoiceField(TOKEN_STATES)
    masked = serializers.CharField(help_text="The secret as it may be shown.")
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(child=serializers.CharField())
    dialects = serializers.ListField(child=serializers.CharField())
    needs_rotation = serializers.BooleanField(help_text="True for a secret 90 days old or older.")

    class Meta:
        model = Token
        fields: ClassVar[tuple[str, ...]] = (
            "id", "name", "type", "state", "masked", "scopes", "networks", "dialects", "requests_per_second",
            "created_at", "expires_at", "last_used_at", "last_used_address", "secret_made_at", "needs_rotation",
            "overlap_until", "paused_at", "revoked_at",
        )  # fmt: skip


class TokenWithSecret(TokenOut):
    """A token with its secret, which is shown this once."""

    secret = serializers.CharField()

    class Meta(TokenOut.Meta):
        fields = (*TokenOut.Meta.fields, "secret")


class TokenPage(serializers.Serializer[Any]):
    items = TokenOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class LoginIn(Asked):
    """A new API login."""

    name = Text(max_length=255)


class LoginOut(serializers.ModelSerializer[ApiLogin]):
    """An API login, without its password."""

    id = Id()
    state = serializers.ChoiceField(LOGIN_STATES)

    class Meta:
        model = ApiLogin
        fields: ClassVar[tuple[str, ...]] = (
            "id", "name", "username", "state", "created_at", "last_used_at", "last_used_address", "secret_made_at",
            "revoked_at",
        )  # fmt: skip


class LoginWithPassword(LoginOut):
    """An API login with its password, which is shown this once."""

    password = serializers.CharField()

    class Meta(LoginOut.Meta):
        fields = (*LoginOut.Meta.fields, "password")


class LoginPage(serializers.Serializer[Any]):
    items = LoginOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class AccessTokenOut(serializers.ModelSerializer[AccessToken]):
    """A JWT that was issued to an API login, without the JWT."""

    id = serializers.CharField(source="jti", help_text="Its `jti`.")
    state = serializers.ChoiceField(ACCESS_STATES)
    scopes = serializers.ListField(child=serializers.CharField())
    renewable_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when its refresh token works; null if that was used, or ended."
    )

    class Meta:
        model = AccessToken
        fields: ClassVar[tuple[str, ...]] = (
            "id", "state", "scopes", "created_at", "expires_at", "renewable_until", "last_used_at", "last_used_address",
            "revoked_at",
        )  # fmt: skip


class AccessTokenPage(serializers.Serializer[Any]):
    items = AccessTokenOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
