"""Emoji that came with votes, as the API shows them."""

from collections.abc import Sequence
from typing import TypedDict

from service.forum.reactions import Reaction


class Reactions(TypedDict):
    """An emoji that people chose with their votes."""

    token: str
    url: str | None
    authors: list[str]
    count: int


def reactions_shape(rows: Sequence[Reaction] | None) -> list[Reactions] | None:
    """Return the Reactions of a post or comment; None where there never were any."""
    if rows is None:
        return None
    return [
        {"token": row.token, "url": row.url, "authors": list(row.authors), "count": row.count} for row in rows
    ]
