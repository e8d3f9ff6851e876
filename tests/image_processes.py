"""Lets the image process of one test serve the next: to start one takes 0.4 seconds of the processor.

Whoever opens what a process holds open gets the pool that the last one gave back, unless work was left in it or other
rules are wanted. Tests that are about these processes have `own_image_processes`, so that no other one is there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service import lifecycle
from service.config import MediaConfig
from service.media.pool import MediaPool, open_media_pool

USUAL = MediaConfig()


class Shelf:
    """The pool that nobody uses at the moment, of the loop in which tests run."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: MediaPool | None = None

    def open(self) -> None:
        """Keep pools of the running loop from now on."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        """End what idles, and keep nothing."""
        self._loop = None
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def pool(self, config: MediaConfig) -> AsyncIterator[MediaPool]:
        """Lend a pool, as `open_media_pool` does."""
        if config != USUAL or asyncio.get_running_loop() is not self._loop:
            async with open_media_pool(config) as pool:
                yield pool
            return
        pool, self._pool = self._pool or MediaPool(config), None
        try:
            yield pool
        finally:
            if self._wants(pool):
                self._pool = pool
            else:
                await pool.close()

    def _wants(self, pool: MediaPool) -> bool:
        at_rest = pool._drained.is_set() and pool._taking
        return at_rest and self._loop is not None and self._pool is None


SHELF = Shelf()


def keep_image_processes() -> None:
    """Let those who open what a process holds open share a pool from now on, one after the other."""
    lifecycle.open_media_pool = SHELF.pool  # type: ignore[attr-defined]
