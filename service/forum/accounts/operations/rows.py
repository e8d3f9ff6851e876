"""What the operations on accounts share: names locked against each other, rows locked for a change."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.columns import is_administrator
from service.forum.accounts.queries.addresses import is_banned_address
from service.forum.checks import is_id
from service.forum.errors import Banned, NotFound
from service.language import _
from service.storage.tables import User


async def account_row(session: AsyncSession, account_id: int) -> User:
    """The row of an account, locked for a change, or NotFound."""
    if not is_id(account_id):
        raise NotFound
    user = await session.get(User, account_id, with_for_update={"key_share": True})
    if user is None:
        raise NotFound
    return user


async def person_row(session: AsyncSession, author: Author, account_id: int) -> User:
    """The row of somebody whom the author may know of, locked for a change, or NotFound."""
    person = await account_row(session, account_id)
    if not author.may_know_of(person.id, waits=person.is_local and not person.verified):
        raise NotFound
    return person


async def local_account_row(session: AsyncSession, account_id: int) -> User:
    """The row of an account of this site, locked for a change, or NotFound."""
    user = await account_row(session, account_id)
    if not user.is_local:
        raise NotFound
    return user


async def is_an_administrator(session: AsyncSession, account_id: int) -> bool:
    """Whether an account is an administrator's."""
    return bool(await session.scalar(select(exists().where(User.id == account_id, is_administrator()))))


async def is_last_administrator(session: AsyncSession, account_id: int) -> bool:
    """Whether nobody would be left to administrate the site without this account."""
    if not await is_an_administrator(session, account_id):
        return False
    another = exists().where(
        User.id != account_id,
        User.is_local,
        is_administrator(),
        User.deleted.is_not(True),
        User.banned.is_not(True),
    )
    return not await session.scalar(select(another))


async def refuse_address(db: AsyncSession | AsyncConnection, address: str) -> None:
    """Raise Banned if nobody may come in or write from an address."""
    refuse_if_banned(is_banned=bool(address) and await is_banned_address(db, address))


def refuse_if_banned(*, is_banned: bool) -> None:
    """As `refuse_address`, where it was found out before."""
    if is_banned:
        raise Banned(_("You can't do that from your IP address."), code="address_banned")
