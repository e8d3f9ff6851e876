"""Changes to accounts, each a function of a session. Hashes and keys come ready made: see `entrance`."""

import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications, site
from service.forum.accounts import rules
from service.forum.accounts.columns import LOCAL_INSTANCE, is_administrator
from service.forum.accounts.keys import KeyPair
from service.forum.accounts.viewer import Viewer, signed_in_who
from service.forum.communities.operations import leave_all
from service.forum.communities.rules import actor_url as community_url
from service.forum.errors import (
    BadCredentials,
    Banned,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
)
from service.forum.events import (
    AccountApplied,
    AccountBanned,
    AccountDeleted,
    AccountRegistered,
    ProfileChanged,
)
from service.forum.moderation.operations import record_in_mod_log
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    Feed,
    Instance,
    InstanceBlock,
    IpBan,
    LoginSession,
    Registration,
    Site,
    User,
    UserBlock,
    UserFile,
    UserRole,
)
from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown

SESSION_LASTS = timedelta(days=30)
SESSIONS_KEPT = 50
TOUCH_AFTER = timedelta(minutes=10)

_ALT_NAME_ALPHABET = string.ascii_letters + string.digits


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A local account to be made.

    Attributes:
        name: Tidy and checked by the rules, as is `email`; an empty e-mail address is none.
        verified: The e-mail address need not be confirmed.
        answer: What the applicant wrote; None where no application is asked for.
    """

    name: str
    email: str
    password_hash: str
    keys: KeyPair
    title: str = ""
    verified: bool = True
    answer: str | None = None
    address: str = ""
    timezone: str = ""


class Registered(msgspec.Struct, frozen=True):
    """A new account; `waiting` until an administrator has decided on its application."""

    account_id: int
    name: str
    waiting: bool


# What an account may change about itself: texts and their lengths, choices, switches.
_TEXTS = {
    "title": rules.TITLE_LENGTH,
    "about": rules.ABOUT_LENGTH,
    "keywords": 256,
    "matrix_user_id": 256,
    "theme": 20,
    "timezone": 30,
    "interface_language": 10,
    "community_keyword_filter": rules.KEYWORD_FILTER_LENGTH,
}
_CHOICES: dict[str, Sequence[Any]] = {
    "default_sort": rules.SORTS,
    "default_filter": rules.FILTERS,
    "default_comment_sort": rules.COMMENT_SORTS,
    "hide_nsfw": (0, 1, 2, 3),
    "hide_nsfl": (0, 1, 2, 3),
    "hide_gen_ai": (0, 1, 2, 3),
    "ignore_bots": (0, 1, 2, 3),
    "accept_private_messages": (0, 1, 2, 3),
    "reply_collapse_threshold": range(-1000, 1001),
    "reply_hide_threshold": range(-1000, 1001),
}
_SWITCHES = frozenset(
    {
        "bot",
        "searchable",
        "indexable",
        "newsletter",
        "email_unread",
        "hide_read_posts",
        "hide_low_quality",
        "vote_privately",
        "feed_auto_follow",
        "feed_auto_leave",
        "ap_manually_approves_followers",
    }
)
# A change to one of these is news for other servers.
_PUBLIC = frozenset({"title", "about", "bot", "searchable", "indexable", "matrix_user_id"})


async def create_account(session: AsyncSession, new: NewAccount, *, domain: str) -> Registered:
    """Make a local account, or the application for one.

    Two at once with the same name give one account and one Conflict.

    Raises:
        Conflict: the name or the e-mail address is taken (`field` tells which).
        Banned: nobody may register from this address.
        Invalid: the name contains a word that the site refuses.
    """
    await _hold(session, f"name:{new.name.lower()}", f"email:{new.email.lower()}")
    await _refuse_taken(session, new, domain)
    language_id = await session.scalar(select(Site.language_id).where(Site.id == site.SITE_ID))
    user = _user(new, domain, language_id)
    session.add(user)
    await session.flush()
    if new.answer is None:
        await record(session, AccountRegistered(account_id=user.id))
        return Registered(user.id, new.name, waiting=False)
    application = Registration(user_id=user.id, answer=new.answer, status=rules.APPLICATION_WAITING)
    session.add(application)
    await session.flush()
    await record(session, AccountApplied(account_id=user.id, application_id=application.id))
    return Registered(user.id, new.name, waiting=True)


async def ensure_first_admin(
    session: AsyncSession, name: str, password_hash: str, keys: KeyPair, *, domain: str
) -> int | None:
    """Make the first administrator, unless there is an administrator already.

    The account gets the id 1 if that is free: it is an administrator's in PieFed whatever its roles, and new databases
    keep it for this.

    Returns:
        The id of the new account; None if nothing had to be done.

    Raises:
        Invalid: the name or the site's domain do not allow it.
        Conflict: the name belongs to an ordinary account.
    """
    await _hold(session, "first administrator", f"name:{name.lower()}")
    known = (
        select(User.id).where(is_administrator(), User.ap_id.is_(None), User.deleted.is_not(True)).limit(1)
    )
    if await session.scalar(known) is not None:
        return None
    rules.refuse({"name": rules.problem_with_name(name, reserved=False)})
    new = NewAccount(name=name, email="", password_hash=password_hash, keys=keys)
    await _refuse_taken(session, new, domain)
    user = _user(new, domain, None)
    user.finished_onboarding = True
    if await session.get(User, 1) is None:
        user.id = 1
    session.add(user)
    await session.flush()
    session.add(UserRole(user_id=user.id, role_id=rules.ROLE_ADMIN))
    await session.flush()
    return user.id


async def start_session(
    session: AsyncSession,
    account_id: int,
    token_hash: bytes,
    *,
    checked_hash: str | None,
    better_hash: str | None = None,
    user_agent: str = "",
    address: str = "",
) -> None:
    """Let a browser in.

    Parameters:
        checked_hash: the password's hash that was found right; if it is no longer the account's, nobody is let in.
        better_hash: a new hash of the same password, to replace an outdated one.
        user_agent, address: of the browser, for the list of sessions.

    Raises:
        BadCredentials: the password was changed, or the account deleted, meanwhile.
        Banned: the address is banned.
    """
    now = utcnow()
    await _refuse_address(session, address)
    standing = (
        select(User.password_hash)
        .where(User.id == account_id, User.deleted.is_not(True))
        .with_for_update(key_share=True)
    )
    if (await session.execute(standing)).one_or_none() != (checked_hash,):
        raise BadCredentials
    values: dict[str, Any] = {"last_seen": now, "ip_address": address[:50] or User.ip_address}
    if better_hash:
        values["password_hash"] = better_hash
    await session.execute(update(User).where(User.id == account_id).values(**values))
    session.add(
        LoginSession(
            token_hash=token_hash,
            user_id=account_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LASTS,
            user_agent=user_agent[:255],
            ip=address[:50],
        )
    )
    await session.flush()
    await _drop_old_sessions(session, account_id, now)


async def end_session(session: AsyncSession, token_hash: bytes) -> None:
    """Log a browser out; nothing happens if it is already."""
    await session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))


async def revoke_session(session: AsyncSession, viewer: Viewer, key: str) -> None:
    """Log one of the viewer's browsers out, named by its key of `queries.sessions_of`; NotFound if it is none."""
    try:
        token_hash = bytes.fromhex(key)
    except ValueError:
        raise NotFound from None
    gone = await session.execute(
        delete(LoginSession)
        .where(LoginSession.token_hash == token_hash, LoginSession.user_id == viewer.id)
        .returning(LoginSession.user_id)
    )
    if gone.first() is None:
        raise NotFound


