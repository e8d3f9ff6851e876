"""Small pieces of SQL that the hot statements share."""

from typing import Any

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Integer, bindparam, cast, select


def literal_limit(rows: int) -> BindParameter[Any]:
    """Return a LIMIT (or OFFSET) that is written into the statement instead of being sent as a parameter.

    With a bound LIMIT PostgreSQL plans the statement anew at every execution, which for a list of twenty posts costs
    several times the execution itself.

    Parameters:
        rows: how many rows.
    """
    return bindparam(None, rows, type_=Integer(), literal_execute=True)


def array_of_any_length(ids: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return an array of ids whose length the planner cannot see.

    For an array parameter it finds the plan for that very length cheaper than one for any length whenever the array
    is short, and so plans the statement anew at every execution: 3 ms for the one post of a page that is read in 0.3.

    Parameters:
        ids: a bound array of integers.
    """
    return cast(select(ids).scalar_subquery(), ARRAY(Integer))
