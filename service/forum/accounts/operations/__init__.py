"""Changes to accounts, each a function of a session. Hashes and keys come ready made: see `entrance`."""

from service.forum.accounts.operations.applications import (
    approve,
    deny,
)
from service.forum.accounts.operations.blocks import (
    block,
    block_instance,
    unblock,
)
from service.forum.accounts.operations.profile import (
    change_email,
    edit,
    set_picture,
)
from service.forum.accounts.operations.registering import (
    NewAccount,
    Registered,
    create_account,
    ensure_first_admin,
)
from service.forum.accounts.operations.sessions import (
    end_session,
    forget_expired_sessions,
    revoke_all_sessions,
    revoke_session,
    set_password,
    start_session,
    touch,
)
from service.forum.accounts.operations.standing import (
    ban,
    delete_account,
    unban,
)

__all__ = [
    "NewAccount",
    "Registered",
    "approve",
    "ban",
    "block",
    "block_instance",
    "change_email",
    "create_account",
    "delete_account",
    "deny",
    "edit",
    "end_session",
    "ensure_first_admin",
    "forget_expired_sessions",
    "revoke_all_sessions",
    "revoke_session",
    "set_password",
    "set_picture",
    "start_session",
    "touch",
    "unban",
    "unblock",
]