async def revoke_all_sessions(session: AsyncSession, account_id: int, *, but: bytes | None = None) -> None:
    """Log all browsers of an account out, but one if its token's hash is given."""
    condition = LoginSession.user_id == account_id
    if but is not None:
        condition &= LoginSession.token_hash != but
    await session.execute(delete(LoginSession).where(condition))


async def forget_expired_sessions(session: AsyncSession) -> int:
    """Delete the sessions that have run out; return how many there were."""
    gone = await session.execute(
        delete(LoginSession).where(LoginSession.expires_at <= utcnow()).returning(LoginSession.user_id)
    )
    return len(gone.all())


async def touch(session: AsyncSession, viewer: Viewer) -> None:
    """Note that the viewer is here, and keep their session alive; at most once in ten minutes."""
    now = utcnow()
    long_ago = now - TOUCH_AFTER
    await session.execute(
        update(User)
        .where(User.id == viewer.id, or_(User.last_seen.is_(None), User.last_seen < long_ago))
        .values(last_seen=now)
    )
    if viewer.session is not None:
        await session.execute(
            update(LoginSession)
            .where(LoginSession.token_hash == viewer.session, LoginSession.last_seen_at < long_ago)
            .values(last_seen_at=now, expires_at=now + SESSION_LASTS)
        )


