"""What may be told of an error: what it is and where it was raised, never with which values.

The message of an error may hold anything: PostgreSQL quotes the row that it refuses, Redis a pipeline's commands, a
mail server an address, `int()` what it was given. So only messages that speak of the program are told, and those of our
own errors; of the others the names: class, SQLSTATE, table, constraint, errno.
"""

import errno
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

MOST_FRAMES = 40
MOST_ERRORS = 8  # of a chain, or of a group

# Their messages name parts of the program: an attribute, a type, a module.
OF_THE_PROGRAM = (
    AttributeError,
    ImportError,
    MemoryError,
    ModuleNotFoundError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ZeroDivisionError,
)
OURS = ("service.", "workers.")
# These are written for people who typed something, and may repeat it.
FOR_VISITORS = "service.forum."
# What PostgreSQL and its driver name beside the message; all of it is of the schema.
NAMES = ("sqlstate", "table_name", "column_name", "constraint_name", "data_type_name")


def described(error: BaseException) -> str:
    """Return one line about an error: its class, and what else of it is no value."""
    name = type(error).__name__
    words = _words(error)
    return f"{name}: {words}" if words else name


def trace(error: BaseException) -> list[dict[str, Any]]:
    """Return an error and what led to it, the last one first, as data: class, words, and frames without variables."""
    return [
        {
            "exc_type": type(one).__name__,
            "exc_value": _words(one),
            "is_cause": is_cause,
            "frames": _frames(one.__traceback__),
            "exceptions": [trace(part) for part in _parts(one)],
        }
        for one, is_cause in _chain(error)
    ]


def formatted_trace(error: BaseException) -> str:
    """Return the same as lines for a person."""
    lines = []
    for one, _ in _chain(error):
        lines.append(described(one))
        lines += [
            f"  {frame['filename']}:{frame['lineno']} {frame['name']}" for frame in _frames(one.__traceback__)
        ]
        for part in _parts(one):
            lines += ["  | " + line for line in formatted_trace(part).splitlines()]
    return "\n".join(lines)


def _words(error: BaseException) -> str:
    if type(error).__module__.startswith(FOR_VISITORS):
        return str(getattr(error, "code", ""))
    if type(error).__module__.startswith(OURS) or type(error) in OF_THE_PROGRAM:
        return str(error)
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, str(error.errno))
    driver = getattr(error, "orig", None)  # SQLAlchemy's errors hold the driver's, which hold asyncpg's
    if isinstance(driver, BaseException):
        return described(driver.__cause__ or driver)
    return " ".join(
        f"{name}={value}" for name in NAMES if isinstance(value := getattr(error, name, None), str)
    )


def _chain(error: BaseException) -> Iterator[tuple[BaseException, bool]]:
    """The error, then what it was raised from, and so on; whether that was said with `from`."""
    seen: set[int] = set()
    one: BaseException | None = error
    is_cause = False
    while one is not None and id(one) not in seen and len(seen) < MOST_ERRORS:
        seen.add(id(one))
        yield one, is_cause
        is_cause = one.__cause__ is not None
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _parts(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions[:MOST_ERRORS] if isinstance(error, BaseExceptionGroup) else ()


def _frames(where: TracebackType | None) -> list[dict[str, Any]]:
    frames = [
        {"filename": frame.f_code.co_filename, "lineno": number, "name": frame.f_code.co_name}
        for frame, number in traceback.walk_tb(where)
    ]
    if len(frames) > MOST_FRAMES:
        half = MOST_FRAMES // 2
        frames[half:-half] = []
    return frames
