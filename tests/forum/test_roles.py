"""Who moderates: a moderator or the owner of a community who is not banned from it, wherever it is asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.viewer import Viewer
from service.forum.bans import in_force_text
from service.forum.communities import queries as communities
from service.forum.communities.roles import is_banned_in
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.moderation.queries import mod_log
from service.forum.posts.queries import post_by_id
from service.forum.reports.queries import counts
from service.storage.clock import utcnow
from service.storage.tables import CommunityBan, CommunityMember, ModLog, Report
from service.storage.transaction import Database
from tests.forum.making import add, community, member, posts

DAY = timedelta(days=1)


async def _in_feed(db: AsyncConnection, mod: Viewer, _: int, __: int) -> bool:
    wanted = PostSelection(listing=Listing.MODERATING)
    return bool((await page_of_posts(db, mod, wanted, Sort.NEW)).posts)


async def _on_post(db: AsyncConnection, mod: Viewer, _: int, post: int) -> bool:
    return (await post_by_id(db, mod, post)).mine.moderates


async def _of_author(db: AsyncConnection, _: Viewer, __: int, post: int) -> bool:
    return (await post_by_id(db, None, post)).author_is_moderator


async def _in_mod_log(db: AsyncConnection, mod: Viewer, _: int, __: int) -> bool:
    return bool((await mod_log(db, mod)).entries)


async def _in_directory(db: AsyncConnection, mod: Viewer, _: int, __: int) -> bool:
    return bool((await communities.listing(db, mod, which=Listing.MODERATING)).communities)


async def _on_community(db: AsyncConnection, mod: Viewer, cats: int, _: int) -> bool:
    return (await communities.community_by_id(db, mod, cats)).mine.moderator


async def _on_profile(db: AsyncConnection, mod: Viewer, _: int, __: int) -> bool:
    return bool(await communities.moderated_by(db, mod, mod.id))


async def _in_queue(db: AsyncConnection, mod: Viewer, _: int, __: int) -> bool:
    return (await counts(db, mod)).posts > 0


async def _by_list(db: AsyncConnection, mod: Viewer, cats: int, _: int) -> bool:
    return any(row.person.id == mod.id for row in await communities.moderators(db, cats))


Asked = Callable[[AsyncConnection, Viewer, int, int], Awaitable[bool]]
PLACES: tuple[Asked, ...] = (
    _in_feed,
    _on_post,
    _of_author,
    _in_mod_log,
    _in_directory,
    _on_community,
    _on_profile,
    _in_queue,
    _by_list,
)


async def _run(session: AsyncSession, change: Any) -> None:
    await session.execute(change)


async def test_a_moderator_who_is_banned_moderates_nowhere(database: Database) -> None:
    founder, mod = await member(database, "ana"), await member(database, "mod")
    cats = await community(database, founder)
    (post,) = await posts(database, mod, cats, 1)
    await add(
        database,
        CommunityMember(user_id=mod.id, community_id=cats, is_moderator=True, is_banned=False),
        ModLog(user_id=founder.id, community_id=cats, action="lock_post", public=False),
        Report(
            reporter_id=founder.id, type=1, suspect_post_id=post, in_community_id=cats, status=1, reasons=""
        ),
    )
    for banned in (False, True):
        mine = CommunityMember.user_id == mod.id
        await database.write(_run, update(CommunityMember).where(mine).values(is_banned=banned))
        async with database.read() as db:
            found = {place.__name__: await place(db, mod, cats, post) for place in PLACES}
        assert found == dict.fromkeys(found, not banned)


@pytest.mark.parametrize(("ends_in", "expected"), [(None, True), (DAY, True), (-DAY, False)])
async def test_a_ban_is_in_force_until_it_ends(
    database: Database, ends_in: timedelta | None, expected: bool
) -> None:
    founder, member_ = await member(database, "ana"), await member(database, "ben")
    cats = await community(database, founder)
    until = utcnow() + ends_in if ends_in else None
    await add(
        database,
        CommunityBan(user_id=member_.id, community_id=cats, banned_by=founder.id, reason="", ban_until=until),
    )
    as_text = f"SELECT {in_force_text('ban_until')} FROM community_ban"
    async with database.read() as db:
        assert await db.scalar(select(is_banned_in(member_.id, cats))) is expected
        assert await db.scalar(text(as_text)) is expected
