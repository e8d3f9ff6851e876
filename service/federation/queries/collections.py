"""What stands in the collections of communities, feeds, people and posts: ids and counts, bounded."""

from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, exists, false, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.queries.columns import standing_of_community
from service.federation.queries.content import standing_of_comment
from service.forum.communities.roles import moderates
from service.forum.visibility import is_fit
from service.storage.statements import literal_limit
from service.storage.tables import (
    Comment,
    Community,
    CommunityMember,
    Feed,
    FeedItem,
    FeedMember,
    Instance,
    Post,
    User,
    UserFollower,
)

MOST_IN_OUTBOX = 50  # posts
MOST_PINNED = 50  # posts
MOST_IN_CONTEXT = 2000  # comments
MOST_LISTED = 1000  # moderators of a community, communities of a feed

_WANTED: Any = bindparam("wanted", type_=Integer())


async def latest_posts(db: AsyncConnection, community_id: int) -> list[int]:
    """The ids of the posts in a community's outbox: the pinned ones, then the latest; at most 50."""
    return await _ids(db, _latest(), community_id)


async def pinned_posts(db: AsyncConnection, community_id: int) -> list[int]:
    """The ids of the posts that are pinned in a community, the latest first."""
    return await _ids(db, _pinned(), community_id)


async def moderators_of(db: AsyncConnection, community_id: int, domain: str) -> list[str]:
    """The ids of the actors who moderate a community; none where it does not tell who they are."""
    return _urls(await db.execute(_moderators(), {"wanted": community_id}), domain, "u")


async def followers_of(db: AsyncConnection, community_id: int) -> int:
    """How many are in a community."""
    return await db.scalar(_members(), {"wanted": community_id}) or 0


async def followers_of_person(db: AsyncConnection, account_id: int) -> int:
    """How many people elsewhere follow an account."""
    return await db.scalar(_person_followers(), {"wanted": account_id}) or 0


async def communities_in_feed(db: AsyncConnection, feed_id: int, domain: str) -> list[str]:
    """The ids of the communities in a feed, the latest first, but for those that are not for other servers."""
    return _urls(await db.execute(_followed(), {"wanted": feed_id}), domain, "c")


async def owner_of_feed(db: AsyncConnection, feed_id: int, domain: str) -> list[str]:
    """The ids of the actors who may change a feed: its owner's."""
    return _urls(await db.execute(_owner(), {"wanted": feed_id}), domain, "u")


async def followers_of_feed(db: AsyncConnection, feed_id: int) -> int:
    """How many follow a feed."""
    return await db.scalar(_feed_members(), {"wanted": feed_id}) or 0


async def comments_below(db: AsyncConnection, post_id: int) -> list[tuple[int, str]]:
    """The ids of rows and of things of what was said below a post, the oldest first; at most 2,000."""
    return [(id_, url) for id_, url in await db.execute(_below_post(), {"wanted": post_id})]


async def answers_to(db: AsyncConnection, comment_id: int) -> list[tuple[int, str]]:
    """The ids of rows and of things of the direct answers to a comment; as comments_below."""
    return [(id_, url) for id_, url in await db.execute(_below_comment(), {"wanted": comment_id})]


async def has_members_on(db: AsyncConnection, community_id: int, host: str) -> bool:
    """Whether somebody of a server is in a community, or the community is that server's own.

    Parameters:
        host: in lower case, without a port.
    """
    return bool(await db.scalar(_member_on(), {"wanted": community_id, "host": host}))


async def _ids(db: AsyncConnection, statement: Select[Any], wanted: int) -> list[int]:
    return list((await db.execute(statement, {"wanted": wanted})).scalars())


def _urls(rows: Any, domain: str, folder: str) -> list[str]:
    return [url or f"https://{domain}/{folder}/{name}" for url, name in rows]


@cache
def _latest() -> Select[Any]:
    return (
        _public_posts()
        .order_by(Post.sticky.desc(), Post.posted_at.desc())
        .limit(literal_limit(MOST_IN_OUTBOX))
    )


@cache
def _pinned() -> Select[Any]:
    order = Post.posted_at.desc(), Post.id.desc()
    return _public_posts().where(Post.sticky.is_(True)).order_by(*order).limit(literal_limit(MOST_PINNED))


def _public_posts() -> Select[Any]:
    # As the partial indexes have it: `= false` and a written 0.
    return select(Post.id).where(
        Post.community_id == _WANTED,
        Post.deleted == false(),
        Post.status > literal_column("0"),
        is_fit(Post),
    )


@cache
def _moderators() -> Any:
    return (
        select(func.coalesce(User.ap_public_url, User.ap_profile_id), User.user_name)
        .join(CommunityMember, CommunityMember.user_id == User.id)
        .join(Community, Community.id == CommunityMember.community_id)
        .where(
            CommunityMember.community_id == _WANTED,
            moderates(),
            User.deleted.is_not(True),
        )
        .order_by(CommunityMember.is_owner.is_(True).desc(), CommunityMember.created_at, User.id)
        .limit(literal_limit(MOST_LISTED))
    )


@cache
def _members() -> Select[Any]:
    return select(func.count()).where(
        CommunityMember.community_id == _WANTED, CommunityMember.is_banned.is_not(True)
    )


@cache
def _member_on() -> Select[Any]:
    domain = func.split_part(func.lower(Instance.domain), literal_column("':'"), literal_column("1"))
    member = (
        exists()
        .where(CommunityMember.community_id == _WANTED, CommunityMember.is_banned.is_not(True))
        .where(User.id == CommunityMember.user_id, Instance.id == User.instance_id)
        .where(domain == bindparam("host"), User.deleted.is_not(True))
    )
    home = exists().where(Community.id == _WANTED, Instance.id == Community.instance_id)
    return select(or_(member, home.where(domain == bindparam("host"))))


@cache
def _person_followers() -> Select[Any]:
    return select(func.count()).where(
        UserFollower.local_user_id == _WANTED,
        UserFollower.is_inward.is_not(False),
        UserFollower.is_accepted.is_not(False),
    )


@cache
def _followed() -> Any:
    return (
        select(func.coalesce(Community.ap_public_url, Community.ap_profile_id), Community.name)
        .join(FeedItem, FeedItem.community_id == Community.id)
        .where(FeedItem.feed_id == _WANTED, standing_of_community() == "here")
        .order_by(FeedItem.id.desc())
        .limit(literal_limit(MOST_LISTED))
    )


@cache
def _owner() -> Any:
    return (
        select(func.coalesce(User.ap_public_url, User.ap_profile_id), User.user_name)
        .join(Feed, Feed.user_id == User.id)
        .where(Feed.id == _WANTED, User.deleted.is_not(True))
    )


@cache
def _feed_members() -> Select[Any]:
    return select(func.count()).where(FeedMember.feed_id == _WANTED, FeedMember.is_banned.is_not(True))


@cache
def _below_post() -> Any:
    return _said().where(Comment.post_id == _WANTED)


@cache
def _below_comment() -> Any:
    return _said().where(Comment.parent_id == _WANTED)


def _said() -> Any:
    return (
        select(Comment.id, Comment.ap_id)
        .join(Post, Post.id == Comment.post_id)
        .join(Community, Community.id == Comment.community_id)
        .where(standing_of_comment() == "here", Comment.ap_id.is_not(None))
        .order_by(Comment.posted_at, Comment.id)
        .limit(literal_limit(MOST_IN_CONTEXT))
    )
