"""What getting an account does, coming in with it, and leaving."""

from typing import Any

import msgspec
from sqlalchemy import text

from service.forum.accounts import operations as accounts
from service.forum.accounts.attempts import count_of_nobody
from service.forum.accounts.operations import NewAccount
from service.forum.accounts.tokens import hash_of
from tests.forum.making import DOMAIN, KEYS
from tests.forum.stated.place import Stated, over, then, value


def _applied(session: Any, place: Any) -> Any:
    """Have somebody ask for an account; return the application's id."""
    asked = NewAccount(
        name="zed", email="zed@post.example", password_hash="scrypt:x", keys=KEYS, answer="Cats"
    )
    made = accounts.create_account(session, asked, domain=DOMAIN)
    return then(session, made, value(session, "SELECT id FROM user_registration"))


DONE: dict[str, Stated] = {
    "register": Stated(
        lambda s, p: accounts.create_account(
            s,
            NewAccount(name="zed", email="zed@post.example", password_hash="scrypt:x", keys=KEYS),
            domain=DOMAIN,
        ),
        "+ zed",
    ),
    "register with an address to confirm": Stated(
        lambda s, p: accounts.register_unconfirmed(
            s,
            NewAccount(
                name="zed", email="zed@post.example", password_hash="scrypt:x", keys=KEYS, verified=False
            ),
            domain=DOMAIN,
        ),
        "+ zed; + outbox mail EmailRequested",
    ),
    "make an account for somebody": Stated(
        lambda s, p: accounts.register(
            s,
            p.power,
            NewAccount(name="zed", email="zed@post.example", password_hash="scrypt:x", keys=KEYS),
            domain=DOMAIN,
        ),
        "+ zed; + audit_log private_register",
    ),
    "sign in": Stated(
        lambda s, p: accounts.start_session(
            s, p.ben.id, hash_of("token"), checked_hash="scrypt:none", address="203.0.113.7"
        ),
        "+ pieloop.session; ben.ip_address; ben.last_seen",
    ),
    "sign out": Stated(
        lambda s, p: accounts.end_session(s, hash_of("token")),
        "- pieloop.session",
        after=lambda s, p: accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
    ),
    "sign out everywhere": Stated(
        lambda s, p: accounts.revoke_all_sessions(s, p.ben.id),
        "+ pieloop.token_end; - pieloop.session",
        after=lambda s, p: accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
    ),
    "have another password": Stated(
        lambda s, p: accounts.set_password(s, p.ben.id, "scrypt:other"),
        """
        + pieloop.token_end; - pieloop.session
        ben.password_hash; ben.password_updated_at
        """,
        after=lambda s, p: accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
    ),
    "be there": Stated(
        lambda s, p: accounts.touch(s, msgspec.structs.replace(p.ben, seen_long_ago=True)),
        "ben.last_seen",
        after=lambda s, p: s.execute(text("UPDATE \"user\" SET last_seen = '2020-01-01'")),
    ),
    "forget a password": Stated(
        lambda s, p: accounts.want_new_password(s, "ben@post.example"),
        "+ outbox mail PasswordForgotten",
    ),
    "get the link for another password": Stated(
        lambda s, p: accounts.make_link(s, "ben@post.example"),
        "+ pieloop.password_reset",
    ),
    "change one's address at once": Stated(
        lambda s, p: accounts.change_email(s, p.ben, "ben@other.example"),
        "ben.email",
    ),
    "want another address": Stated(
        lambda s, p: accounts.want_email(s, p.ben, "ben@other.example"),
        "+ pieloop.email_change; + outbox mail EmailRequested",
    ),
    "keep one's address": Stated(
        lambda s, p: accounts.keep_email(s, p.ben),
        "- pieloop.email_change",
        after=lambda s, p: accounts.want_email(s, p.ben, "ben@other.example"),
    ),
    "try a password": Stated(
        lambda s, p: accounts.begin_attempt(s, count_of_nobody("zed")),
        "+ pieloop.sign_in_attempts",
    ),
    "type it rightly": Stated(
        lambda s, p: accounts.forgive(s, count_of_nobody("zed")),
        """
        pieloop.sign_in_attempts.failures -1; pieloop.sign_in_attempts.next_at
        """,
        after=lambda s, p: accounts.begin_attempt(s, count_of_nobody("zed")),
    ),
    "end sessions": Stated(
        lambda s, p: accounts.forget_expired_sessions(s),
        "- pieloop.session",
        after=lambda s, p: over(
            s,
            accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
            "pieloop.session",
            "expires_at",
        ),
    ),
    "apply": Stated(
        lambda s, p: accounts.create_account(
            s,
            NewAccount(
                name="zed", email="zed@post.example", password_hash="scrypt:x", keys=KEYS, answer="Cats"
            ),
            domain=DOMAIN,
        ),
        "+ user_registration; + zed; + outbox notify AccountApplied",
    ),
    "let an applicant in": Stated(
        lambda s, p, made: accounts.approve(s, p.admin, made, domain=DOMAIN),
        """
        + audit_log application_approve; + outbox mail EmailRequested
        user_registration.approved_at; user_registration.approved_by; user_registration.status +1
        zed.last_seen; zed.verified true
        """,
        after=_applied,
    ),
    "turn an applicant down": Stated(
        lambda s, p, made: accounts.deny(s, p.admin, made),
        "- user_registration; - zed; + audit_log application_deny",
        after=_applied,
    ),
    "want to confirm again": Stated(
        lambda s, p: accounts.want_confirmation(s, "new@post.example"),
        "+ outbox mail ConfirmationForgotten",
    ),
    "get the link to confirm": Stated(
        lambda s, p: accounts.make_confirmation(s, p.newcomer),
        "+ pieloop.email_confirmation",
    ),
    "confirm": Stated(
        lambda s, p, made: accounts.activate(s, made, domain=DOMAIN),
        "- pieloop.email_confirmation; newcomer.verified true",
        after=lambda s, p: accounts.make_confirmation(s, p.newcomer),
    ),
    "have another password by letter": Stated(
        lambda s, p, made: accounts.use_link(s, made.token, "scrypt:other", secret="x", domain=DOMAIN),
        """
        + pieloop.token_end; - pieloop.password_reset; - pieloop.session
        ben.password_hash; ben.password_updated_at; ben.verification_token
        """,
        after=lambda s, p: then(
            s,
            accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
            accounts.make_link(s, "ben@post.example"),
        ),
    ),
    "get the link for another address": Stated(
        lambda s, p: accounts.make_address_link(s, p.ben.id, "old"),
        "pieloop.email_change.old_token_hash",
        after=lambda s, p: accounts.want_email(s, p.ben, "ben@other.example"),
    ),
    "agree with one address": Stated(
        lambda s, p, made: accounts.agree_to_email(s, made.token),
        "pieloop.email_change.old_agreed true",
        after=lambda s, p: then(
            s,
            accounts.want_email(s, p.ben, "ben@other.example"),
            accounts.make_address_link(s, p.ben.id, "old"),
        ),
    ),
    "agree with both addresses": Stated(
        lambda s, p, made: accounts.agree_to_email(s, made.token),
        "- pieloop.email_change; ben.email",
        after=lambda s, p: then(
            s,
            accounts.want_email(s, p.ben, "ben@other.example"),
            accounts.make_address_link(s, p.ben.id, "old"),
            s.execute(text("UPDATE pieloop.email_change SET old_agreed = true")),
            accounts.make_address_link(s, p.ben.id, "new"),
        ),
    ),
    "sign one browser out": Stated(
        lambda s, p: accounts.revoke_session(s, p.ben, hash_of("token").hex()),
        "- pieloop.session",
        after=lambda s, p: accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
    ),
    "forget old attempts": Stated(
        lambda s, p: accounts.forget_old_attempts(s),
        "- pieloop.sign_in_attempts",
        after=lambda s, p: over(
            s, accounts.begin_attempt(s, count_of_nobody("zed")), "pieloop.sign_in_attempts", "last_at"
        ),
    ),
    "make a first administrator where there is one": Stated(
        lambda s, p: accounts.ensure_first_admin(s, "other", "scrypt:x", KEYS, domain=DOMAIN),
        "",
    ),
}
