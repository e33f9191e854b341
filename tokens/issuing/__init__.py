"""Every change to a credential, once for all doors: pages, API, admin and commands.

Each verb checks that `grantor` may give what is asked, writes an audit entry in its own transaction (issuing and
renewing JWTs: a line in the journal), and takes effect on the next request. They raise `Denied` for no, and
Django's `ValidationError`, by field, for bad input.
"""

from tokens.issuing.access import issue_access, prune_access, refresh_access, revoke_access
from tokens.issuing.granting import Granting, may_grant
from tokens.issuing.logins import create_login, ensure_private_token, renew_login, revoke_login
from tokens.issuing.tokens import (
    OVERLAPS,
    Changes,
    change_token,
    create_token,
    delete_token,
    end_overlap,
    extend_overlap,
    find_by_secret,
    pause_token,
    regenerate_token,
    resume_token,
    revoke_token,
)

__all__ = [
    "OVERLAPS",
    "Changes",
    "Granting",
    "change_token",
    "create_login",
    "create_token",
    "delete_token",
    "end_overlap",
    "ensure_private_token",
    "extend_overlap",
    "find_by_secret",
    "issue_access",
    "may_grant",
    "pause_token",
    "prune_access",
    "refresh_access",
    "regenerate_token",
    "renew_login",
    "resume_token",
    "revoke_access",
    "revoke_login",
    "revoke_token",
]
