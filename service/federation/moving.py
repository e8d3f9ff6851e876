"""Follows people and communities of other servers to where they have moved, if the new place agrees.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/7628/fep-7628.md and
https://docs.joinmastodon.org/spec/activitypub/#Move
"""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.budget import Budget
from service.federation.errors import NotTheirs
from service.federation.fetch import Fetcher
from service.federation.read.actors import actor_from
from service.federation.receive.missing import Finder
from service.forum.accounts.operations.moving import move_followers
from service.forum.communities.operations.moving import move_members, succeed
from service.forum.events import ActorMoved
from service.storage.clock import utcnow
from service.storage.tables import Community, User
from service.storage.transaction import Database

log = structlog.get_logger()

AT_ONCE = 100  # followers in one transaction
KINDS = {"person": "person", "community": "group"}

Go = Callable[..., Awaitable[int]]


async def follow_move(database: Database, fetcher: Fetcher, finder: Finder, event: ActorMoved) -> None:
    """Let followers here go along with an actor that moved.

    Raises:
        Later: one of the servers cannot be asked at the moment.
        Refused: the two do not name each other, or cannot be had.
        StorageError: the database is away.
    """
    table = User if event.moved == "person" else Community
    async with database.read() as db:
        named = func.coalesce(table.ap_public_url, table.ap_profile_id)
        url = await db.scalar(select(named).where(table.id == event.actor_id, ~table.is_local))
    if url is None:
        return
    new_id = await _agreed(fetcher, finder, event, url)
    if new_id == event.actor_id:
        return
    go: Go = move_followers if event.moved == "person" else move_members
    if event.moved == "community":
        await database.write(succeed, event.actor_id, new_id)
    while await database.write(_some, go, event.actor_id, new_id):
        pass
    log.info("actor_moved", kind=event.moved, old=url, new=event.target)


async def _agreed(fetcher: Fetcher, finder: Finder, event: ActorMoved, url: str) -> int:
    """Store the new actor, which has to know itself by the old one's id; return its row's id."""
    budget = Budget()
    document = await fetcher.document(event.target, budget)
    new = actor_from(document, utcnow())
    if new.kind != KINDS[event.moved] or url.lower() not in map(str.lower, new.also_known_as):
        raise NotTheirs("The new account does not say that it is the old one.")
    if event.by_target:
        old = actor_from(await fetcher.document(url, budget), utcnow())
        if (old.moved_to or "").lower() != new.id.lower():
            raise NotTheirs("The old account does not say that it has moved there.")
    return await finder.keep_actor(event.target, document)


async def _some(session: AsyncSession, go: Go, old_id: int, new_id: int) -> int:
    return await go(session, old_id, new_id, most=AT_ONCE)
