"""People and communities for the tests of the forum, made by its own operations."""

from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations, queries
from service.forum.accounts.keys import KeyPair
from service.forum.accounts.operations import NewAccount
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations as communities
from service.forum.communities.operations import NewCommunity
from service.storage.tables import Base, Comment, Post
from service.storage.transaction import Database

DOMAIN = "pie.example"
KEYS = KeyPair("private key", "public key")


async def viewer_of(database: Database, account_id: int) -> Viewer:
    """The viewer that an account is now."""
    async with database.read() as db:
        viewer = await queries.viewer_of_account(db, account_id)
    assert viewer is not None
    return viewer


async def member(
    database: Database, name: str, *, email: str = "", password_hash: str = "scrypt:none"
) -> Viewer:
    """A local account in good standing."""
    new = NewAccount(name=name, email=email, password_hash=password_hash, keys=KEYS)
    made = await database.write(operations.create_account, new, domain=DOMAIN)
    return await viewer_of(database, made.account_id)


async def administrator(database: Database) -> Viewer:
    """The first administrator."""
    made = await database.write(operations.ensure_first_admin, "admin", "scrypt:none", KEYS, domain=DOMAIN)
    assert made is not None
    return await viewer_of(database, made)


async def community(database: Database, founder: Viewer, name: str = "cats", private: bool = False) -> int:
    """A community of the founder's."""
    new = NewCommunity(name=name, title=name.title(), keys=KEYS, private=private)
    made = await database.write(communities.create, founder, new, domain=DOMAIN)
    return made.community_id


async def posts(
    database: Database, author: Viewer, community_id: int, number: int, title: str = "One of many"
) -> list[int]:
    """So many posts at once, without what publishing one entails."""

    async def add(session: AsyncSession) -> list[int]:
        rows = [
            Post(user_id=author.id, community_id=community_id, title=title, instance_id=1, ap_id=f"{uuid4()}")
            for _ in range(number)
        ]
        session.add_all(rows)
        await session.flush()
        return [row.id for row in rows]

    return await database.write(add)


async def comments(
    database: Database, author: Viewer, community_id: int, post_ids: list[int], body: str = "One of many"
) -> list[int]:
    """A comment on each of the posts, without what publishing one entails."""

    async def add(session: AsyncSession) -> list[int]:
        rows = [
            Comment(user_id=author.id, community_id=community_id, post_id=post_id, body=body, instance_id=1)
            for post_id in post_ids
        ]
        session.add_all(rows)
        await session.flush()
        return [row.id for row in rows]

    return await database.write(add)


async def add(database: Database, *rows: Base) -> None:
    """Rows as they are."""

    async def write(session: AsyncSession) -> None:
        session.add_all(rows)

    await database.write(write)
