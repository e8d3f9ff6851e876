"""Posts as readers see them: one statement for the rows, one for what they are to the viewer.

Also home of the pieces that the feeds and the comments share, such as the columns of a card.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.columns import VIEWER_ID, author_loader, note_about, picture
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.columns import image_loader
from service.forum.calendar import event_of, event_row
from service.forum.checks import is_id
from service.forum.communities.columns import community_loader
from service.forum.communities.roles import is_banned_in, moderates, moderates_in
from service.forum.errors import Gone, NotFound
from service.forum.flairs.queries import flair_rows, flairs_of_post
from service.forum.notifications.rules import POST as NOTIFY_POST
from service.forum.paging import Page, page_of, window
from service.forum.polls import choices_of, poll_of, poll_row
from service.forum.posts.choices import PostStatus, PostType
from service.forum.posts.columns import cross_posts_of_post, cross_posts_read, tags_of_post
from service.forum.posts.gallery import gallery_of, gallery_read
from service.forum.posts.rules import is_published
from service.forum.posts.shapes import NOT_MINE, PostMine, PostRow
from service.forum.posts.unread import unread_comments, unwelcome_comments
from service.forum.posts.wishes import as_wished
from service.forum.reactions import reactions_read
from service.forum.visibility import PostFacts, is_fit, is_listed, may_know_of, may_read
from service.storage.rows import Loader, Read, or_false, or_long_ago, or_zero
from service.storage.statements import Id, array_of_any_length, literal_limit
from service.storage.tables import (
    Community,
    CommunityJoinRequest,
    CommunityMember,
    Domain,
    HiddenPost,
    NotificationSubscription,
    Picture,
    Post,
    PostBookmark,
    PostVote,
    ReadPost,
    User,
    UserBlock,
)

_LOCAL: ColumnElement[Any] = literal_column(str(LOCAL_INSTANCE))

POST_IDS: ColumnElement[Sequence[int]] = bindparam("post_ids", type_=ARRAY(Integer))

Author = aliased(User, name="author")
Avatar, _Icon, _Image = picture("avatar"), picture("icon"), picture("image")
_AuthorMember = aliased(CommunityMember, name="author_member")


def author_flags(community_id: Id) -> dict[str, ColumnElement[bool]]:
    """The author's standing in a community, by the fields of posts and comments. Needs `with_author`."""
    return {
        "author_is_moderator": moderates(_AuthorMember),
        "author_banned_from_community": or_(
            or_false(_AuthorMember.is_banned), is_banned_in(Author.id, community_id)
        ),
    }


def with_author(source: FromClause, author_id: Id, community_id: Id) -> FromClause:
    """Join the author of a post or comment, the avatar and the membership."""
    return (
        source.join(Author, Author.id == author_id)
        .outerjoin(Avatar, Avatar.id == Author.avatar_id)
        .outerjoin(
            _AuthorMember,
            and_(_AuthorMember.user_id == Author.id, _AuthorMember.community_id == community_id),
        )
    )


def deletion_columns(row: Any) -> dict[str, ColumnElement[bool]]:
    """Deleted by its author; removed by somebody else: PieFed keeps both in `deleted` and `deleted_by`."""
    own = or_(row.deleted_by.is_(None), row.deleted_by == row.user_id)
    return {"deleted": and_(or_false(row.deleted), own), "removed": and_(or_false(row.deleted), ~own)}


_CARD = Loader(
    PostRow,
    {
        "type": func.coalesce(Post.type, literal_column(str(PostType.TEXT))),
        "status": func.coalesce(Post.status, literal_column(str(PostStatus.PUBLISHED))),
        "created_at": or_long_ago(Post.created_at, Post.posted_at),
        "posted_at": or_long_ago(Post.posted_at, Post.created_at),
        "last_active": or_long_ago(Post.last_active, Post.posted_at, Post.created_at),
        **deletion_columns(Post),
        "locked": ~func.coalesce(Post.comments_enabled, true()),
        "local": Post.is_local,
        "instance_id": func.coalesce(Post.instance_id, _LOCAL),
        "score": or_zero(Post.up_votes) - or_zero(Post.down_votes),
        "domain_name": Domain.name,
        "cross_post_ids": Read(Post.cross_posts, tuple, ()),
        "cross_posts": Read(cross_posts_of_post(Post.cross_posts), cross_posts_read, ()),
        "tags": Read(tags_of_post(Post.id), tuple, ()),
        "reactions": Read(Post.emoji_reactions, reactions_read),
        "flairs": Read(flairs_of_post(Post.id), flair_rows, ()),
        "poll": Read(poll_of(Post), poll_row),
        "event": Read(event_of(Post), event_row),
        "image": image_loader(_Image, Picture),
        "gallery": Read(gallery_of(Post), gallery_read, ()),
        "author": author_loader(Author, Avatar, flair_in=Post.community_id),
        "community": community_loader(_Icon),
        **author_flags(Post.community_id),
        "fit": is_fit(Post, Community),
        "indexable": and_(Post.indexable.is_not(False), Author.indexable.is_not(False)),
    },
    Post,
)


