"""Brings what somebody named in the settings that they imported, and does what they wished about it."""

from service.federation.errors import Refused
from service.federation.lookup import Lookup
from service.forum.errors import Gone, NotFound
from service.forum.events import WishImported
from service.forum.luggage.operations import fulfil
from service.forum.search import resolve
from service.storage.transaction import Database


async def grant(database: Database, lookup: Lookup, wish: WishImported, *, domain: str) -> None:
    """Find what an address means, here or where it comes from; what nobody has is left.

    Parameters:
        domain: this site's.

    Raises:
        Later: its server cannot be asked; the event is tried again.
    """
    try:
        async with database.read() as db:
            found = await resolve(db, wish.address, domain=domain)
    except NotFound:
        try:
            identity = await lookup.bring(wish.address)
        except Refused:
            return
        if identity is None:
            return
        try:
            async with database.read() as db:
                found = await resolve(db, identity, domain=domain)
        except (NotFound, Gone):
            return
    await database.write(fulfil, wish, found)
