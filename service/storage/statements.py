"""Small pieces of SQL that the hot statements share."""

from typing import Any

from sqlalchemy import BindParameter, Integer, bindparam


def literal_limit(rows: int) -> BindParameter[Any]:
    """Return a LIMIT (or OFFSET) that is written into the statement instead of being sent as a parameter.

    With a bound LIMIT PostgreSQL plans the statement anew at every execution, which for a list of twenty posts costs
    several times the execution itself.

    Parameters:
        rows: how many rows.
    """
    return bindparam(None, rows, type_=Integer(), literal_execute=True)
