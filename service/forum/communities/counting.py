"""Figures of communities that are not kept up with every change, or that may have drifted: counted now and then."""

from datetime import datetime, timedelta
from itertools import accumulate
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, true, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.storage.clock import utcnow
from service.storage.tables import (
    Comment,
    CommentVote,
    Community,
    CommunityMember,
    Post,
    PostVote,
    User,
)

# PieFed's windows, by the column that keeps how many people were active in one.
WINDOWS = {
    "active_daily": timedelta(days=1),
    "active_weekly": timedelta(days=7),
    "active_monthly": timedelta(weeks=4),
    "active_6monthly": timedelta(weeks=26),
}
# So many communities are counted in one transaction, and fewer if they hold more posts and comments than these; what a
# community has more than these is looked at in as many statements.
BATCH, VOLUME = 20, 20_000


class Found(NamedTuple):
    """A community that is to be counted, and about how many posts and comments it holds."""

    id: int
    volume: int


async def count_active(session: AsyncSession, after_id: int) -> int:
    """Count who wrote or voted in each of the next communities lately; bots do not count.

    Parameters:
        after_id: of the last community that was counted before; 0 begins.

    Returns:
        The id of the last community counted; 0 at the end.
    """
    return await _count_active(session, await _next(session, after_id))


async def count_just_active(session: AsyncSession, after_id: int, *, since: datetime) -> int:
    """Do so in those of the next communities in which somebody wrote; in a large one a few change nothing.

    Parameters:
        since: somebody wrote there since then; naive UTC.
        after_id: as of `count_active`, and so is the result.
    """
    return await _count_active(
        session, await _next(session, after_id, Community.last_active > since, _VOLUME <= VOLUME)
    )


async def recount(session: AsyncSession, after_id: int, *, since: datetime) -> int:
    """Count members, posts and comments of the next communities anew in which somebody wrote since; as above.

    Their rows are locked before, so that whoever posts meanwhile adds to the new count.
    """
    ids = [community.id for community in await _next(session, after_id, Community.last_active > since)]
    await session.execute(
        select(Community.id)
        .where(Community.id.in_(ids))
        .order_by(Community.id)
        .with_for_update(key_share=True)
    )
    for community_id in ids:
        await _set(session, community_id, _contents(community_id))
    return ids[-1] if ids else 0


_VOLUME = func.coalesce(Community.post_count, 0) + func.coalesce(Community.post_reply_count, 0)


async def _next(session: AsyncSession, after_id: int, *conditions: ColumnElement[bool]) -> list[Found]:
    """The next communities, as many as are counted together."""
    statement = (
        select(Community.id, _VOLUME)
        .where(Community.id > after_id, Community.banned.is_not(True), *conditions)
        .order_by(Community.id)
        .limit(BATCH)
    )
    found = [Found(*row) for row in await session.execute(statement)]
    volumes = accumulate(community.volume for community in found)
    few = [community for community, volume in zip(found, volumes, strict=True) if volume <= VOLUME]
    return few or found[:1]


async def _count_active(session: AsyncSession, found: list[Found]) -> int:
    if not found:
        return 0
    now = utcnow()
    latest = await _latest(session, found, now - max(WINDOWS.values()))
    for community_id, active in latest.items():
        figures = {name: sum(at > now - window for at in active.values()) for name, window in WINDOWS.items()}
        await _set(session, community_id, figures)
    return found[-1].id


async def _latest(
    session: AsyncSession, found: list[Found], since: datetime
) -> dict[int, dict[int, datetime]]:
    """When each person wrote or voted last in each of the communities, if they did since then."""
    latest: dict[int, dict[int, datetime]] = {community.id: {} for community in found}
    parts = ceil(sum(community.volume for community in found) / VOLUME)
    statements = [
        _activity(kind, part, list(latest), since)
        for kind in _KINDS
        for part in await _parts(session, kind, parts)
    ]
    for statement in statements:
        for community_id, person_id, at in await session.execute(statement):
            active = latest[community_id]
            active[person_id] = max(at, active.get(person_id, at))
    return latest


class _Kind(NamedTuple):
    """What is written in communities, and the votes on it."""

    contents: type[Post] | type[Comment]
    votes: type[PostVote] | type[CommentVote]
    voted_on: Any


_KINDS = (
    _Kind(Post, PostVote, PostVote.post_id),
    _Kind(Comment, CommentVote, CommentVote.post_reply_id),
)


async def _parts(session: AsyncSession, kind: _Kind, number: int) -> list[ColumnElement[bool]]:
    """So many conditions, of which each content meets one: by its id, since what is counted has no better order."""
    if number <= 1:
        return [true()]
    step = (await session.scalar(select(func.max(kind.contents.id))) or 0) // number + 1
    return [kind.contents.id.between(part * step + 1, (part + 1) * step) for part in range(number)]


def _activity(kind: _Kind, part: ColumnElement[bool], community_ids: list[int], since: datetime) -> Any:
    """Who wrote or voted where, and when last."""
    contents, votes = kind.contents, kind.votes
    here = and_(contents.community_id.in_(community_ids), part)
    wrote = select(contents.community_id, contents.user_id, contents.posted_at.label("at")).where(
        here, contents.posted_at > since, contents.from_bot.is_not(True), contents.user_id.is_not(None)
    )
    voted = (
        select(contents.community_id, votes.user_id, votes.created_at)
        .join(contents, contents.id == kind.voted_on)
        .join(User, User.id == votes.user_id)
        .where(here, votes.created_at > since, User.bot.is_not(True))
    )
    active = union_all(wrote, voted).subquery("active")
    who = active.c.community_id, active.c.user_id
    return select(*who, func.max(active.c.at)).group_by(*who)


def _contents(community_id: int) -> dict[str, Any]:
    members = (
        select(func.count())
        .select_from(CommunityMember)
        .join(User, User.id == CommunityMember.user_id)
        .where(
            CommunityMember.community_id == community_id,
            CommunityMember.is_banned.is_not(True),
            User.bot.is_not(True),
        )
        .scalar_subquery()
    )
    return {"subscriptions_count": members} | {
        name: select(func.count())
        .where(kind.community_id == community_id, kind.deleted.is_not(True))
        .scalar_subquery()
        for name, kind in (("post_count", Post), ("post_reply_count", Comment))
    }


async def _set(session: AsyncSession, community_id: int, values: dict[str, Any]) -> None:
    statement = update(Community).where(Community.id == community_id).values(values)
    await session.execute(statement.execution_options(synchronize_session=False))
