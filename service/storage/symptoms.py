"""What it looks like when client and server are no longer in the same conversation, and that a connection knows it.

A connection that two processes or two tasks use at once answers one with the other's messages. psycopg2 says
"PGRES_TUPLES_OK and no message from the libpq", "lost synchronization with server", "insufficient data in message", or
ends in IndexError or ResourceClosedError; the table below says what asyncpg and SQLAlchemy raise in their place.
"""

from collections.abc import Iterator

import asyncpg
from sqlalchemy.exc import DBAPIError, ResourceClosedError

from service.storage.fork_guard import InheritedByFork

INHERITED = "inherited"
# name -> what has happened; the names are labels of a metric
SYMPTOMS = {
    "unexpected_message": "a message came that answers nothing that was asked",
    "malformed_message": "a message was too short, too long, or for other columns",
    "result_closed": "a statement that returns rows came back without any result",
    "driver_fault": "the driver stumbled over an answer: IndexError and the like",
    "interleaved": "a second operation began on a connection while the first was under way",
    "prepared_statement": "the server does not know a statement prepared on this connection, or has it already",
    INHERITED: "a forked child used what belongs to its parent, and the guard stopped it",
}

PROTOCOL_VIOLATION = "08P01"  # the server's word for a message of ours that it cannot read
STATEMENT_UNKNOWN, STATEMENT_EXISTS = "26000", "42P05"
OF_THE_SERVER = {
    PROTOCOL_VIOLATION: "malformed_message",
    STATEMENT_UNKNOWN: "prepared_statement",
    STATEMENT_EXISTS: "prepared_statement",
}
# asyncpg derives these from InternalClientError, but they tell of a changed schema and of a server's role.
HARMLESS = (
    asyncpg.exceptions.OutdatedSchemaCacheError,
    asyncpg.exceptions.TargetServerAttributeNotMatched,
)
# asyncpg asserts that a column lies within its message: "insufficient data in buffer".
TOO_SHORT = (AssertionError, BufferError, asyncpg.pgproto.pgproto.BufferError)
STUMBLES = (IndexError, KeyError, ValueError, TypeError, *TOO_SHORT)
DRIVERS = {"asyncpg", "sqlalchemy"}


def symptom_of(error: BaseException) -> str | None:
    """Return the key of SYMPTOMS that an error belongs to, or None for any other error.

    What is in the error's text is not looked at where a stranger's data may be in it.
    """
    return next((found for one in _causes(error) if (found := _symptom(one))), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what the driver raised below it, and what that came from."""
    seen: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in seen:
        yield one
        seen.append(one)
        one = one.orig if isinstance(one, DBAPIError) else one.__cause__


def _symptom(error: BaseException) -> str | None:
    if isinstance(error, InheritedByFork):
        return INHERITED
    if isinstance(error, ResourceClosedError):
        return "result_closed"
    if isinstance(error, asyncpg.PostgresError):
        # PgBouncer calls all its own troubles violations of the protocol; unlike PostgreSQL it never says where it was.
        by_postgres = getattr(error, "server_source_function", None) is not None
        return OF_THE_SERVER.get(error.sqlstate or "") if by_postgres else None
    if isinstance(error, asyncpg.InternalClientError):
        return None if isinstance(error, HARMLESS) else _of_the_protocol(error)
    if isinstance(error, asyncpg.InterfaceError):
        return "interleaved" if "another operation" in str(error) else None
    if isinstance(error, STUMBLES) and _is_the_drivers(error):
        return "malformed_message" if isinstance(error, TOO_SHORT) else "driver_fault"
    return None


def _of_the_protocol(error: asyncpg.InternalClientError) -> str:
    about_length = isinstance(error, asyncpg.exceptions.ProtocolError) or "buffer" in str(error)
    return "malformed_message" if about_length else "unexpected_message"


def _is_the_drivers(error: BaseException) -> bool:
    """Whether it was raised inside the driver, and not by our own code or because of what we passed."""
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in DRIVERS