async def set_password(session: AsyncSession, account_id: int, password_hash: str) -> None:
    """Give an account another password; all its sessions and API tokens end."""
    await session.execute(
        update(User)
        .where(User.id == account_id)
        .values(password_hash=password_hash, password_updated_at=utcnow())
    )
    await revoke_all_sessions(session, account_id)


async def change_email(session: AsyncSession, viewer: Viewer, email: str) -> None:
    """Give the viewer's account another e-mail address; Invalid or Conflict if it cannot have that one."""
    email = rules.tidy_email(email)
    rules.refuse({"email": rules.problem_with_email(email)})
    await _hold(session, f"email:{email.lower()}")
    if await session.scalar(select(_email_taken(email, but=viewer.id))):
        raise Conflict(
            "An account with this e-mail address exists already.", code="email_taken", field="email"
        )
    await session.execute(update(User).where(User.id == viewer.id).values(email=email))


async def edit(session: AsyncSession, viewer: Viewer, changes: Mapping[str, Any], *, domain: str) -> None:
    """Change the viewer's profile and settings.

    Parameters:
        changes: columns of the account with their new values; Markdown in `about` is rendered here.
        domain: this site's.

    Raises:
        Invalid: a column cannot be changed, or its value breaks a rule.
    """
    if not changes:
        return
    values = _checked_changes(changes)
    if "about" in values:
        values["about_html"] = render_markdown(values["about"], domain=domain)
    await session.execute(update(User).where(User.id == viewer.id).values(**values))
    if _PUBLIC & values.keys():
        await record(session, ProfileChanged(account_id=viewer.id))


async def set_picture(
    session: AsyncSession, viewer: Viewer, which: Literal["avatar", "cover"], file_id: int | None
) -> None:
    """Show another avatar or cover, or none; NotFound if the viewer did not upload that file."""
    if file_id is not None:
        if not rules.is_id(file_id):
            raise NotFound
        own = exists().where(UserFile.user_id == viewer.id, UserFile.file_id == file_id)
        if not await session.scalar(select(own)):
            raise NotFound
    column = User.avatar_id if which == "avatar" else User.cover_id
    await session.execute(update(User).where(User.id == viewer.id).values({column: file_id}))
    await record(session, ProfileChanged(account_id=viewer.id))


