"""What lists of posts share: the words of an address (feed, sort, cursor) -> a feed's page and the links around it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from quart import request

from service.forum.accounts.viewer import Viewer
from service.forum.feeds.choices import SORT_MENU, Sort
from service.http.web.frame.helpers import with_query

PAGE = 20
SEARCH_LENGTH = 100


class Link(msgspec.Struct, frozen=True):
    """A link of a menu or of tabs; `current` where we are."""

    url: str
    words: str
    current: bool


def wanted_sort(viewer: Viewer | None, word: str | None = None) -> Sort:
    """Return the sort that the address asks for, else the viewer's own, else Hot."""
    usual = viewer.default_sort if viewer else Sort.HOT
    return Sort.named(word or request.args.get("sort"), usual)


def sort_links(path: str, current: Sort, **query: str | None) -> list[Link]:
    """Return the links of the sort menu.

    Parameters:
        path: of the list.
        current: how it is sorted now.
        query: what else the address says.
    """
    return [
        Link(with_query(path, **query, sort=sort.value), sort.label, sort is current) for sort in SORT_MENU
    ]


def tabs(
    path: str, parameter: str, current: str, choices: Mapping[str, str], **query: str | None
) -> list[Link]:
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


def search_words(name: str = "q", most: int = SEARCH_LENGTH) -> str:
    """Return what the address searches for, or narrows a list to; no more of it than `most` characters."""
    return request.args.get(name, "").replace("\0", "").strip()[:most]


def next_page(path: str, cursor: str | None, **query: Any) -> str | None:
    """Return the address of the following page; None at the end."""
    return with_query(path, **query, after=cursor) if cursor else None


def page_after(path: str, number: int, has_more: bool, /, **query: str | None) -> str | None:
    """Return the address of the page after this one, where pages are counted; None at the end.

    Parameters:
        path, query: where the list stands.
        number: of this page, from 1.
    """
    return with_query(path, **query, page=str(number + 1)) if has_more else None
