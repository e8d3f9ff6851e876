"""How sending goes, in numbers: for the metrics, the administrators' pages and `pieloop doctor`."""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PEERS = text("""
    WITH behind AS (
        SELECT min(cursor) FILTER (WHERE state = 'awake' AND failures = 0) AS cursor,
               count(*) FILTER (WHERE state = 'awake') AS awake,
               count(*) FILTER (WHERE state = 'awake' AND failures > 0) AS failing,
               count(*) FILTER (WHERE state = 'dormant') AS dormant,
               count(*) FILTER (WHERE state = 'gone') AS gone
        FROM pieloop.peer
    )
    SELECT awake, failing, dormant, gone,
        coalesce(extract(epoch FROM timezone('utc', now()) - (
            SELECT created_at FROM pieloop.sent_activity WHERE id > behind.cursor ORDER BY id LIMIT 1
        )), 0)::float8 AS lag,
        (SELECT count(*) FROM pieloop.undelivered WHERE retry_at IS NOT NULL) AS aside,
        (SELECT count(*) FROM pieloop.undelivered WHERE retry_at IS NULL) AS parked
    FROM behind
""")


class Peers(msgspec.Struct, frozen=True):
    """The other servers as a whole.

    Attributes:
        awake, dormant, gone: how many there are in each state; `failing` are among those awake.
        lag: seconds since the oldest activity that the slowest of those who answer has not got yet; what is done is
            written down once a minute where nothing else happens.
        aside, parked: activities that one server cannot take: those that are tried again, and those given up.
    """

    awake: int
    failing: int
    dormant: int
    gone: int
    lag: float
    aside: int
    parked: int


async def peers(db: AsyncConnection) -> Peers:
    """Count the other servers by how sending to them goes."""
    return Peers(*(await db.execute(PEERS)).one())
