"""Who calls: a credential checked, and what its caller may do."""

from tokens.authentication.caller import Caller, storable_address
from tokens.authentication.logins import authenticate_access, authenticate_login
from tokens.authentication.recent import Known, Recent, forget
from tokens.authentication.tokens import authenticate_token

__all__ = [
    "Caller",
    "Known",
    "Recent",
    "authenticate_access",
    "authenticate_login",
    "authenticate_token",
    "forget",
    "storable_address",
]
