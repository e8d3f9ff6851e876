"""The ways in: registering, signing in, changing a password. Hashes are worked out here, outside of any transaction.

E-mail addresses: an account counts as confirmed unless `verified` says otherwise; then its owner gets a letter, and
comes in once they followed its link. Where that is not asked for, the address may be left out.
"""

import asyncio

import msgspec

from service.forum.accounts import operations, queries, rules
from service.forum.accounts.attempts import Device, count_of_attempt, count_of_changes, count_of_nobody
from service.forum.accounts.choices import RegistrationMode
from service.forum.accounts.keys import make_keys
from service.forum.accounts.operations import NewAccount, Registered
from service.forum.accounts.operations.recovery import BAD_LINK
from service.forum.accounts.passwords import check_password, hash_password
from service.forum.accounts.queries import Credentials
from service.forum.accounts.tokens import hash_of, hash_of_app, new_session_token
from service.forum.accounts.viewer import Viewer
from service.forum.checks import refuse, too_long
from service.forum.errors import (
    AwaitingApproval,
    BadCredentials,
    Banned,
    NotFound,
    RegistrationClosed,
    Unverified,
)
from service.forum.site import site
from service.language import _
from service.storage.transaction import Database


class RegistrationForm(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody fills in to get an account.

    Attributes:
        email: May be empty.
        answer: To the site's question, where registration is by application.
        address: Where the request comes from.
    """

    name: str
    password: str
    email: str = ""
    answer: str = ""
    address: str = ""
    timezone: str = ""
    show_nsfw: bool = False


class SignedIn(msgspec.Struct, frozen=True):
    """A browser that was let in, or an app; `token` belongs into its cookie (or its API token) and nowhere else."""

    account_id: int
    token: str

    def __repr__(self) -> str:
        return f"SignedIn(account_id={self.account_id})"


async def register(
    database: Database, form: RegistrationForm, *, domain: str, verified: bool = True
) -> Registered:
    """Make an account, or the application for one, as the site's registration mode says.

    Parameters:
        domain: this site's.
        verified: the e-mail address need not be confirmed; otherwise there must be one, and a letter goes there.

    Raises:
        RegistrationClosed: the site takes no new accounts.
        Invalid: something that was filled in breaks a rule.
        Conflict: the name or the e-mail address is taken.
        Banned: nobody may register from this address.
    """
    answer = await check_registration(database, form, verified=verified)
    name, email = rules.tidy_name(form.name), rules.tidy_email(form.email)
    password_hash, keys = await asyncio.gather(hash_password(form.password), make_keys())
    new = NewAccount(
        name=name,
        email=email,
        password_hash=password_hash,
        keys=keys,
        verified=verified,
        answer=answer,
        address=form.address,
        timezone=form.timezone,
        show_nsfw=form.show_nsfw,
    )
    make = operations.create_account if verified else operations.register_unconfirmed
    return await database.write(make, new, domain=domain)


async def check_registration(
    database: Database, form: RegistrationForm, *, verified: bool = True
) -> str | None:
    """Return the answer to be kept with an application, None where none is asked for, if the form keeps the rules.

    Raises:
        RegistrationClosed, Invalid: as `register`, whose own checks these are; only what is taken it looks up later.
    """
    async with database.read() as db:
        mode = (await site(db)).registration_mode
    if mode not in {RegistrationMode.OPEN, RegistrationMode.BY_APPLICATION}:
        raise RegistrationClosed
    rules.check_registration(
        rules.tidy_name(form.name), rules.tidy_email(form.email), form.password, reachable=not verified
    )
    return _checked_answer(form.answer) if mode is RegistrationMode.BY_APPLICATION else None


async def authenticate(
    database: Database, name_or_email: str, password: str, *, address: str = ""
) -> Credentials:
    """Whose name and password these are.

    Parameters:
        address: where they come from.

    Raises:
        BadCredentials: there is no such account, or the password is wrong; it takes the same time.
        TooMany: there were too many wrong ones; `retry_after` says when the next one is heard.
        Banned, AwaitingApproval, Unverified: both are right, but the account may not come in.
    """
    credentials, _ = await _authenticate(database, name_or_email, password, address, None)
    return credentials


async def sign_in(
    database: Database,
    name_or_email: str,
    password: str,
    *,
    user_agent: str = "",
    address: str = "",
    device: Device | None = None,
) -> SignedIn:
    """Check name and password and let a browser in, with a session of its own.

    Parameters:
        device: what the browser proves that it was let into before.

    Raises:
        BadCredentials, TooMany, Banned, AwaitingApproval, Unverified: as `authenticate`.
    """
    credentials, outdated = await _authenticate(database, name_or_email, password, address, device)
    better_hash = await hash_password(password) if outdated else None
    return await _open_for(
        database, credentials, better_hash=better_hash, user_agent=user_agent, address=address, app=False
    )


async def sign_in_app(
    database: Database, name_or_email: str, password: str, *, user_agent: str = "", address: str = ""
) -> SignedIn:
    """Check name and password and let an app in; the token names its session in a `tokens.issue_api_token`.

    Raises:
        BadCredentials, TooMany, Banned, AwaitingApproval, Unverified: as `authenticate`.
    """
    credentials, outdated = await _authenticate(database, name_or_email, password, address, None)
    better_hash = await hash_password(password) if outdated else None
    return await _open_for(
        database, credentials, better_hash=better_hash, user_agent=user_agent, address=address, app=True
    )


async def sign_in_new(
    database: Database, registered: Registered, *, user_agent: str = "", address: str = ""
) -> SignedIn | None:
    """Let the browser in that has just registered; None if the account waits for approval, or to be confirmed."""
    return await _open_new(database, registered, user_agent=user_agent, address=address, app=False)


async def sign_in_new_app(
    database: Database, registered: Registered, *, user_agent: str = "", address: str = ""
) -> SignedIn | None:
    """Let the app in that has just registered somebody; None if the account waits for approval, or to be confirmed."""
    return await _open_new(database, registered, user_agent=user_agent, address=address, app=True)


async def sign_out(database: Database, token: str) -> None:
    """Log a browser out."""
    await database.write(operations.end_session, hash_of(token))


async def change_password(
    database: Database, viewer: Viewer, old: str, new: str, *, user_agent: str = "", address: str = ""
) -> SignedIn:
    """Give the viewer's account another password; every session and API token ends, and this browser gets a new one.

    Raises:
        BadCredentials: the old password is wrong.
        TooMany: too many old ones were wrong.
        Invalid: the new one breaks a rule.
    """
    refuse({"password": rules.problem_with_password(new, viewer.name)})
    try:
        await check_own_password(database, viewer, old)
    except BadCredentials:
        raise BadCredentials(_("The current password is incorrect."), field="old_password") from None
    password_hash = await hash_password(new)
    await database.write(operations.set_password, viewer.id, password_hash)
    return await _open(
        database, viewer.id, checked_hash=password_hash, user_agent=user_agent, address=address
    )


async def check_own_password(database: Database, viewer: Viewer, password: str) -> None:
    """See that who asks knows the account's password, before what cannot be taken back.

    Raises:
        BadCredentials: it is wrong.
        TooMany: too many were wrong.
    """
    async with database.read() as db:
        stored = await queries.password_hash_of(db, viewer.id)
    count = count_of_changes(viewer.id)
    await database.write(operations.begin_attempt, count)
    if not (await check_password(stored, password)).correct:
        raise BadCredentials(_("The password is incorrect."), field="password")
    await database.write(operations.forgive, count)


async def use_link(
    database: Database,
    link: str,
    password: str,
    *,
    secret: str,
    domain: str,
    user_agent: str = "",
    address: str = "",
) -> SignedIn:
    """Give the account that a link is for a new password, and let this browser in; nobody else stays signed in.

    Parameters:
        link: the token of a letter's link, of ours or of PieFed's.
        secret, domain: the site's.

    Raises:
        NotFound: the link is not, or no longer, good.
        Invalid: the password breaks a rule; the link stays good.
        Banned: nobody may come in from this address.
    """
    async with database.read() as db:
        name = await queries.name_of_link(db, link, secret=secret)
    if name is None:
        raise NotFound(BAD_LINK)
    refuse({"password": rules.problem_with_password(password, name)})
    password_hash = await hash_password(password)
    account_id = await database.write(operations.use_link, link, password_hash, secret=secret, domain=domain)
    return await _open(
        database, account_id, checked_hash=password_hash, user_agent=user_agent, address=address
    )


async def make_first_admin(database: Database, name: str, password: str, *, domain: str) -> bool:
    """Make the first administrator if there is none yet.

    Returns:
        Whether one was made.

    Raises:
        Invalid, Conflict: the name or the password cannot be used.
    """
    refuse({"password": rules.problem_with_password(password, name)})
    password_hash, keys = await asyncio.gather(hash_password(password), make_keys())
    made = await database.write(operations.ensure_first_admin, name, password_hash, keys, domain=domain)
    return made is not None


async def _authenticate(
    database: Database, name_or_email: str, password: str, address: str, device: Device | None
) -> tuple[Credentials, bool]:
    async with database.read() as db:
        credentials = await queries.credentials_of(db, name_or_email)
        known = await queries.known_addresses(db, credentials.account_id) if credentials else []
    account_id = credentials.account_id if credentials else None
    count = (
        count_of_nobody(name_or_email)
        if account_id is None
        else count_of_attempt(account_id, address=address, device=device, known_addresses=known)
    )
    await database.write(operations.begin_attempt, count, account_id=account_id)
    verdict = await check_password(credentials.password_hash if credentials else None, password)
    if credentials is None or not verdict.correct:
        raise BadCredentials
    await database.write(operations.forgive, count)
    if credentials.banned:
        raise Banned
    if credentials.disabled:
        raise Banned(_("This account is disabled."), code="account_disabled")
    if credentials.waiting:
        raise AwaitingApproval
    if not credentials.verified:
        raise Unverified
    return credentials, verdict.outdated


async def _open_new(
    database: Database, registered: Registered, *, user_agent: str, address: str, app: bool
) -> SignedIn | None:
    if registered.waiting or registered.unconfirmed:
        return None
    async with database.read() as db:
        checked_hash = await queries.password_hash_of(db, registered.account_id)
    return await _open(
        database,
        registered.account_id,
        checked_hash=checked_hash,
        user_agent=user_agent,
        address=address,
        app=app,
    )


async def _open_for(
    database: Database,
    credentials: Credentials,
    *,
    better_hash: str | None,
    user_agent: str,
    address: str,
    app: bool,
) -> SignedIn:
    return await _open(
        database,
        credentials.account_id,
        checked_hash=credentials.password_hash,
        better_hash=better_hash,
        user_agent=user_agent,
        address=address,
        app=app,
    )


async def _open(
    database: Database,
    account_id: int,
    *,
    checked_hash: str | None,
    better_hash: str | None = None,
    user_agent: str,
    address: str,
    app: bool = False,
) -> SignedIn:
    token = new_session_token()
    await database.write(
        operations.start_session,
        account_id,
        hash_of_app(token) if app else hash_of(token),
        checked_hash=checked_hash,
        better_hash=better_hash,
        user_agent=user_agent,
        address=address,
        app=app,
    )
    return SignedIn(account_id, token)


def _checked_answer(answer: str) -> str:
    stripped = answer.strip()
    refuse(
        {
            "answer": too_long(stripped, rules.ANSWER_LENGTH)
            if stripped
            else _("Answer the question to apply for an account.")
        }
    )
    return stripped
