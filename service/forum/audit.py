"""The audit log: who did or was refused what with an administrator's power, from where, and how it ended.

An operation writes its entry in its own transaction; what changes nothing, or was refused, is written down by its
door. No entry holds a secret or a password: only the facts that the caller names here are kept.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.authority import Authority
from service.forum.checks import storable
from service.forum.moderation.rules import shorten
from service.storage.clock import utcnow
from service.storage.statements import literal_limit
from service.storage.tables import AuditEntry

DONE = "done"
TARGET_LENGTH = 255
FACT_LENGTH = 500


class AuditRow(msgspec.Struct, frozen=True):
    """One entry.

    Attributes:
        by: the name of who acted.
        by_id: their account; None for another system and for the command line.
        target: what it was done to, such as `user:12` or a name that was asked for; '' for nothing in particular.
        result: `done`, or the word of the refusal.
    """

    id: int
    created_at: datetime
    by: str
    by_id: int | None
    address: str
    action: str
    target: str
    result: str
    details: dict[str, Any]


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are wanted; empty texts and None ask for all.

    Attributes:
        refused: Only what was not done.
        since, until: naive UTC; from and up to, the end not included.
    """

    action: str = ""
    result: str = ""
    by: str = ""
    target: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None
    refused: bool = False


class AuditPage(msgspec.Struct, frozen=True):
    """A page of entries, the newest first.

    Attributes:
        total: how many there are on all pages.
    """

    entries: list[AuditRow]
    total: int


class Tally(msgspec.Struct, frozen=True):
    """How often an action ended so in the last hour, and in the last day."""

    action: str
    result: str
    last_hour: int
    last_day: int


async def note(
    session: AsyncSession,
    by: Authority,
    action: str,
    *,
    target: str = "",
    result: str = DONE,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write down an act, in the transaction of its effect.

    Parameters:
        action: its name, that of the operation.
        target: see AuditRow.
        details: further facts, JSON-ready, none of them a secret; long texts are cut.
    """
    session.add(
        AuditEntry(
            actor_id=by.id,
            actor_name=_kept(by.name, TARGET_LENGTH),
            ip=by.address[:50],
            action=action,
            target=_kept(target, TARGET_LENGTH),
            result=result,
            details={name: _kept(value, FACT_LENGTH) for name, value in (details or {}).items()} or None,
        )
    )
    await session.flush()


async def trail(db: AsyncConnection, wanted: AuditFilter, *, page: int = 1, size: int = 50) -> AuditPage:
    """The entries that are wanted, the newest first.

    Parameters:
        page: from 1.
        size: entries a page.
    """
    conditions = _conditions(wanted)
    total = (await db.execute(select(func.count()).select_from(AuditEntry).where(*conditions))).scalar_one()
    rows = await db.execute(
        select(AuditEntry)
        .with_only_columns(
            AuditEntry.id,
            AuditEntry.created_at,
            AuditEntry.actor_name,
            AuditEntry.actor_id,
            AuditEntry.ip,
            AuditEntry.action,
            AuditEntry.target,
            AuditEntry.result,
            AuditEntry.details,
        )
        .where(*conditions)
        .order_by(AuditEntry.id.desc())
        .limit(literal_limit(size))
        .offset(literal_limit((page - 1) * size))
    )
    return AuditPage([_row(*row) for row in rows], total)


async def tally(db: AsyncConnection) -> list[Tally]:
    """How often each action ended in each way lately; the same whichever process is asked, and after a restart."""
    now = utcnow()
    last_hour = func.count().filter(AuditEntry.created_at > now - timedelta(hours=1))
    rows = await db.execute(
        select(AuditEntry.action, AuditEntry.result, last_hour, func.count())
        .where(AuditEntry.created_at > now - timedelta(days=1))
        .group_by(AuditEntry.action, AuditEntry.result)
        .order_by(AuditEntry.action, AuditEntry.result)
    )
    return [Tally(*row) for row in rows]


async def forget_old(session: AsyncSession, days: int) -> int:
    """Delete the entries that are older than so many days; return how many there were."""
    gone = await session.execute(
        delete(AuditEntry)
        .where(AuditEntry.created_at < utcnow() - timedelta(days=days))
        .returning(AuditEntry.id)
    )
    return len(gone.all())


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    exact = {
        AuditEntry.action: wanted.action,
        AuditEntry.result: wanted.result,
        AuditEntry.actor_name: wanted.by,
        AuditEntry.target: wanted.target,
        AuditEntry.ip: wanted.address,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in exact.items() if value]
    if wanted.refused:
        conditions.append(AuditEntry.result != DONE)
    if wanted.since is not None:
        conditions.append(AuditEntry.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(AuditEntry.created_at < wanted.until)
    return conditions


def _row(
    id_: int,
    created_at: datetime,
    by: str | None,
    by_id: int | None,
    address: str | None,
    action: str,
    target: str | None,
    result: str,
    details: dict[str, Any] | None,
) -> AuditRow:
    return AuditRow(
        id_, created_at, by or "", by_id, address or "", action, target or "", result, details or {}
    )


def _kept(value: Any, limit: int) -> Any:
    """A text as it can be stored; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    return shorten(value, limit) if storable(value) else "(a text that cannot be stored)"
