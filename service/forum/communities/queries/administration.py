"""Communities as administrators see them: all there are, deleted ones too, and where they stand."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import picture
from service.forum.checks import is_id, storable
from service.forum.communities.choices import CommunityKind
from service.forum.communities.columns import community_loader
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.storage.rows import Loader, or_zero
from service.storage.tables import Community, Topic

_ICON = picture("icon")


class Standing(msgspec.Struct, frozen=True):
    """Where a community stands on the site; the names are those of the columns.

    Attributes:
        topic: The name of its topic; None for none.
    """

    community: CommunityRow
    show_popular: bool
    show_all: bool
    searchable: bool
    low_quality: bool
    content_retention: int
    topic_id: int | None
    topic: str | None
    subscriptions_count: int
    post_count: int


_STANDING = Loader(
    Standing,
    {
        "community": community_loader(_ICON),
        "show_popular": Community.show_popular.is_not(False),
        "show_all": Community.show_all.is_not(False),
        "searchable": Community.searchable.is_not(False),
        "content_retention": or_zero(Community.content_retention),
        "topic": Topic.name,
    },
    Community,
)


async def standings(
    db: AsyncConnection,
    *,
    kind: CommunityKind = CommunityKind.ALL,
    search: str = "",
    page: int = 1,
    size: int = 50,
) -> Page[Standing]:
    """A page of communities, the largest first.

    Parameters:
        search: a part of the name, title or address.
        page: from 1.
        size: communities a page.
    """
    if not storable(search):
        return Page([], has_more=False)
    statement = _standings().where(*_CONDITIONS[kind])
    if search:
        fields = (Community.title, Community.name, Community.ap_id)
        statement = statement.where(or_(*[field.icontains(search, autoescape=True) for field in fields]))
    ordered = statement.order_by(Community.subscriptions_count.desc().nulls_last(), Community.id)
    rows = await db.execute(window(ordered, page, size))
    return page_of([_STANDING.load(row) for row in rows], size)


async def standing_by_id(db: AsyncConnection, community_id: int) -> Standing:
    """Where one community stands; NotFound if there is none."""
    if not is_id(community_id):
        raise NotFound
    row = (await db.execute(_standings().where(Community.id == community_id))).first()
    if row is None:
        raise NotFound("This community doesn't exist here.", code="no_such_community")
    return _STANDING.load(row)


def _standings() -> Any:
    return (
        select(*_STANDING.columns)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .outerjoin(Topic, Topic.id == Community.topic_id)
    )


_CONDITIONS: dict[CommunityKind, tuple[ColumnElement[bool], ...]] = {
    CommunityKind.ALL: (),
    CommunityKind.LOCAL: (and_(Community.is_local),),
    CommunityKind.WITHOUT_TOPIC: (Community.topic_id.is_(None), Community.banned.is_not(True)),
    CommunityKind.LOW_QUALITY: (Community.low_quality.is_(True),),
    CommunityKind.HIDDEN: (or_(Community.show_all.is_(False), Community.show_popular.is_(False)),),
    CommunityKind.DELETED: (Community.banned.is_(True),),
}
