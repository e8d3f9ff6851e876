"""Reads of flairs: as a column beside a post or community, and alone."""

from typing import Any

from sqlalchemy import JSON, ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.flairs.rules import BACKGROUND_COLOR, TEXT_COLOR
from service.forum.flairs.shapes import FlairRow
from service.language import _
from service.storage.statements import Id
from service.storage.tables import CommunityFlair, PostFlair

_OF_POST, _OF_COMMUNITY = aliased(CommunityFlair, name="post_flairs"), aliased(CommunityFlair, name="flairs")


def flairs_of_post(post_id: Id) -> ColumnElement[Any]:
    """SQL: the flairs that a post carries, for `flair_rows`; NULL for none. One look-up a row, by the key."""
    return (
        select(_listed(_OF_POST))
        .join(PostFlair, PostFlair.flair_id == _OF_POST.id)
        .where(PostFlair.post_id == post_id)
        .correlate_except(_OF_POST, PostFlair)
        .scalar_subquery()
    )


def flairs_of_community(community_id: Id) -> ColumnElement[Any]:
    """SQL: the flairs that a community offers, for `flair_rows`; NULL for none."""
    return (
        select(_listed(_OF_COMMUNITY))
        .where(_OF_COMMUNITY.community_id == community_id)
        .correlate_except(_OF_COMMUNITY)
        .scalar_subquery()
    )


def flair_rows(values: list[list[Any]] | None) -> tuple[FlairRow, ...]:
    """The flairs in the value of one of the columns above."""
    return tuple(_row(*value) for value in values or ())


async def flair_by_id(db: AsyncConnection, flair_id: int) -> FlairRow:
    """One flair; NotFound if there is none."""
    if not is_id(flair_id):
        raise NotFound
    row = (await db.execute(select(*_columns(CommunityFlair)).where(CommunityFlair.id == flair_id))).first()
    if row is None:
        raise NotFound(_("This flair doesn't exist."))
    return _row(*row)


def _columns(flair: type[CommunityFlair]) -> list[Any]:
    return [
        flair.id,
        flair.community_id,
        flair.flair,
        flair.text_color,
        flair.background_color,
        flair.blur_images,
        flair.ap_id,
    ]


def _listed(flair: type[CommunityFlair]) -> ColumnElement[Any]:
    row = func.json_build_array(*_columns(flair))
    return cast(func.json_agg(aggregate_order_by(row, flair.flair, flair.id)), JSON)


def _row(
    id_: int,
    community_id: int | None,
    title: str | None,
    text: str | None,
    background: str | None,
    blur: bool | None,
    ap_id: str | None,
) -> FlairRow:
    return FlairRow(
        id_,
        community_id or 0,
        title or "",
        text or TEXT_COLOR,
        background or BACKGROUND_COLOR,
        bool(blur),
        ap_id,
    )
