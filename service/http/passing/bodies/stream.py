"""What a request brings, on its way from the server to whoever reads it: a piece at a time, and no faster than read.

While nobody reads, the server is not asked for more, and it stops reading from the connection.
"""

import asyncio
from collections.abc import AsyncGenerator

PIECE = 2**16  # bytes that are worked on before somebody else has a turn


class Body:
    """One request's body.

    Parameters:
        _expected, _most: what Quart tells its own class; here `receiving` looks after both.
    """

    def __init__(self, _expected: int | None = None, _most: int | None = None) -> None:
        self.over = False  # the end has come
        self._piece = b""
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._dropping = False

    @property
    def has_begun(self) -> bool:
        """Whether something has come that nobody has read."""
        return bool(self._piece)

    async def put(self, piece: bytes) -> None:
        """Hand on what has come; returns when there is room for it."""
        await self._room.wait()
        if self._dropping:
            return
        self._piece = piece
        self._room.clear()
        self._news.set()

    def end(self) -> None:
        """Say that all has come."""
        self.over = True
        self._news.set()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield what comes until all has come, in pieces after each of which others have a turn."""
        while True:
            whole, self._piece = self._piece, b""
            self._room.set()
            for start in range(0, len(whole), PIECE):
                yield whole[start : start + PIECE]
                await asyncio.sleep(0)
            if not self._piece:
                if self.over:
                    return
                self._news.clear()
                await self._news.wait()

    def drop(self) -> None:
        """Throw away what has come and what comes: it is done with, and the server may hand over its end."""
        self._piece, self._dropping = b"", True
        self._room.set()

    def set_result(self, data: bytes) -> None:
        """Be this, whole; for Quart's requests that no server has received."""
        self._piece = data
        self.end()