async def delete_account(session: AsyncSession, viewer: Viewer, account_id: int) -> None:
    """Delete an account: the viewer's own, or another's by an administrator.

    The row stays, as in PieFed, so that its name is never given to somebody else; what it told about its owner goes,
    with the memberships, sessions and keywords. Posts and comments stay under the name "[deleted]".

    Raises:
        Forbidden: it is somebody else's and the viewer is no administrator, or it is the only administrator's.
        NotFound: there is no such account here.
    """
    if account_id != viewer.id and not viewer.is_admin:
        raise Forbidden
    user = await _local_user(session, account_id)
    if user.deleted:
        return
    if await _is_last_administrator(session, account_id):
        raise Forbidden("The only administrator cannot be deleted.", code="last_administrator")
    _forget_person(user, viewer.id)
    await leave_all(session, account_id)
    await revoke_all_sessions(session, account_id)
    await session.flush()
    if account_id != viewer.id:
        await _log(session, viewer, "delete_user", user)
    await record(session, AccountDeleted(account_id=account_id, deleted_by=viewer.id))


async def ban(
    session: AsyncSession, viewer: Viewer, account_id: int, *, reason: str = "", until: datetime | None = None
) -> None:
    """Ban an account, local or remote, from the site; its sessions end at once.

    Parameters:
        until: naive UTC; None for ever.

    Raises:
        Forbidden: the viewer may not ban, or not this account.
        NotFound: there is no such account.
    """
    _may_ban(viewer)
    user = await _user_row(session, account_id)
    if account_id == viewer.id:
        raise Forbidden("You cannot ban yourself.")
    if await _is_administrator(session, account_id):
        raise Forbidden("An administrator cannot be banned.")
    user.banned, user.banned_until = True, until
    await revoke_all_sessions(session, account_id)
    await session.flush()
    await _log(session, viewer, "ban_user", user, reason)
    await record(session, AccountBanned(account_id=account_id, by_id=viewer.id, banned=True))


async def unban(session: AsyncSession, viewer: Viewer, account_id: int, *, reason: str = "") -> None:
    """Lift the ban of an account; raises as `ban`."""
    _may_ban(viewer)
    user = await _user_row(session, account_id)
    if not user.banned:
        return
    user.banned, user.banned_until = False, None
    await session.flush()
    await _log(session, viewer, "unban_user", user, reason)
    await record(session, AccountBanned(account_id=account_id, by_id=viewer.id, banned=False))


async def approve(session: AsyncSession, viewer: Viewer, application_id: int) -> int:
    """Accept an application; its account may sign in from now on.

    Returns:
        The id of the account.

    Raises:
        Forbidden: the viewer may not decide on applications.
        NotFound: there is none of this id that waits.
    """
    application = await _waiting_application(session, viewer, application_id)
    now = utcnow()
    application.status = rules.APPLICATION_APPROVED
    application.approved_at, application.approved_by = now, viewer.id
    user = await _local_user(session, application.user_id or 0)
    user.verified, user.last_seen = True, now
    await notifications.settle_registration(session, user.id)
    await record(session, AccountRegistered(account_id=user.id))
    return user.id


async def deny(session: AsyncSession, viewer: Viewer, application_id: int) -> None:
    """Refuse an application: it and its account are gone, and the name is free again. Raises as `approve`."""
    application = await _waiting_application(session, viewer, application_id)
    account_id = application.user_id or 0
    await notifications.forget_author(session, account_id)
    await session.execute(delete(Registration).where(Registration.user_id == account_id))
    await session.execute(delete(User).where(User.id == account_id, User.verified.is_not(True)))


async def block(session: AsyncSession, viewer: Viewer, account_id: int) -> None:
    """Let the viewer see nothing of a person; again is no error. NotFound if there is no such person."""
    if account_id == viewer.id:
        raise Invalid({"person": "You cannot block yourself."})
    await _hold(session, f"block:{viewer.id}:{account_id}")
    user = await _user_row(session, account_id)
    if await _is_administrator(session, user.id):
        raise Forbidden("An administrator cannot be blocked.")
    known = exists().where(UserBlock.blocker_id == viewer.id, UserBlock.blocked_id == account_id)
    if not await session.scalar(select(known)):
        session.add(UserBlock(blocker_id=viewer.id, blocked_id=account_id))