@lru_cache
def _cards_by_ids() -> Select[Any]:
    """The full rows of posts, unordered."""
    page = select(func.unnest(array_of_any_length(POST_IDS)).label("id")).subquery("page")
    source = (
        page.join(Post, Post.id == page.c.id)
        .join(Community, Community.id == Post.community_id)
        .outerjoin(_Icon, _Icon.id == Community.icon_id)
        .outerjoin(Domain, Domain.id == Post.domain_id)
        .outerjoin(_Image, _Image.id == Post.image_id)
        .outerjoin(Picture, Picture.file_id == Post.image_id)
    )
    return select(*_CARD.columns).select_from(with_author(source, Post.user_id, Post.community_id))


async def cards_by_ids(db: AsyncConnection, viewer: Viewer | None, ids: Sequence[int]) -> dict[int, PostRow]:
    """Return posts by id, deleted ones too, with the viewer's overlay; the caller knows that they may be read."""
    if not ids:
        return {}
    rows = (await db.execute(_cards_by_ids(), {"post_ids": list(ids)})).all()
    mine = await overlay(db, viewer, [row[0] for row in rows]) if viewer is not None and rows else {}
    return {row[0]: as_wished(viewer, _CARD.load(row, mine.get(row[0], NOT_MINE))) for row in rows}


async def bare_cards(db: AsyncConnection, ids: Sequence[int]) -> dict[int, PostRow]:
    """Return posts by id, as they are to anybody; deleted ones, too."""
    rows = await db.execute(_cards_by_ids(), {"post_ids": list(ids)})
    return {row[0]: _CARD.load(row, NOT_MINE) for row in rows}


_MEMBER = aliased(CommunityMember, name="viewer_member")
_UNWELCOME = unwelcome_comments()
_VOTE = (
    select(PostVote.effect)
    .where(PostVote.user_id == VIEWER_ID, PostVote.post_id == Post.id)
    .order_by(PostVote.id.desc())
    .limit(literal_limit(1))
    .scalar_subquery()
)
_MINE = Loader(
    PostMine,
    {
        "vote": cast(func.sign(or_zero(_VOTE)), Integer),
        "saved": exists().where(PostBookmark.user_id == VIEWER_ID, PostBookmark.post_id == Post.id),
        "read": ReadPost.user_id.is_not(None),
        "unread_comments": unread_comments(_UNWELCOME.c.number),
        "unwelcome_comments": _UNWELCOME.c.number,
        "hidden": exists().where(HiddenPost.user_id == VIEWER_ID, HiddenPost.hidden_post_id == Post.id),
        "notify": exists().where(
            NotificationSubscription.user_id == VIEWER_ID,
            NotificationSubscription.type == literal_column(str(NOTIFY_POST)),
            NotificationSubscription.entity_id == Post.id,
        ),
        "subscribed": and_(_MEMBER.user_id.is_not(None), ~or_false(_MEMBER.is_banned)),
        "subscription_pending": case(
            (_MEMBER.user_id.is_not(None), false()),
            else_=exists().where(
                CommunityJoinRequest.user_id == VIEWER_ID,
                CommunityJoinRequest.community_id == Post.community_id,
            ),
        ),
        "moderates": moderates(_MEMBER),
        "banned": or_(or_false(_MEMBER.is_banned), is_banned_in(VIEWER_ID, Post.community_id)),
        "author_blocked": exists().where(
            UserBlock.blocker_id == VIEWER_ID, UserBlock.blocked_id == Post.user_id
        ),
        "author_note": note_about(Post.user_id),
        "choices": Read(choices_of(VIEWER_ID, Post), tuple, ()),
    },
)


@lru_cache
def _overlay_statement() -> Select[Any]:
    return (
        select(Post.id, *_MINE.columns)
        .outerjoin_from(
            Post, _MEMBER, and_(_MEMBER.community_id == Post.community_id, _MEMBER.user_id == VIEWER_ID)
        )
        .outerjoin(ReadPost, and_(ReadPost.read_post_id == Post.id, ReadPost.user_id == VIEWER_ID))
        .join(_UNWELCOME, true())
        .where(Post.id == any_(array_of_any_length(POST_IDS)))
    )


