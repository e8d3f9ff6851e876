"""The network addresses that are refused, for administrators."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.paging import Page, page_of, window
from service.storage.rows import Loader, or_empty
from service.storage.tables import IpBan


class BannedAddress(msgspec.Struct, frozen=True):
    """A network address from which nobody may come in or write."""

    id: int
    address: str
    notes: str
    created_at: datetime


_ADDRESS = Loader(BannedAddress, {"address": or_empty(IpBan.ip_address)}, IpBan)


async def banned_addresses(db: AsyncConnection, *, page: int = 1, size: int = 50) -> Page[BannedAddress]:
    """A page of them, the latest first.

    Parameters:
        page: from 1.
        size: addresses a page.
    """
    rows = await db.execute(window(select(*_ADDRESS.columns).order_by(IpBan.id.desc()), page, size))
    return page_of([_ADDRESS.load(row) for row in rows], size)
