"""What the lines of a process need to read again and again: rows of the log, and who follows which community."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.deliver import rows
from service.federation.deliver.rows import Row
from service.storage.transaction import Database

MOST_ROWS, MOST_BYTES = 5000, 64 * 1024 * 1024
FOLLOWERS_KEPT_FOR = 10.0  # seconds


class Library:
    """Rows and followers, shared by all lines; bounded in number and bytes.

    Parameters:
        database: has what is not kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows: OrderedDict[int, Row] = OrderedDict()
        self._bytes = 0
        self._followers: dict[int, tuple[float, frozenset[int]]] = {}

    @property
    def bytes(self) -> int:
        """How much memory the rows take, roughly."""
        return self._bytes

    async def rows(self, ids: Sequence[int]) -> dict[int, Row]:
        """Return rows by their ids; those that are gone are missing.

        Raises:
            StorageError: the database cannot be reached.
        """
        found = {one: self._rows[one] for one in ids if one in self._rows}
        if missing := [one for one in ids if one not in found]:
            async with self._database.read() as db:
                read = await rows.rows_of(db, missing)
            self.keep(read)
            found |= {row.id: row for row in read}
        return found

    def keep(self, read: Iterable[Row]) -> None:
        """Remember rows, and forget the oldest for them."""
        for row in read:
            if row.id not in self._rows:
                self._rows[row.id] = row
                self._bytes += row.size
        while len(self._rows) > MOST_ROWS or (self._bytes > MOST_BYTES and len(self._rows) > 1):
            _, forgotten = self._rows.popitem(last=False)
            self._bytes -= forgotten.size

    async def followers(
        self, db: AsyncConnection, new: Sequence[Row], now: float
    ) -> dict[int, frozenset[int]]:
        """Return the servers that follow the communities of some rows.

        Parameters:
            db: a connection.
            new: the rows; an Accept of a community's among them is of a new follower.
            now: seconds since 1970.
        """
        for row in new:
            if row.signer.kind == "community" and row.kind.startswith(("Accept", "Reject")):
                self._followers.pop(row.signer.id, None)
        self._followers = {
            one: known for one, known in self._followers.items() if 0 <= now - known[0] < FOLLOWERS_KEPT_FOR
        }
        for community_id in {row.community_id for row in new if row.community_id}:
            if community_id not in self._followers:
                self._followers[community_id] = (now, await rows.followers_of(db, community_id))
        return {one: followers for one, (_, followers) in self._followers.items()}
