"""Reads of the site's own emoji."""

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.checks import is_id
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.storage.rows import Loader
from service.storage.tables import Emoji


class EmojiRow(msgspec.Struct, frozen=True):
    """An emoji; `aliases` are further words that find it."""

    id: int
    token: str
    url: str
    category: str
    aliases: str


_EMOJI = Loader(EmojiRow, {}, Emoji)
_OURS = or_(Emoji.instance_id.is_(None), Emoji.instance_id == LOCAL_INSTANCE)


async def emoji(db: AsyncConnection, *, page: int = 1, size: int = 100) -> Page[EmojiRow]:
    """A page of the site's own emoji, by group and name.

    Parameters:
        page: from 1.
        size: emoji a page.
    """
    statement = select(*_EMOJI.columns).where(_OURS).order_by(Emoji.category, Emoji.token, Emoji.id)
    return page_of([_EMOJI.load(row) for row in await db.execute(window(statement, page, size))], size)


async def emoji_by_id(db: AsyncConnection, emoji_id: int) -> EmojiRow:
    """One of them; NotFound if there is none."""
    if not is_id(emoji_id):
        raise NotFound
    row = (await db.execute(select(*_EMOJI.columns).where(_OURS, Emoji.id == emoji_id))).one_or_none()
    if row is None:
        raise NotFound
    return _EMOJI.load(row)
