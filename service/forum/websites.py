"""The websites that posts link to: a list of them, and one."""

from typing import Any

import msgspec
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import VIEWER_ID, as_seen_by
from service.forum.accounts.viewer import Viewer
from service.forum.checks import storable
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.language import _
from service.storage.rows import or_zero
from service.storage.tables import Domain, DomainBlock


class WebsiteRow(msgspec.Struct, frozen=True):
    """A website that posts link to; `blocked` if the viewer wants to see nothing of it."""

    id: int
    name: str
    post_count: int
    blocked: bool


async def listing(
    db: AsyncConnection, viewer: Viewer | None, *, text: str = "", page: int = 1, size: int = 50
) -> Page[WebsiteRow]:
    """A page of the websites, those with the most posts first.

    Parameters:
        text: part of the name.
        page: from 1.
        size: websites a page.
    """
    if not storable(text):
        return Page([], has_more=False)
    statement = _STATEMENT.where(Domain.post_count > 0)
    if text:
        statement = statement.where(Domain.name.icontains(text, autoescape=True))
    statement = statement.order_by(or_zero(Domain.post_count).desc(), Domain.id)
    rows = await db.execute(window(statement, page, size), as_seen_by(viewer))
    return page_of((WebsiteRow(*row) for row in rows), size)


async def one(db: AsyncConnection, viewer: Viewer | None, name: str) -> WebsiteRow:
    """The website of that name or number; NotFound if nobody links there, or nobody may."""
    which = Domain.name == name.lower().removeprefix("www.")
    if name.isascii() and name.isdecimal() and len(name) < 10:
        which = Domain.id == int(name)
    known = _STATEMENT.where(which).order_by(Domain.id).limit(1)
    row = (await db.execute(known, as_seen_by(viewer))).one_or_none() if storable(name) else None
    if row is None:
        raise NotFound(_("Nobody has linked to this website."))
    return WebsiteRow(*row)


_STATEMENT: Any = select(
    Domain.id,
    Domain.name,
    or_zero(Domain.post_count),
    exists().where(DomainBlock.domain_id == Domain.id, DomainBlock.user_id == VIEWER_ID),
).where(Domain.banned.is_not(True), Domain.name.is_not(None))
