"""The inventory of the store: who writes a file announces it first, who deletes one marks it first.

Files are named by their content, so an upload may want the very file whose last use has just gone. Both meet at the
file's row here:

* announce: the row is made or marked, in a transaction of its own, before the file is looked for in the store;
* confirm: in the transaction that writes the first use, the row must still be there, the same one, and not be marked;
* mark_for_deletion: only a row that no picture uses and nobody has announced lately. Then the file goes, then the row.

Whoever announces a marked path waits until it is gone. So a file is deleted only when its last use was taken away by a
transaction that is committed, and a use is committed only while its file stays.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import aliased

from service.forum.attachments.shapes import NO_CLAIM, Claim, InventoryPage
from service.language import _
from service.media.errors import StoreUnavailable
from service.storage.statements import literal_limit
from service.storage.tables import File, Picture, StoredObject

PAGE = 2000

# Nobody needs longer to write what was announced: a request ends after 20 s, a job after 90 s.
ANNOUNCED_FOR = timedelta(minutes=10)
# Nobody needs longer to delete what was marked; a marked row that is older was left behind by somebody who died.
MARKED_FOR = timedelta(minutes=2)

# The server's clock: several machines may ask.
NOW: ColumnElement[Any] = func.timezone("utc", func.clock_timestamp())


async def announce(session: AsyncSession, paths: Sequence[str]) -> Claim | None:
    """Say that these files are about to be written; None when one of them is being deleted just now.

    Parameters:
        session: of a write of its own, before the store is asked.
        paths: sorted.
    """
    if not paths:
        return NO_CLAIM
    at: datetime = (await session.execute(select(NOW))).scalar_one()
    rows = await session.execute(
        insert(StoredObject)
        .values([{"path": path, "announced_at": at} for path in paths])
        .on_conflict_do_update(
            index_elements=[StoredObject.path],
            set_={"announced_at": at},
            where=StoredObject.doomed_at.is_(None),
        )
        .returning(StoredObject.life)
    )
    lives = tuple(rows.scalars())
    return Claim(tuple(paths), lives, at) if len(lives) == len(paths) else None


async def confirm(session: AsyncSession, claim: Claim) -> None:
    """See that what was announced is still there, in the transaction that begins to use it.

    Raises:
        StoreUnavailable: it took so long that the files were taken for forgotten ones; the upload is to be repeated.
    """
    if not claim.paths:
        return
    locked = await session.scalars(
        select(StoredObject.path)
        .where(
            StoredObject.path.in_(claim.paths),
            StoredObject.life.in_(claim.lives),
            StoredObject.doomed_at.is_(None),
        )
        .order_by(StoredObject.path)
        .with_for_update()
    )
    if len(locked.all()) != len(claim.paths):
        raise StoreUnavailable(_("Saving the image took too long. Try again."))
    # Another announcement of the same file, still unconfirmed, goes on protecting it.
    mine = case((StoredObject.announced_at == claim.at, None), else_=StoredObject.announced_at)
    await session.execute(
        update(StoredObject).where(StoredObject.path.in_(claim.paths)).values(announced_at=mine)
    )


async def mark_for_deletion(session: AsyncSession, paths: Sequence[str]) -> list[str]:
    """Choose what of these may be deleted from the store; nobody can begin to use it from now on.

    Parameters:
        session: of a write of its own, before the store is asked.
        paths: files that may have lost their last use.
    """
    if not paths:
        return []
    await session.execute(
        insert(StoredObject)
        .values([{"path": path, "announced_at": None} for path in sorted(set(paths))])
        .on_conflict_do_nothing()
    )
    locked = select(StoredObject.path).where(StoredObject.path.in_(paths)).order_by(StoredObject.path)
    await session.execute(locked.with_for_update())
    # A statement of its own: it sees what those committed who locked these rows before us.
    rows = await session.scalars(
        update(StoredObject)
        .where(StoredObject.path.in_(paths), _may_go())
        .values(doomed_at=NOW)
        .returning(StoredObject.path)
    )
    return sorted(rows)


async def forget(session: AsyncSession, paths: Sequence[str]) -> None:
    """Delete the rows of files that are gone."""
    await session.execute(
        delete(StoredObject).where(StoredObject.path.in_(paths), StoredObject.doomed_at.is_not(None))
    )


async def register_orphans(session: AsyncSession, paths: Sequence[str]) -> int:
    """Enter files that lie in the store unknown; return how many were."""
    if not paths:
        return 0
    rows = await session.execute(
        insert(StoredObject)
        .values([{"path": path, "announced_at": None} for path in sorted(set(paths))])
        .on_conflict_do_nothing()
        .returning(StoredObject.path)
    )
    return len(rows.all())


async def page_of(db: AsyncConnection, *, after: str = "", size: int = PAGE) -> InventoryPage:
    """Look through a part of the inventory, so that no statement takes long however large the store is.

    Parameters:
        db: a connection.
        after: the last path of the page before.
        size: how many rows are looked at.
    """
    looked_at = aliased(
        StoredObject,
        select(StoredObject)
        .where(StoredObject.path > after)
        .order_by(StoredObject.path)
        .limit(literal_limit(size))
        .subquery(),
    )
    rows = (await db.execute(select(looked_at.path, _may_go(looked_at)).order_by(looked_at.path))).all()
    return InventoryPage(
        count=len(rows),
        last=rows[-1][0] if rows else None,
        unused=[path for path, may_go in rows if may_go],
    )


async def known(db: AsyncConnection, paths: Sequence[str]) -> set[str]:
    """Return which of these paths the inventory has."""
    rows = await db.scalars(select(StoredObject.path).where(StoredObject.path.in_(paths)))
    return set(rows)


async def used_after(db: AsyncConnection, file_id: int, limit: int) -> Sequence[tuple[int, list[str]]]:
    """Return pictures by id, each with the paths that it uses.

    Parameters:
        db: a connection.
        file_id: the last one of the page before.
        limit: how many at most.
    """
    columns = (Picture.original, Picture.medium, Picture.thumbnail, Picture.waiting)
    rows = await db.execute(
        select(Picture.file_id, *columns)
        .join(File, File.id == Picture.file_id)
        .where(Picture.file_id > file_id)
        .order_by(Picture.file_id)
        .limit(literal_limit(limit))
    )
    return [(row[0], sorted({path for path in row[1:] if path})) for row in rows]


def _may_go(row: type[StoredObject] = StoredObject) -> ColumnElement[bool]:
    unannounced = or_(row.announced_at.is_(None), row.announced_at < NOW - ANNOUNCED_FOR)
    left_behind = func.coalesce(row.doomed_at < NOW - MARKED_FOR, false())
    return or_(left_behind, and_(row.doomed_at.is_(None), unannounced, ~_is_used(row.path)))


def _is_used(path: Any) -> ColumnElement[bool]:
    """Whether a picture whose row of `file` is there uses the path."""
    return exists().where(
        File.id == Picture.file_id,
        or_(
            Picture.original == path,
            Picture.medium == path,
            Picture.thumbnail == path,
            Picture.waiting == path,
        ),
    )