async def overlay(db: AsyncConnection, viewer: Viewer, ids: Sequence[int]) -> dict[int, PostMine]:
    """Return what posts are to the viewer, by id, in one statement."""
    rows = await db.execute(_overlay_statement(), {"viewer_id": viewer.id, "post_ids": list(ids)})
    return {row[0]: _MINE.load(row[1:]) for row in rows}


def may_be_found(thing: Any) -> ColumnElement[bool]:
    """SQL: searches may find a post or comment, by its author's wish then and now; needs `Community`.

    In a private community nothing was ever for others to find; there its members search as they like.
    """
    unwilling = exists().where(User.id == thing.user_id, User.indexable.is_(False))
    return and_(or_(thing.indexable.is_not(False), Community.private.is_(True)), ~unwilling)


def memberships() -> Select[Any]:
    """SQL: the ids of the communities the viewer belongs to and is not banned from."""
    return select(CommunityMember.community_id).where(
        CommunityMember.user_id == VIEWER_ID, CommunityMember.is_banned.is_not(True)
    )


async def post_by_id(db: AsyncConnection, viewer: Viewer | None, post_id: int) -> PostRow:
    """Return one post.

    Raises:
        NotFound: there is none, or the viewer may not read its community, or it is not published and not theirs.
        Gone: it was deleted or removed, and the viewer is neither its author nor moderates there.
    """
    if not is_id(post_id):
        raise NotFound
    post = (await cards_by_ids(db, viewer, [post_id])).get(post_id)
    if post is None or not may_know_of(facts_of(viewer, post)):
        raise NotFound
    if not may_read(facts_of(viewer, post)):
        raise Gone
    return post


async def known_posts(db: AsyncConnection, viewer: Viewer | None, ids: Sequence[int]) -> dict[int, PostRow]:
    """Return posts by id, deleted ones too; those the viewer may not know of are left out."""
    found = await cards_by_ids(db, viewer, ids)
    return {post_id: post for post_id, post in found.items() if may_know_of(facts_of(viewer, post))}


async def held_back(
    db: AsyncConnection, viewer: Viewer, *, community_id: int | None = None, page: int = 1, size: int = 20
) -> Page[PostRow]:
    """A page of the posts that wait for the viewer's leave as a moderator, the newest first.

    Parameters:
        community_id: in this community alone.
        page: from 1.
        size: posts a page.
    """
    waiting = held_back_ids(viewer, community_id)
    found = page_of((await db.scalars(window(waiting.order_by(Post.id.desc()), page, size))).all(), size)
    posts = await cards_by_ids(db, viewer, found.items)
    return Page([posts[post_id] for post_id in found.items if post_id in posts], found.has_more)


def held_back_ids(viewer: Viewer, community_id: int | None) -> Select[Any]:
    """The statement that finds the posts that wait for the viewer's leave; parameters as `held_back`."""
    waiting = select(Post.id).where(Post.status == literal_column("0"), Post.deleted.is_not(True))
    if not viewer.runs_the_site:
        waiting = waiting.where(moderates_in(viewer.id, Post.community_id))
    return waiting if community_id is None else waiting.where(Post.community_id == community_id)


def facts_of(viewer: Viewer | None, post: PostRow) -> PostFacts:
    """Return what the rules of `visibility` ask of a post that was read for this viewer."""
    return PostFacts(
        runs_the_site=viewer is not None and viewer.runs_the_site,
        community_is_there=not post.community.deleted,
        is_open=not post.community.private,
        is_member=post.mine.subscribed,
        is_owner=False,
        is_fit=post.fit,
        is_published=is_published(post.status, moderates=post.mine.moderates),
        is_there=not (post.deleted or post.removed),
        is_author=viewer is not None and viewer.id == post.author.id,
        moderates=post.mine.moderates,
    )


async def cross_posts_of(db: AsyncConnection, viewer: Viewer | None, post: PostRow) -> list[PostRow]:
    """Return the readable posts of the same address, newest first."""
    found = await cards_by_ids(db, viewer, post.cross_post_ids)
    return [
        other
        for other_id in post.cross_post_ids
        if (other := found.get(other_id)) is not None and is_listed(facts_of(viewer, other))
    ]


async def link_warning(db: AsyncConnection, host: str) -> str | None:
    """Return what an administrator wants to tell people who link to this host."""
    found: str | None = await db.scalar(select(Domain.post_warning).where(Domain.name == host))
    return found or None
