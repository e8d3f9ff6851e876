"""What is done to be looked at, and leaves the database as it was."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.storage.transaction import Database

T = TypeVar("T")


class _TakenBackError(Exception):
    """Ends what was done, with what came of it."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


async def taken_back(database: Database, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """Do something in a transaction, and take it back; return what it returned."""

    async def attempt(session: AsyncSession) -> None:
        raise _TakenBackError(await work(session))

    try:
        await database.write(attempt)
    except _TakenBackError as over:
        found: T = over.found
        return found
    raise AssertionError("it was not taken back")


async def while_so(database: Database, statements: str, look: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Look at a database while something is so.

    Parameters:
        statements: make it so; SQL, with semicolons between them.
    """

    async def do_and_look(session: AsyncSession) -> T:
        for statement in statements.split(";"):
            await session.execute(text(statement))
        return await look(await session.connection())

    return await taken_back(database, do_and_look)
