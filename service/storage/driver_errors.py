"""What the driver's errors mean."""

from sqlalchemy.exc import DBAPIError

SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"
LOCK_TIMEOUT, STATEMENT_TIMEOUT = "55P03", "57014"
TOO_MANY_CONNECTIONS = "53300"
RETRIABLE = {SERIALIZATION_FAILURE, DEADLOCK}
BUSY = RETRIABLE | {LOCK_TIMEOUT, STATEMENT_TIMEOUT}
# Classes: connection exceptions, out of resources (disk, slots), operator intervention, a standby that only reads.
GONE_CLASSES = ("08", "53", "57P", "25006")
# Classes: wrong user or password, no such database.
REFUSING_CLASSES = ("28", "3D")


def sqlstate(error: DBAPIError) -> str:
    """Return PostgreSQL's five-character code of the error, or an empty string."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def connection_was_lost(error: Exception) -> bool:
    """Whether the connection ended under it."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error.__cause__, OSError)
    return isinstance(error, OSError)


def plan_went_stale(error: DBAPIError) -> bool:
    """After a change of the schema each connection fails once with a cached statement."""
    return "InvalidCachedStatementError" in repr(error.orig)


def is_of_the_statement(error: Exception) -> bool:
    """Whether it says nothing of the server: the statement took too long, or was in somebody's way.

    A standby cancels what is in the way of what it replays.
    """
    return isinstance(error, TimeoutError) or (isinstance(error, DBAPIError) and sqlstate(error) in BUSY)