async def unblock(session: AsyncSession, viewer: Viewer, account_id: int) -> None:
    """Let the viewer see a person again; nothing happens if they were not blocked."""
    await session.execute(
        delete(UserBlock).where(UserBlock.blocker_id == viewer.id, UserBlock.blocked_id == account_id)
    )


async def block_instance(session: AsyncSession, viewer: Viewer, instance_id: int, *, blocked: bool) -> None:
    """Let the viewer see nothing of another server, or see it again; again is no error."""
    if instance_id == LOCAL_INSTANCE:
        raise Invalid({"instance": "You cannot block this site."})
    if not blocked:
        await session.execute(
            delete(InstanceBlock).where(
                InstanceBlock.user_id == viewer.id, InstanceBlock.instance_id == instance_id
            )
        )
        return
    if not rules.is_id(instance_id) or not await session.scalar(
        select(exists().where(Instance.id == instance_id))
    ):
        raise NotFound
    statement = insert(InstanceBlock).values(user_id=viewer.id, instance_id=instance_id, created_at=utcnow())
    await session.execute(statement.on_conflict_do_nothing())


async def _hold(session: AsyncSession, *things: str) -> None:
    """Let nobody else decide about the same things until this transaction ends."""
    for thing in sorted(things):
        await session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"pieloop:{thing}", 0)))
        )


async def _refuse_taken(session: AsyncSession, new: NewAccount, domain: str) -> None:
    name = new.name.lower()
    name_taken = or_(
        exists().where(User.ap_profile_id == rules.actor_url(domain, name)),
        exists().where(func.lower(User.user_name) == name, User.ap_id.is_(None)),
    )
    other_taken = or_(
        exists().where(Community.ap_profile_id == community_url(domain, name)),
        exists().where(Feed.ap_profile_id == f"https://{domain}/f/{name}"),
    )
    by_name, by_other, by_email = (
        await session.execute(select(name_taken, other_taken, _email_taken(new.email)))
    ).one()
    if by_name or by_other:
        raise Conflict("This name is taken.", code="name_taken", field="name")
    if by_email:
        raise Conflict(
            "An account with this e-mail address exists already.", code="email_taken", field="email"
        )
    await _refuse_address(session, new.address)
    blocked = await site.setting(await session.connection(), "actor_blocked_words", "")
    if any(word.strip() in name for word in str(blocked or "").lower().splitlines() if word.strip()):
        raise Invalid({"name": "This name cannot be used."})


def _email_taken(email: str, *, but: int = 0) -> Any:
    return exists().where(
        func.lower(User.email) == email.lower(),
        User.email != "",
        User.instance_id == LOCAL_INSTANCE,
        User.id != but,
    )


async def _refuse_address(session: AsyncSession, address: str) -> None:
    if address and await session.scalar(select(exists().where(IpBan.ip_address == address))):
        raise Banned("You cannot do that from your network.", code="address_banned")


def _user(new: NewAccount, domain: str, language_id: int | None) -> User:
    """The row of a local account, with the columns that PieFed fills and its defaults for the others."""
    now = utcnow()
    lower = new.name.lower()
    return User(
        user_name=new.name,
        title=clean_display_name(new.title, rules.TITLE_LENGTH) or new.name,
        email=new.email,
        password_hash=new.password_hash,
        password_updated_at=now,
        verified=new.verified and new.answer is None,
        instance_id=LOCAL_INSTANCE,
        ip_address=new.address[:50],
        ip_address_country="",
        email_unread_sent=False,
        referrer="",
        about="",
        about_html="",
        alt_user_name="".join(secrets.choice(_ALT_NAME_ALPHABET) for _ in range(16)),
        verification_token="".join(secrets.choice(_ALT_NAME_ALPHABET) for _ in range(16)),
        timezone=new.timezone[:30] or None,
        language_id=language_id,
        default_filter="popular",
        private_key=new.keys.private,
        public_key=new.keys.public,
        ap_profile_id=rules.actor_url(domain, lower),
        ap_public_url=f"https://{domain}/u/{new.name}",
        ap_inbox_url=f"https://{domain}/u/{lower}/inbox",
        created=now,
        last_seen=now,
    )


