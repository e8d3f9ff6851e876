"""A request that waits for another site gives its place at the gate to others meanwhile.

How long another site takes is its own affair. A handler that asks one goes outside with `async with outside():`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.http.passing.shared import shared
from service.http.passing.visitors import visitor


@asynccontextmanager
async def outside() -> AsyncIterator[None]:
    """Let the body wait for another site; it holds no place at the gate, and nothing else that others wait for.

    Raises:
        TooMany, Overloaded: see Outside.place.
    """
    held = shared()
    async with held.gate.left(), held.outside.place(visitor()):
        yield
