"""Other servers for the tests of the forum: people of theirs, their communities, and what they are to hear of."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import queries
from service.forum.accounts.author import Author
from service.forum.events import Event, event_of
from service.storage.outbox import FEDERATION
from service.storage.tables import Community, Instance, InstanceRole, User
from service.storage.tables.own import OutboxEvent
from service.storage.transaction import Database

HOST = "far.example"

Row = TypeVar("Row")


async def author(database: Database, account_id: int) -> Author:
    """The author that an account is now."""
    async with database.read() as db:
        found = await queries.author_of(db, account_id)
    assert found is not None
    return found


async def stranger(
    database: Database, name: str, *, host: str = HOST, admin: bool = False, **columns: Any
) -> Author:
    """Somebody of another server, perhaps an administrator there."""

    async def add(session: AsyncSession) -> int:
        user = User(
            user_name=name,
            ap_id=f"{name}@{host}",
            ap_profile_id=f"https://{host}/u/{name}",
            ap_domain=host,
            instance_id=await _instance(session, host),
            **columns,
        )
        session.add(user)
        await session.flush()
        if admin:
            session.add(InstanceRole(instance_id=user.instance_id, user_id=user.id, role="admin"))
        return user.id

    return await author(database, await database.write(add))


async def far_community(database: Database, name: str, *, host: str = HOST, **columns: Any) -> int:
    """A community of another server."""

    async def add(session: AsyncSession) -> int:
        community = Community(
            name=name,
            title=name.title(),
            ap_id=f"{name}@{host}",
            ap_profile_id=f"https://{host}/c/{name}",
            ap_domain=host,
            instance_id=await _instance(session, host),
            **columns,
        )
        session.add(community)
        await session.flush()
        return community.id

    return await database.write(add)


async def told(database: Database) -> list[Event]:
    """What other servers are to hear of since this was asked last."""

    async def take(session: AsyncSession) -> list[Event]:
        rows = (
            await session.execute(
                select(OutboxEvent.kind, OutboxEvent.payload)
                .where(OutboxEvent.topic == FEDERATION)
                .order_by(OutboxEvent.id)
            )
        ).all()
        await session.execute(delete(OutboxEvent).where(OutboxEvent.topic == FEDERATION))
        return [event_of(*row) for row in rows]

    return await database.write(take)


async def told_after(
    database: Database, operation: Callable[..., Awaitable[Any]], *args: Any, **options: Any
) -> list[Event]:
    """What other servers are to hear of after an operation."""
    await told(database)
    await database.write(operation, *args, **options)
    return await told(database)


async def _instance(session: AsyncSession, host: str) -> int:
    known: int | None = await session.scalar(select(Instance.id).where(Instance.domain == host))
    if known is not None:
        return known
    instance = Instance(domain=host)
    session.add(instance)
    await session.flush()
    return instance.id


async def rows(database: Database, statement: Any) -> list[Any]:
    """What a statement finds: values where it asks for one column, else rows."""
    async with database.read() as db:
        found = (await db.execute(statement)).all()
    return [row[0] if len(row) == 1 else tuple(row) for row in found]


async def row(database: Database, table: type[Row], *where: Any) -> Row:
    """The row of a table that fits."""

    async def find(session: AsyncSession) -> Row:
        return (await session.scalars(select(table).where(*where))).one()

    return await database.write(find)


async def change(database: Database, table: Any, *where: Any, **values: Any) -> None:
    """Set columns of a table, in the rows that fit."""

    async def set_them(session: AsyncSession) -> None:
        await session.execute(update(table).where(*where).values(**values))

    await database.write(set_them)
