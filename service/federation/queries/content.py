"""Posts and comments, by their ids: one statement for all of a kind, and one more where texts name somebody."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.federation.queries.columns import (
    ACTOR_WIDTH,
    PLACE_WIDTH,
    absolute,
    actor_columns,
    actor_row,
    flair_row,
    picture_of,
    place_columns,
    place_row,
    standing_of_community,
)
from service.federation.queries.naming import named_in, pictured_in
from service.federation.write.rows import CommentRow, ImageRow, LanguageRow, PostRow
from service.forum.calendar import event_of, event_row
from service.forum.checks import storable
from service.forum.flairs.queries import flairs_of_post
from service.forum.polls import poll_of, poll_row
from service.forum.posts.choices import PostType
from service.forum.posts.gallery import further_pictures
from service.forum.visibility import is_fit
from service.storage.clock import EPOCH
from service.storage.statements import array_of_any_length
from service.storage.tables import (
    Comment,
    Community,
    File,
    Language,
    Picture,
    Post,
    PostTag,
    Tag,
    User,
    UserFlair,
)

LINKED = {PostType.LINK, PostType.VIDEO, PostType.EVENT}

_AUTHOR = aliased(User, name="author")
_ANSWERED = aliased(User, name="answered")
_PARENT = aliased(Comment, name="parent")
_FURTHER_FILE, _FURTHER = aliased(File, name="further_file"), aliased(Picture, name="further_picture")
_IDS: Any = bindparam("ids", type_=ARRAY(Integer))


async def posts(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, PostRow]:
    """Posts by their ids; those that are not there are left out, those that are gone say so.

    Parameters:
        domain: this site's.
    """
    rows = (await db.execute(_posts(), {"ids": [*ids]})).all()
    texts = {row.own_id: row.body or "" for row in rows}
    named, pictured = await named_in(db, texts, domain), await pictured_in(db, texts, domain)
    return {row.own_id: _post(row, domain, named[row.own_id], pictured[row.own_id]) for row in rows}


async def comments(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, CommentRow]:
    """Comments by their ids; as posts."""
    rows = (await db.execute(_comments(), {"ids": [*ids]})).all()
    texts = {row.own_id: row.body or "" for row in rows}
    named, pictured = await named_in(db, texts, domain), await pictured_in(db, texts, domain)
    return {row.own_id: _comment(row, domain, named[row.own_id], pictured[row.own_id]) for row in rows}


async def thing_by_url(db: AsyncConnection, url: str, domain: str) -> PostRow | CommentRow | None:
    """The post or comment with an id; None for nothing known here.

    Parameters:
        url: as it was stored.
        domain: this site's.
    """
    if not storable(url):
        return None
    if post_id := await db.scalar(select(Post.id).where(Post.ap_id == url)):
        return (await posts(db, [post_id], domain)).get(post_id)
    if comment_id := await db.scalar(select(Comment.id).where(Comment.ap_id == url)):
        return (await comments(db, [comment_id], domain)).get(comment_id)
    return None


def standing_of_post() -> ColumnElement[str]:
    """SQL: the `Standing` of `Post`, joined to `Community`; of a draft, or what waits for review, nobody knows."""
    place = standing_of_community()
    published = func.coalesce(Post.status, literal_column("1")) > literal_column("0")
    return case(
        (or_(~published, place.in_(("withheld", "deleted")), ~is_fit(Post)), literal_column("'withheld'")),
        (and_(Post.deleted.is_(True), place == "members"), literal_column("'withheld'")),
        (Post.deleted.is_(True), literal_column("'deleted'")),
        else_=place,
    )


def standing_of_comment() -> ColumnElement[str]:
    """SQL: the `Standing` of `Comment`, joined to `Post` and `Community`."""
    post = standing_of_post()
    gone = Comment.deleted.is_(True)
    return case(
        (or_(post.in_(("withheld", "deleted")), and_(gone, post == "members")), literal_column("'withheld'")),
        (gone, literal_column("'deleted'")),
        else_=post,
    )


@cache
def _posts() -> Select[Any]:
    return (
        select(
            *actor_columns(_AUTHOR),
            *place_columns(),
            Post.id.label("own_id"),
            Post.ap_id,
            Post.slug,
            Post.type,
            Post.title,
            Post.body,
            Post.body_html,
            Post.url.label("link"),
            Post.nsfw,
            Post.nsfl,
            Post.ai_generated,
            Post.sticky,
            Post.comments_enabled,
            Post.indexable,
            Post.posted_at,
            Post.edited_at,
            Post.ap_create_id,
            Post.ap_announce_id,
            standing_of_post().label("standing"),
            picture_of(File, Picture).label("picture"),
            File.alt_text,
            further_pictures(
                Post,
                _FURTHER_FILE,
                _FURTHER,
                picture_of(_FURTHER_FILE, _FURTHER),
                _FURTHER_FILE.alt_text,
            ).label("further"),
            Language.code.label("language_code"),
            Language.name.label("language_name"),
            flairs_of_post(Post.id).label("flairs"),
            _hashtags().label("hashtags"),
            poll_of(Post).label("poll"),
            event_of(Post).label("event"),
            Community.name.label("place_name"),
        )
        .join(_AUTHOR, _AUTHOR.id == Post.user_id)
        .join(Community, Community.id == Post.community_id)
        .outerjoin(File, File.id == Post.image_id)
        .outerjoin(Picture, Picture.file_id == File.id)
        .outerjoin(Language, Language.id == Post.language_id)
        .where(Post.id == any_(array_of_any_length(_IDS)))
    )


def _hashtags() -> ColumnElement[Any]:
    """SQL: the names of a post's hashtags, in the order in which they were first seen."""
    return (
        select(cast(func.json_agg(aggregate_order_by(Tag.name, Tag.id)), JSON))
        .join(PostTag, PostTag.tag_id == Tag.id)
        .where(PostTag.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
    )


@cache
def _comments() -> Select[Any]:
    flair = (
        select(UserFlair.flair)
        .where(UserFlair.user_id == Comment.user_id, UserFlair.community_id == Comment.community_id)
        .order_by(UserFlair.id)
        .limit(literal_column("1"))
        .correlate(Comment)
        .scalar_subquery()
    )
    return (
        select(
            *actor_columns(_AUTHOR),
            *place_columns(),
            *actor_columns(_ANSWERED),
            Comment.id.label("own_id"),
            Comment.ap_id,
            Comment.post_id,
            Comment.body,
            Comment.body_html,
            Comment.nsfw,
            Comment.distinguished,
            Comment.answer,
            Comment.replies_enabled,
            Comment.posted_at,
            Comment.created_at,
            Comment.edited_at,
            Comment.ap_create_id,
            Comment.ap_announce_id,
            standing_of_comment().label("standing"),
            case((Comment.parent_id.is_(None), Post.ap_id), else_=_PARENT.ap_id).label("parent"),
            Comment.parent_id,
            Language.code.label("language_code"),
            Language.name.label("language_name"),
            flair.label("flair"),
        )
        .join(_AUTHOR, _AUTHOR.id == Comment.user_id)
        .join(Post, Post.id == Comment.post_id)
        .join(Community, Community.id == Comment.community_id)
        .outerjoin(_PARENT, _PARENT.id == Comment.parent_id)
        .outerjoin(_ANSWERED, _ANSWERED.id == func.coalesce(_PARENT.user_id, Post.user_id))
        .outerjoin(Language, Language.id == Comment.language_id)
        .where(Comment.id == any_(array_of_any_length(_IDS)))
    )


def _post(row: Any, domain: str, named: Sequence[Any], pictured: Sequence[Any]) -> PostRow:
    here = f"https://{domain}"
    own = f"{here}/post/{row.own_id}"
    picture = absolute(domain, row.picture)
    return PostRow(
        id=row.own_id,
        url=row.ap_id or own,
        page=f"{here}{row.slug}" if row.slug else own,
        author=actor_row(row[:ACTOR_WIDTH], domain),
        place=place_row(row[ACTOR_WIDTH : ACTOR_WIDTH + PLACE_WIDTH], domain),
        title=row.title or "",
        body=row.body or "",
        body_html=row.body_html or "",
        context=f"{own}/context",
        replies=f"{own}/replies",
        standing=row.standing,
        link=row.link if row.type in LINKED else None,
        pictures=_pictures(row, domain) if row.type == PostType.IMAGE else (),
        thumbnail=picture,
        language=_language(row),
        sensitive=bool(row.nsfw),
        nsfl=bool(row.nsfl),
        generated=bool(row.ai_generated),
        sticky=bool(row.sticky),
        comments_enabled=row.comments_enabled is not False,
        indexable=row.indexable is not False,
        flairs=tuple(flair_row(values, domain, row.place_name) for values in row.flairs or ()),
        hashtags=tuple((name, f"{here}/tag/{name}") for name in row.hashtags or () if name),
        emoji=tuple(pictured),
        mentions=tuple(named),
        poll=poll_row(row.poll) if row.poll else None,
        event=event_row(row.event) if row.event else None,
        published=row.posted_at or EPOCH,
        updated=row.edited_at,
        create_id=row.ap_create_id,
        announce_id=row.ap_announce_id,
    )


def _pictures(row: Any, domain: str) -> tuple[ImageRow, ...]:
    pictures = [(row.picture, row.alt_text), *(row.further or ())]
    return tuple(
        ImageRow(address, text) for path, text in pictures if (address := absolute(domain, path)) is not None
    )


def _comment(row: Any, domain: str, named: Sequence[Any], pictured: Sequence[Any]) -> CommentRow:
    here = f"https://{domain}"
    own, post = f"{here}/comment/{row.own_id}", f"{here}/post/{row.post_id}"
    widths = ACTOR_WIDTH, ACTOR_WIDTH + PLACE_WIDTH, 2 * ACTOR_WIDTH + PLACE_WIDTH
    answered = row[widths[1] : widths[2]]
    return CommentRow(
        id=row.own_id,
        url=row.ap_id or own,
        author=actor_row(row[: widths[0]], domain),
        place=place_row(row[widths[0] : widths[1]], domain),
        post_id=row.post_id,
        parent=row.parent or (f"{here}/comment/{row.parent_id}" if row.parent_id else post),
        answered=actor_row(answered, domain) if answered[0] is not None else None,
        body=row.body or "",
        body_html=row.body_html or "",
        context=f"{post}/context",
        replies=f"{own}/replies",
        standing=row.standing,
        language=_language(row),
        sensitive=bool(row.nsfw),
        distinguished=bool(row.distinguished),
        answer=bool(row.answer),
        replies_enabled=row.replies_enabled is not False,
        flair=(row.flair or "").strip(),
        emoji=tuple(pictured),
        mentions=tuple(named),
        published=row.created_at or row.posted_at or EPOCH,
        updated=row.edited_at,
        create_id=row.ap_create_id,
        announce_id=row.ap_announce_id,
    )


def _language(row: Any) -> LanguageRow | None:
    return LanguageRow(row.language_code, row.language_name or "") if row.language_code else None
