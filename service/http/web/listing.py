"""What lists of posts share: the words of an address (feed, sort, cursor) -> a feed's page and the links around it."""

from typing import Any

import msgspec
from quart import request

from service.forum.accounts.viewer import Viewer
from service.forum.feeds.rules import Sort, sort_from
from service.http.web.rendering import with_query

SORTS: tuple[tuple[Sort, str], ...] = (
    (Sort.HOT, "Hot"),
    (Sort.NEW, "New"),
    (Sort.ACTIVE, "Active"),
    (Sort.SCALED, "Scaled"),
    (Sort.TOP_HOUR, "Top of the hour"),
    (Sort.TOP_SIX_HOURS, "Top of six hours"),
    (Sort.TOP_DAY, "Top of the day"),
    (Sort.TOP_WEEK, "Top of the week"),
    (Sort.TOP_MONTH, "Top of the month"),
    (Sort.TOP_YEAR, "Top of the year"),
    (Sort.TOP_ALL, "Top of all time"),
    (Sort.OLD, "Old"),
)
PAGE = 20


class Link(msgspec.Struct, frozen=True):
    """A link of a menu or of tabs; `current` where we are."""

    url: str
    words: str
    current: bool


def wanted_sort(viewer: Viewer | None, word: str | None = None) -> Sort:
    """Return the sort that the address asks for, else the viewer's own, else Hot."""
    return sort_from(word or request.args.get("sort"), sort_from(viewer.default_sort if viewer else None))


def sort_links(path: str, current: Sort, **query: str | None) -> list[Link]:
    """Return the links of the sort menu.

    Parameters:
        path: of the list.
        current: how it is sorted now.
        query: what else the address says.
    """
    return [Link(with_query(path, **query, sort=sort.value), words, sort is current) for sort, words in SORTS]


def tabs(path: str, parameter: str, current: str, choices: dict[str, str], **query: str | None) -> list[Link]:
    """Return links that differ in one query parameter.

    Parameters:
        path: of the list.
        parameter: the name of what differs.
        current: its value now.
        choices: its values and their words; the first is what the path means without it.
        query: what else the address says.
    """
    first = next(iter(choices))
    return [
        Link(
            with_query(path, **query, **{parameter: None if value == first else value}),
            words,
            value == current,
        )
        for value, words in choices.items()
    ]


def next_page(path: str, cursor: str | None, **query: Any) -> str | None:
    """Return the address of the following page; None at the end."""
    return with_query(path, **query, after=cursor) if cursor else None
