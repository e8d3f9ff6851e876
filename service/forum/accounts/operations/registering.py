"""New accounts. Hashes and keys come ready made: see `authentication`."""

import secrets
import string

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import site
from service.forum.accounts import rules
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.choices import Visibility
from service.forum.accounts.columns import is_administrator
from service.forum.accounts.keys import KeyPair
from service.forum.accounts.operations.rows import refuse_address
from service.forum.accounts.queries.availability import taken
from service.forum.checks import refuse
from service.forum.errors import Conflict, Invalid
from service.forum.events import AccountApplied, AccountRegistered
from service.forum.feeds.choices import Listing
from service.forum.phrases import refuse_phrases
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import Registration, Site, User, UserRole
from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown

_ALT_NAME_ALPHABET = string.ascii_letters + string.digits


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A local account to be made.

    Attributes:
        name: Tidy and checked by the rules, as is `email`; an empty e-mail address is none.
        verified: The e-mail address need not be confirmed.
        answer: What the applicant wrote; None where no application is asked for.
        about: Markdown.
        referrer: Where the account comes from; '' for the form of this site.
    """

    name: str
    email: str
    password_hash: str
    keys: KeyPair
    title: str = ""
    about: str = ""
    show_nsfw: bool = False
    verified: bool = True
    answer: str | None = None
    address: str = ""
    timezone: str = ""
    referrer: str = ""


class Registered(msgspec.Struct, frozen=True):
    """A new account.

    Attributes:
        waiting: Until an administrator has decided on its application.
        unconfirmed: Until its owner has confirmed the e-mail address.
    """

    account_id: int
    name: str
    waiting: bool
    unconfirmed: bool = False


async def create_account(session: AsyncSession, new: NewAccount, *, domain: str) -> Registered:
    """Make a local account, or the application for one.

    Two at once with the same name give one account and one Conflict.

    Raises:
        Conflict: the name or the e-mail address is taken (`field` tells which).
        Banned: nobody may register from this address.
        Invalid: the name contains a word that the site refuses.
    """
    await lock_name(session, *_names_of(new.name), f"email:{new.email.lower()}")
    await _refuse_taken(session, new)
    await refuse_phrases(session, {"name": new.name, "title": new.title, "about": new.about})
    language_id = await session.scalar(select(Site.language_id).where(Site.id == site.SITE_ID))
    user = _user(new, domain, language_id)
    session.add(user)
    await session.flush()
    if new.answer is not None:
        await _apply(session, user.id, new)
    elif new.verified:
        await record(session, AccountRegistered(account_id=user.id))
    return Registered(user.id, new.name, waiting=new.answer is not None, unconfirmed=not new.verified)


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
    await lock_name(session, "first administrator", *_names_of(name))
    known = select(User.id).where(is_administrator(), User.is_local, User.deleted.is_not(True)).limit(1)
    if await session.scalar(known) is not None:
        return None
    refuse({"name": rules.problem_with_name(name, reserved=False)})
    new = NewAccount(name=name, email="", password_hash=password_hash, keys=keys)
    await _refuse_taken(session, new)
    user = _user(new, domain, None)
    user.finished_onboarding = True
    if await session.get(User, 1) is None:
        user.id = 1
    session.add(user)
    await session.flush()
    session.add(UserRole(user_id=user.id, role_id=rules.ROLE_ADMIN))
    await session.flush()
    return user.id


async def _apply(session: AsyncSession, account_id: int, new: NewAccount) -> None:
    """Hand in the application; nobody is bothered with it before the e-mail address is confirmed."""
    status = rules.APPLICATION_WAITING if new.verified else rules.APPLICATION_UNCONFIRMED
    application = Registration(user_id=account_id, answer=new.answer or "", status=status)
    session.add(application)
    await session.flush()
    if new.verified:
        await record(session, AccountApplied(account_id=account_id, application_id=application.id))


def _names_of(name: str) -> tuple[str, ...]:
    """What nobody else may decide about meanwhile: the name in any case, and all that look like it."""
    return f"name:{name.lower()}", f"look:{rules.look_alike(name)}"


async def _refuse_taken(session: AsyncSession, new: NewAccount) -> None:
    found = await taken(await session.connection(), new.name, new.email)
    if found.name:
        raise Conflict(_("This name is taken."), code="name_taken", field="name")
    if found.email:
        raise Conflict(
            _("An account with this email address already exists."), code="email_taken", field="email"
        )
    await refuse_address(session, new.address)
    if found.refused:
        raise Invalid({"name": _("This name can't be used.")})


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
        referrer=new.referrer,
        about=new.about,
        about_html=render_markdown(new.about, domain=domain) if new.about else "",
        alt_user_name=_random_word(),
        # PieFed's links say it, also those that confirm an address: ours say something that is stored nowhere.
        verification_token=_random_word() if new.verified else "",
        timezone=new.timezone[:30] or None,
        language_id=language_id,
        default_filter=Listing.POPULAR,
        hide_nsfw=Visibility.SHOW if new.show_nsfw else Visibility.HIDE,
        private_key=new.keys.private,
        public_key=new.keys.public,
        ap_profile_id=rules.actor_url(domain, lower),
        ap_public_url=rules.actor_url(domain, lower),
        ap_inbox_url=f"https://{domain}/u/{lower}/inbox",
        created=now,
        last_seen=now,
    )


def _random_word() -> str:
    return "".join(secrets.choice(_ALT_NAME_ALPHABET) for _ in range(16))
