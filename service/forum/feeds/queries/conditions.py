"""What a list asks for, as SQL: whose communities, by whom, with which words."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    String,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from service.forum.accounts.columns import VIEWER_ID
from service.forum.communities.columns import keeps_to_site
from service.forum.communities.roles import moderates
from service.forum.feeds.choices import Listing
from service.forum.feeds.queries.shape import Shape
from service.forum.feeds.rules import SCALED
from service.forum.posts.queries import may_be_found, memberships
from service.forum.words import among_found, having_words
from service.storage.statements import among, not_among
from service.storage.tables import (
    Community,
    CommunityMember,
    Domain,
    Feed,
    FeedItem,
    Instance,
    Post,
    PostBookmark,
    PostFlair,
    PostTag,
    PostVote,
    Topic,
)


def conditions_of(shape: Shape) -> list[ColumnElement[bool]]:
    """SQL: what the feed asks for."""
    conditions = [_BY[name]() for name in shape.by]
    if "feed_id" in shape.by:
        conditions.append(_readable_feed(shape))
    if shape.saved:
        conditions.append(Post.id.in_(select(PostBookmark.post_id).where(PostBookmark.user_id == VIEWER_ID)))
    if shape.liked:
        liked = select(PostVote.post_id).where(PostVote.user_id == VIEWER_ID, PostVote.effect > 0)
        conditions += [Post.id.in_(liked), Post.user_id != VIEWER_ID]
    if shape.windowed:
        conditions.append(_is_new(shape))
    if not shape.by and not shape.personal and shape.listing == Listing.ALL:
        conditions.append(Community.show_all.is_not(False))
    if not {"search", "found", "url"}.isdisjoint(shape.by):
        conditions.append(may_be_found(Post))
    if any(key.name == SCALED for key in shape.keys):
        conditions.append(Post.from_bot.is_not(True))
    if shape.syndicated:
        conditions.append(~keeps_to_site())
    return [*conditions, *of_listing(shape.listing)]


def _readable_feed(shape: Shape) -> ColumnElement[bool]:
    """SQL: the feed whose communities are wanted is public, or the viewer's own."""
    may_read: ColumnElement[bool] = Feed.public.is_(True)
    if shape.seen_as != "anybody":
        may_read = or_(may_read, Feed.user_id == VIEWER_ID)
    return exists().where(
        Feed.id == bindparam("feed_id", type_=Integer()), Feed.banned.is_not(True), may_read
    )


def _with_those_below(kind: type[Feed] | type[Topic], parent: Any, name: str) -> Any:
    """SQL: the id of a topic or feed, and of those below it if it shows what stands there; and so on downwards."""
    top = select(kind.id, kind.show_posts_in_children.label("shows")).where(
        kind.id == bindparam(name, type_=Integer())
    )
    group = top.cte(f"{kind.__tablename__}_and_below", recursive=True)
    below = select(kind.id, kind.show_posts_in_children).where(parent == group.c.id, group.c.shows.is_(True))
    if kind is Feed:
        below = below.where(Feed.banned.is_not(True), Feed.public.is_(True))
    return select(group.union(below).c.id)


def _is_new(shape: Shape) -> ColumnElement[bool]:
    """SQL: it is not older than the sort goes back; an old row that does not say when it was posted, arrived then."""
    newer_than: ColumnElement[Any] = bindparam("newer_than", type_=DateTime())
    is_new: ColumnElement[bool] = Post.posted_at > newer_than
    return (
        or_(is_new, and_(Post.posted_at.is_(None), Post.created_at > newer_than))
        if shape.unsorted
        else is_new
    )


def of_listing(listing: Listing) -> list[ColumnElement[bool]]:
    """SQL: whose communities; needs `Community` joined to `Post`."""
    match listing:
        case Listing.LOCAL:
            return [and_(Community.is_local)]
        case Listing.SUBSCRIBED:
            return [among(Post.community_id, memberships())]
        case Listing.MODERATING:
            mine = select(CommunityMember.community_id).where(
                CommunityMember.user_id == VIEWER_ID, moderates()
            )
            return [among(Post.community_id, mine)]
        case Listing.POPULAR:
            unpopular = select(Instance.id).where(Instance.popular.is_(False))
            return [
                Community.show_popular.is_not(False),
                Community.low_quality.is_not(True),
                not_among(Community.instance_id, unpopular),
            ]
        case Listing.ALL:
            return []


_BY: dict[str, Any] = {
    "community_id": lambda: Post.community_id == bindparam("community_id", type_=Integer()),
    "topic_id": lambda: Community.topic_id.in_(_with_those_below(Topic, Topic.parent_id, "topic_id")),
    "feed_id": lambda: Post.community_id.in_(
        select(FeedItem.community_id).where(
            FeedItem.feed_id.in_(_with_those_below(Feed, Feed.parent_feed_id, "feed_id"))
        )
    ),
    "domain_id": lambda: Post.domain_id == bindparam("domain_id", type_=Integer()),
    "tag_id": lambda: Post.id.in_(
        select(PostTag.post_id).where(PostTag.tag_id == bindparam("tag_id", type_=Integer()))
    ),
    "flair_id": lambda: Post.id.in_(
        select(PostFlair.post_id).where(PostFlair.flair_id == bindparam("flair_id", type_=Integer()))
    ),
    "person_id": lambda: Post.user_id == bindparam("person_id", type_=Integer()),
    "instance_id": lambda: Post.instance_id == bindparam("instance_id", type_=Integer()),
    "search": lambda: having_words(Post),
    "found": lambda: among_found(Post),
    # The websites have an index, the addresses none.
    "url": lambda: and_(
        Post.url == bindparam("url", type_=String()),
        Post.domain_id.in_(select(Domain.id).where(Domain.name == bindparam("website", type_=String()))),
    ),
    "since": lambda: Post.posted_at >= bindparam("since", type_=DateTime()),
    "minimum_upvotes": lambda: (
        func.coalesce(Post.up_votes, 0) >= bindparam("minimum_upvotes", type_=Integer())
    ),
}
