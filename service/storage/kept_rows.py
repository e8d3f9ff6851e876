"""What many requests show, kept as it was read, for a moment.

To find the posts of a page costs PostgreSQL a tenth of what it costs to read all that stands on them, and the same ones
are asked for again and again. So a statement that finds rows reads their versions along, and only those are read whole
that this process does not hold in that version. What belongs to a row without standing in it may be as old as
`database.keep_read`: its author's name, its labels, its pictures. Who may have changed that, looks anew.

Nothing that is kept depends on who asks.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Integer, Label, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

MOST_BYTES = 8 * 2**20  # of all that one process keeps of one server
LARGEST = 16 * 1024  # bytes of a text that is kept
BESIDES = 2048  # bytes of everything else in one
OPTION = "kept_rows"


class Kind(NamedTuple, Generic[T]):
    """Rows that are kept.

    Attributes:
        name: Of what.
        size: Returns how many bytes the texts of one have; None for one that is not kept.
    """

    name: str
    size: Callable[[T], int | None]


class _Kept(NamedTuple):
    version: Any
    value: Any
    size: int
    until: float


class KeptRows:
    """What one process keeps of what it has read from one server.

    Parameters:
        seconds: how long; 0 keeps nothing.
        most: bytes of all that is kept.
    """

    def __init__(self, seconds: float, most: int = MOST_BYTES) -> None:
        self._seconds, self._most = seconds, most
        self._kept: OrderedDict[tuple[str, int], _Kept] = OrderedDict()  # what was read last stands last
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    async def read(
        self,
        kind: Kind[T],
        versions: Mapping[int, Any],
        read: Callable[[list[int]], Awaitable[Mapping[int, T]]],
        *,
        unless: Callable[[T], bool],
    ) -> dict[int, T]:
        """Return rows by id: those that are kept in this version, and the others as they are read now.

        Parameters:
            versions: of the rows that are wanted, by id, as they were before.
            read: reads rows by their ids; one that is gone is left out.
            unless: whoever asks may have changed what belongs to this one, so that it is read nevertheless.
        """
        now = monotonic()
        found: dict[int, T] = {}
        for id_, version in versions.items():
            kept = self._kept.get((kind.name, id_))
            if kept is not None and kept.version == version and kept.until > now and not unless(kept.value):
                found[id_] = kept.value
        missing = [id_ for id_ in versions if id_ not in found]
        if missing:
            new = await read(missing)
            if self._seconds:
                # A row that was changed in between has another version by now: this one will not be found.
                self._keep(kind, versions, new, now + self._seconds)
            found.update(new)
        return found

    def _keep(self, kind: Kind[T], versions: Mapping[int, Any], new: Mapping[int, T], until: float) -> None:
        for id_, value in new.items():
            size = kind.size(value)
            self._drop((kind.name, id_))
            if size is not None and size <= LARGEST:
                self._kept[kind.name, id_] = _Kept(versions[id_], value, size + BESIDES, until)
                self._bytes += size + BESIDES
        while self._bytes > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: tuple[str, int]) -> None:
        if (dropped := self._kept.pop(key, None)) is not None:
            self._bytes -= dropped.size


NOTHING = KeptRows(0)


def kept_rows(db: AsyncConnection) -> KeptRows:
    """Return what this process keeps of what such connections have read; of others, such as a write's, nothing."""
    kept: KeptRows = db.engine.get_execution_options().get(OPTION, NOTHING)
    return kept


def version_of(table: Any) -> Label[int]:
    """SQL: the version of a row: the transaction that wrote it. No two that were committed have the same one."""
    name = table.__tablename__
    return literal_column(f"{name}.xmin", Integer()).label(f"{name}_version")
