"""Hands over to pyfedi what servers have not got yet: on the way back it becomes rows of `send_queue`.

While a worker of ours runs, nothing is handed over: both would send it.
"""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import StartupError
from service.federation.deliver import rows
from service.federation.deliver.forms import form_for
from service.federation.deliver.peers import About, described
from service.federation.deliver.rows import Row
from service.federation.deliver.signers import key_id_of, stored_key
from service.federation.speak.drain import drain
from service.storage.tables import SendQueue
from service.storage.transaction import Database

AT_ONCE = 200
MOST_TRIES = 40  # as pyfedi's

COURIERS = text("SELECT count(*) FROM pieloop.courier WHERE alive_until >= timezone('utc', now())")
PEERS = text("""
    SELECT instance_id, cursor, done_above FROM pieloop.peer WHERE state <> 'gone' ORDER BY instance_id
""")
ASIDE = text("""
    SELECT activity_id, inbox FROM pieloop.undelivered WHERE instance_id = :peer ORDER BY activity_id, inbox
""")
FORGET_ASIDE = text("DELETE FROM pieloop.undelivered WHERE instance_id = :peer")
ADVANCE = text("""
    UPDATE pieloop.peer SET cursor = :cursor, done_above = '{}', owner = NULL WHERE instance_id = :peer
""")


class _Place(msgspec.Struct, frozen=True):
    """How far a server is."""

    instance_id: int
    cursor: int
    done_above: list[int]


class Handed(msgspec.Struct, frozen=True):
    """What was handed over: deliveries, for so many servers."""

    deliveries: int
    servers: int


async def hand_over(database: Database, domain: str) -> Handed:
    """Write what servers still lack into pyfedi's queue, and count it as theirs from then on.

    Parameters:
        database: of this process.
        domain: the site's.

    Raises:
        StartupError: a worker is running.
    """
    async with database.read() as db:
        if (await db.execute(COURIERS)).scalar_one():
            raise StartupError(
                "A worker is still running. Stop all workers, wait half a minute, then try again."
            )
    while (await database.write(drain, domain)).events:
        pass
    async with database.read() as db:
        head = await rows.head(db)
        places = [_Place(*row) for row in await db.execute(PEERS)]
    deliveries = servers = 0
    for place in places:
        handed = await _hand_over(database, place, head, domain)
        deliveries, servers = deliveries + handed, servers + bool(handed)
    return Handed(deliveries, servers)


async def _hand_over(database: Database, place: _Place, head: int, domain: str) -> int:
    handed, after = await database.write(_set_aside_before, place.instance_id, domain), place.cursor
    while after < head:
        done = set(place.done_above)
        more, after = await database.write(_some, place.instance_id, after, head, done, domain)
        handed += more
    return handed


async def _some(
    session: AsyncSession, instance_id: int, after: int, head: int, done: set[int], domain: str
) -> tuple[int, int]:
    db = await session.connection()
    ids = await rows.slice_for(db, instance_id, after=after, upto=head, most=AT_ONCE)
    upto = ids[-1] if len(ids) == AT_ONCE else head
    about = await described(db, [instance_id])
    wanted = await rows.rows_of(db, [one for one in ids if one not in done])
    count = 0
    for row in wanted if about else ():
        for inbox in row.inboxes.get(instance_id) or (about[0].inbox,):
            count += await _queue(session, row, about[0], inbox, domain)
    await session.execute(ADVANCE, {"cursor": upto, "peer": instance_id})
    return count, upto


async def _set_aside_before(session: AsyncSession, instance_id: int, domain: str) -> int:
    db = await session.connection()
    aside = (await db.execute(ASIDE, {"peer": instance_id})).all()
    about = await described(db, [instance_id])
    found = (
        {row.id: row for row in await rows.rows_of(db, [one.activity_id for one in aside])} if aside else {}
    )
    count = 0
    for one in aside:
        if about and one.activity_id in found:
            count += await _queue(session, found[one.activity_id], about[0], one.inbox, domain)
    await session.execute(FORGET_ASIDE, {"peer": instance_id})
    return count


async def _queue(session: AsyncSession, row: Row, about: About, inbox: str, domain: str) -> bool:
    form = form_for(row, about.software)
    if form is None:
        return False
    body, signer = form
    owner, pem = await stored_key(await session.connection(), signer, domain)
    if not owner or not pem:
        return False
    session.add(
        SendQueue(
            destination=inbox,
            destination_domain=about.domain,
            actor=key_id_of(owner),
            private_key=pem,
            payload=body.decode(),
            retries=0,
            max_retries=MOST_TRIES,
            retry_reason="",
        )
    )
    return True
