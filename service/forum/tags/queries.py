"""Hashtags of posts: those in use, one by its name, and all of them for administrators."""

from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.checks import is_id, storable
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.language import _
from service.storage.rows import or_false, or_zero
from service.storage.tables import Tag


class TagRow(msgspec.Struct, frozen=True):
    """A hashtag; `shown` is how it was written first. One that is banned is in no list but the administrators'."""

    id: int
    name: str
    shown: str
    post_count: int
    banned: bool


async def listing(db: AsyncConnection, *, page: int = 1, size: int = 100) -> Page[TagRow]:
    """A page of the tags in use, the most used first.

    Parameters:
        page: from 1.
        size: tags a page.
    """
    statement = _STATEMENT.where(_IS_ALLOWED, Tag.post_count > 0).order_by(
        or_zero(Tag.post_count).desc(), Tag.id
    )
    rows = await db.execute(window(statement, page, size))
    return page_of((TagRow(*row) for row in rows), size)


async def one(db: AsyncConnection, name: str) -> TagRow:
    """The tag of that name, with or without its sign; NotFound if no post has it."""
    wanted = name.removeprefix("#").lower()
    known = _STATEMENT.where(_IS_ALLOWED, Tag.name == wanted).order_by(Tag.id).limit(1)
    row = (await db.execute(known)).one_or_none() if storable(wanted) else None
    if row is None:
        raise NotFound(_("No posts have this tag."))
    return TagRow(*row)


async def by_id(db: AsyncConnection, tag_id: int) -> TagRow:
    """The tag of that number; NotFound if no post has it."""
    known = _STATEMENT.where(_IS_ALLOWED, Tag.id == tag_id)
    row = (await db.execute(known)).one_or_none() if is_id(tag_id) else None
    if row is None:
        raise NotFound(_("No posts have this tag."))
    return TagRow(*row)


async def directory(
    db: AsyncConnection, *, banned: bool = False, search: str = "", page: int = 1, size: int = 50
) -> Page[TagRow]:
    """A page of tags for administrators, those with the most posts first.

    Parameters:
        banned: those that are banned, or those that are not.
        search: a part of the tag.
        page: from 1.
        size: tags a page.
    """
    if not storable(search):
        return Page([], has_more=False)
    statement = _STATEMENT.where(~_IS_ALLOWED if banned else _IS_ALLOWED)
    if search:
        statement = statement.where(Tag.name.contains(search.lower().removeprefix("#"), autoescape=True))
    ordered = statement.order_by(or_zero(Tag.post_count).desc(), Tag.id)
    return page_of((TagRow(*row) for row in await db.execute(window(ordered, page, size))), size)


_IS_ALLOWED = Tag.banned.is_not(True)
_STATEMENT: Any = select(
    Tag.id,
    Tag.name,
    func.coalesce(func.nullif(Tag.display_as, ""), Tag.name),
    or_zero(Tag.post_count),
    or_false(Tag.banned),
).where(Tag.name.is_not(None))
