"""Whether the server is a primary, who follows it, and what it keeps for those who do."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Standby(msgspec.Struct, frozen=True):
    """A server that follows; state and seconds are empty where the role may not read them."""

    name: str
    state: str | None
    behind: float


class Slot(msgspec.Struct, frozen=True):
    """Write-ahead log kept for somebody, in bytes."""

    name: str
    active: bool
    bytes: int


class Replication(msgspec.Struct, frozen=True):
    """Where the server stands; `behind` is a standby's own lag in seconds."""

    in_recovery: bool
    behind: float
    standbys: Sequence[Standby]
    slots: Sequence[Slot]


async def look(db: AsyncConnection) -> Replication:
    """Ask the server; every role may."""
    in_recovery, behind = (
        await db.execute(
            text(
                "SELECT pg_is_in_recovery(),"
                " coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0)::float"
            )
        )
    ).one()
    standbys = await db.execute(
        text(
            "SELECT coalesce(application_name, ''), state, coalesce(extract(epoch FROM replay_lag), 0)::float"
            " FROM pg_stat_replication ORDER BY 1"
        )
    )
    slots = await db.execute(
        text(
            "SELECT slot_name, active, coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery()"
            " THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0)::bigint"
            " FROM pg_replication_slots ORDER BY 1"
        )
    )
    return Replication(
        in_recovery, behind, [Standby(*row) for row in standbys], [Slot(*row) for row in slots]
    )
