"""Looks at PostgreSQL while something else happens: how many backends each process has, again and again."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from laboratory.programs import OBSERVER, connect
from service.config import Config

OWNERS = (
    "SELECT application_name, count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> $1"
    " GROUP BY 1 ORDER BY 1"
)


@dataclass
class Watch:
    """What was seen: at which second, how many backends each application name had."""

    looks: list[tuple[float, dict[str, int]]] = field(default_factory=list)

    def most(self, role: str = "") -> int:
        """Return the most backends at one time, of the names that begin so."""
        return max(
            (sum(n for name, n in seen.items() if name.startswith(role)) for _, seen in self.looks), default=0
        )

    def most_of_one(self, role: str = "") -> int:
        """Return the most backends that one process had at one time."""
        return max(
            (n for _, seen in self.looks for name, n in seen.items() if name.startswith(role)), default=0
        )


@asynccontextmanager
async def watching(config: Config, every: float) -> AsyncIterator[Watch]:
    """Look every so many seconds while the body runs."""
    watch = Watch()
    connection = await connect(config)
    begun = time.monotonic()

    async def look() -> None:
        while True:
            rows = await connection.fetch(OWNERS, OBSERVER)
            watch.looks.append((time.monotonic() - begun, {row[0]: row[1] for row in rows}))
            await asyncio.sleep(every)

    looking = asyncio.create_task(look())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        connection.terminate()
