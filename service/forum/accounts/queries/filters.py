"""The viewer's keyword filters, for the pages on which they are changed; `viewers` reads what they do."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import FilterAction
from service.forum.accounts.shapes import FilterRow
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.language import _
from service.storage.tables import Filter


async def filters_of(db: AsyncConnection, viewer: Viewer) -> list[FilterRow]:
    """Return the viewer's filters by name, those too that do nothing any more."""
    columns = [getattr(Filter, name) for name in FilterRow.__struct_fields__]
    rows = await db.execute(
        select(*columns).where(Filter.user_id == viewer.id).order_by(Filter.title, Filter.id)
    )
    return [
        FilterRow(
            id_,
            title or "",
            words or "",
            FilterAction.stored(action, FilterAction.FOLD),
            bool(home),
            bool(posts),
            bool(replies),
            end,
        )
        for id_, title, words, action, home, posts, replies, end in rows
    ]


async def filter_by_id(db: AsyncConnection, viewer: Viewer, filter_id: int) -> FilterRow:
    """Return one of the viewer's filters; NotFound if it is not theirs."""
    found = [row for row in await filters_of(db, viewer) if is_id(filter_id) and row.id == filter_id]
    if not found:
        raise NotFound(_("This filter doesn't exist."))
    return found[0]
