"""Changes to accounts, each a function of a session. Hashes and keys come ready made: see `authentication`."""

from service.forum.accounts.operations.addresses import allow_address, ban_address, ban_with_address
from service.forum.accounts.operations.administration import (
    ACTIONS,
    DONE_WORDS,
    Act,
    Action,
    DoneWord,
    enable_expired,
    perform,
    register,
    update_account,
)
from service.forum.accounts.operations.applications import (
    approve,
    deny,
)
from service.forum.accounts.operations.attempts import begin_attempt, forget_old_attempts, forgive
from service.forum.accounts.operations.blocks import (
    block,
    block_domain,
    block_instance,
    unblock,
)
from service.forum.accounts.operations.confirmation import (
    account_to_confirm,
    activate,
    make_confirmation,
    register_unconfirmed,
    want_confirmation,
)
from service.forum.accounts.operations.departing import ask_to_leave, delete_departed, stay
from service.forum.accounts.operations.email_change import (
    agree_to_email,
    keep_email,
    make_address_link,
    want_email,
)
from service.forum.accounts.operations.filters import (
    FilterChange,
    add_filter,
    delete_filter,
    edit_filter,
)
from service.forum.accounts.operations.flair import set_flair
from service.forum.accounts.operations.following import (
    accept_follower,
    follow,
    receive_follow,
    refuse_follower,
    settle_follow,
    unfollow,
)
from service.forum.accounts.operations.instance_bans import ban_from_instance, unban_from_instance
from service.forum.accounts.operations.looks import choose_look
from service.forum.accounts.operations.profile import (
    change_email,
    edit,
    set_picture,
)
from service.forum.accounts.operations.recovery import make_link, use_link, want_new_password
from service.forum.accounts.operations.registering import (
    NewAccount,
    Registered,
    create_account,
    ensure_first_admin,
)
from service.forum.accounts.operations.relationships import set_note, set_watched
from service.forum.accounts.operations.roles import set_permissions, set_role
from service.forum.accounts.operations.rows import refuse_address, refuse_if_banned
from service.forum.accounts.operations.sanctions import (
    ban,
    delete_account,
    unban,
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
from service.forum.accounts.operations.settings import (
    ExtraFieldChange,
    SettingsChange,
    save_settings,
)
from service.forum.accounts.operations.unread_letters import stop_unread_letters, want_unread_letters

__all__ = [
    "ACTIONS",
    "DONE_WORDS",
    "Act",
    "Action",
    "DoneWord",
    "ExtraFieldChange",
    "FilterChange",
    "NewAccount",
    "Registered",
    "SettingsChange",
    "accept_follower",
    "account_to_confirm",
    "activate",
    "add_filter",
    "agree_to_email",
    "allow_address",
    "approve",
    "ask_to_leave",
    "ban",
    "ban_address",
    "ban_from_instance",
    "ban_with_address",
    "begin_attempt",
    "block",
    "block_domain",
    "block_instance",
    "change_email",
    "choose_look",
    "create_account",
    "delete_account",
    "delete_departed",
    "delete_filter",
    "deny",
    "edit",
    "edit_filter",
    "enable_expired",
    "end_session",
    "ensure_first_admin",
    "follow",
    "forget_expired_sessions",
    "forget_old_attempts",
    "forgive",
    "keep_email",
    "make_address_link",
    "make_confirmation",
    "make_link",
    "perform",
    "receive_follow",
    "refuse_address",
    "refuse_follower",
    "refuse_if_banned",
    "register",
    "register_unconfirmed",
    "revoke_all_sessions",
    "revoke_session",
    "save_settings",
    "set_flair",
    "set_note",
    "set_password",
    "set_permissions",
    "set_picture",
    "set_role",
    "set_watched",
    "settle_follow",
    "start_session",
    "stay",
    "stop_unread_letters",
    "touch",
    "unban",
    "unban_from_instance",
    "unblock",
    "unfollow",
    "update_account",
    "use_link",
    "want_confirmation",
    "want_email",
    "want_new_password",
    "want_unread_letters",
]
