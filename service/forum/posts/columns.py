"""What stands beside a post in its own row: its tags, and the posts of the same address."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, any_, case, cast, false, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from service.forum.posts.shapes import CrossPost
from service.forum.visibility import PostFacts, is_fit, is_listed
from service.storage.rows import or_empty, or_zero
from service.storage.statements import Id
from service.storage.tables import Community, Post, PostTag, Tag

_OTHER, _ELSEWHERE = aliased(Post, name="other_post"), aliased(Community, name="other_community")


def tags_of_post(post_id: Id) -> ColumnElement[Any]:
    """SQL: the tags of a post as they are shown, the oldest first; NULL for none. One look-up a row, by the key."""
    shown = or_empty(func.nullif(Tag.display_as, ""), Tag.name)
    return (
        select(cast(func.json_agg(aggregate_order_by(shown, Tag.id)), JSON))
        .join(PostTag, PostTag.tag_id == Tag.id)
        .where(PostTag.post_id == post_id, Tag.banned.is_not(True))
        .correlate_except(Tag, PostTag)
        .scalar_subquery()
    )


def cross_posts_of_post(cross_post_ids: Any) -> ColumnElement[Any]:
    """SQL: the posts of the same address that anybody may read, for `cross_posts_read`; NULL for none.

    Posts without any look nothing up.
    """
    place = func.json_build_array(
        _OTHER.id,
        or_zero(_OTHER.reply_count),
        or_empty(func.nullif(_ELSEWHERE.title, ""), _ELSEWHERE.name),
    )
    others = (
        select(func.json_agg(aggregate_order_by(place, _OTHER.id.desc())))
        .join(_ELSEWHERE, _ELSEWHERE.id == _OTHER.community_id)
        .where(_OTHER.id == any_(cross_post_ids), _listed_for_anybody())
        .correlate_except(_OTHER, _ELSEWHERE)
        .scalar_subquery()
    )
    return cast(case((cross_post_ids.is_not(None), others)), JSON)


def cross_posts_read(values: list[list[Any]]) -> tuple[CrossPost, ...]:
    """The posts in the value of the column above."""
    return tuple(CrossPost(*value) for value in values)


def _listed_for_anybody() -> Any:
    return is_listed(
        PostFacts(
            runs_the_site=false(),
            community_is_there=_ELSEWHERE.banned.is_not(True),
            is_open=_ELSEWHERE.private.is_not(True),
            is_member=false(),
            is_owner=false(),
            is_fit=is_fit(_OTHER, _ELSEWHERE),
            is_published=func.coalesce(_OTHER.status, literal_column("1")) > literal_column("0"),
            is_there=_OTHER.deleted.is_not(True),
            is_author=false(),
            moderates=false(),
        )
    )
