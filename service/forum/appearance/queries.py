"""Reads of a site's look."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.rows import Loader
from service.storage.tables import Appearance

ONLY = 1  # there is one row


class Look(msgspec.Struct, frozen=True):
    """A site's colour, as `#rrggbb`, and its style sheet; '' for the usual."""

    accent: str = ""
    css: str = ""


_LOOK = Loader(Look, {}, Appearance)


async def look(db: AsyncConnection) -> Look:
    """How the site looks."""
    row = (await db.execute(select(*_LOOK.columns).where(Appearance.id == ONLY))).one_or_none()
    return _LOOK.load(row) if row is not None else Look()