async def _drop_old_sessions(session: AsyncSession, account_id: int, now: datetime) -> None:
    newest = (
        select(LoginSession.token_hash)
        .where(LoginSession.user_id == account_id)
        .order_by(LoginSession.last_seen_at.desc())
        .limit(SESSIONS_KEPT)
    )
    await session.execute(
        delete(LoginSession).where(
            LoginSession.user_id == account_id,
            or_(LoginSession.expires_at <= now, LoginSession.token_hash.not_in(newest)),
        )
    )


def _checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    problems: dict[str, str | None] = {}
    for name, value in changes.items():
        if name in _TEXTS and isinstance(value, str):
            problems[name] = rules.too_long(value.strip(), _TEXTS[name])
            values[name] = clean_display_name(value) if name == "title" else value.strip()
        elif name == "read_language_ids" and _are_ids(value):
            values[name] = list(value)
        elif _allows(name, value):
            values[name] = value
        else:
            problems[name] = "This cannot be changed to that."
    rules.refuse(problems)
    return values


def _allows(name: str, value: object) -> bool:
    if name in _SWITCHES:
        return isinstance(value, bool)
    return name in _CHOICES and not isinstance(value, bool) and value in _CHOICES[name]


def _are_ids(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) <= 200 and all(type(id_) is int for id_ in value)


def _forget_person(user: User, deleted_by: int) -> None:
    user.deleted, user.deleted_by = True, deleted_by
    user.email = f"deleted_{user.id}@deleted.com"
    user.password_hash, user.password_updated_at = None, utcnow()
    user.title = user.about = user.about_html = user.keywords = ""
    user.matrix_user_id = user.ip_address = user.timezone = None
    user.avatar_id = user.cover_id = None
    user.unread_notifications = 0


def _may_ban(viewer: Viewer) -> None:
    signed_in_who(viewer, lambda known: known.runs_the_site or known.may("ban users"))


async def _user_row(session: AsyncSession, account_id: int) -> User:
    if not rules.is_id(account_id):
        raise NotFound
    user = await session.get(User, account_id, with_for_update={"key_share": True})
    if user is None:
        raise NotFound
    return user


async def _local_user(session: AsyncSession, account_id: int) -> User:
    user = await _user_row(session, account_id)
    if user.ap_id is not None:
        raise NotFound
    return user


async def _is_administrator(session: AsyncSession, account_id: int) -> bool:
    return bool(await session.scalar(select(exists().where(User.id == account_id, is_administrator()))))


async def _is_last_administrator(session: AsyncSession, account_id: int) -> bool:
    if not await _is_administrator(session, account_id):
        return False
    another = exists().where(
        User.id != account_id, is_administrator(), User.deleted.is_not(True), User.banned.is_not(True)
    )
    return not await session.scalar(select(another))


async def _log(
    session: AsyncSession,
    viewer: Viewer,
    action: Literal["ban_user", "unban_user", "delete_user"],
    user: User,
    reason: str = "",
) -> None:
    name = user.ap_id or user.user_name or ""
    await record_in_mod_log(
        session, viewer, action, reason=reason, target_account_id=user.id, link=f"u/{name}", link_text=name
    )


async def _waiting_application(session: AsyncSession, viewer: Viewer, application_id: int) -> Registration:
    signed_in_who(viewer, lambda known: known.may("approve registrations"))
    if not rules.is_id(application_id):
        raise NotFound
    application = await session.get(Registration, application_id, with_for_update={"key_share": True})
    if application is None or application.status != rules.APPLICATION_WAITING:
        raise NotFound
    return application
