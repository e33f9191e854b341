"""Credentials. A secret is shown once; what is stored is a lookup (its first characters) and a digest."""

from tokens.models.logins import AccessToken, ApiLogin, PrivateToken
from tokens.models.tokens import ROTATE_AFTER, Credential, Token, TokenQuerySet
from tokens.models.usage import OldSecretUse, TokenDay, TokenNetwork, TokenRequest

__all__ = [
    "ROTATE_AFTER",
    "AccessToken",
    "ApiLogin",
    "Credential",
    "OldSecretUse",
    "PrivateToken",
    "Token",
    "TokenDay",
    "TokenNetwork",
    "TokenQuerySet",
    "TokenRequest",
]
