"""Small pieces of SQL that the hot statements share."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)

# The id of a row in a statement: as a column or a parameter of it brings it, or as a value.
IdColumn = SQLColumnExpression[int] | SQLColumnExpression[int | None]
Id = IdColumn | int | None


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


def among(column: Any, ids: Select[Any]) -> ColumnElement[bool]:
    """SQL: the column is one of a short list, which is read once.

    As an array, because the planner takes half of the rows to pass an `IN (SELECT …)` that it cannot turn into a join,
    and five of those in a row lead it away from the index that has the feed's order.
    """
    listed: ColumnElement[bool] = column == any_(func.array(ids.scalar_subquery()))
    return listed


def not_among(column: Any, ids: Select[Any]) -> ColumnElement[bool]:
    """SQL: the column is NULL or none of a short list, which is read once.

    As a comparison of an expression that has no statistics, which the planner expects nearly every row to pass. On a
    site where all posts come from one instance it would expect none to pass `instance_id <> ALL (…)`.
    """
    listed = cast(column == any_(func.array(ids.scalar_subquery())), Integer)
    return func.coalesce(listed, literal_column("0")) != literal_column("1")
