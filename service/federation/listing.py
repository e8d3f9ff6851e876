"""Reads what a collection of another server lists, page by page, and brings it thing by thing.

What cannot be had is left out: a list that breaks off, or one thing of it, keeps nothing else away.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

from service.federation.budget import Budget
from service.federation.errors import Refused
from service.federation.fetch import Later
from service.federation.read.collections import collection_from
from service.federation.receive.missing import Finder
from service.federation.vocabulary import Document
from service.forum.errors import ForumError

log = structlog.get_logger()

Named = str | Document  # by its address, or embedded


class Listed(NamedTuple):
    """What a collection lists.

    Attributes:
        ids: of what is in it, in its order.
        items: those that are embedded.
        is_all: nothing follows, and nothing was refused.
    """

    ids: list[str]
    items: list[Document]
    is_all: bool


async def read_listed(
    fetch: Callable[[Named], Awaitable[Document]], named: Named, *, pages: int = 1
) -> Listed:
    """Return what a collection lists.

    Parameters:
        fetch: brings the collection, and each of its pages, as they are named.
        named: the collection.
        pages: so many that have something in them are read.

    Raises:
        Later: its server cannot be asked at the moment.
    """
    listed = Listed([], [], True)
    following: Named | None = named
    while following is not None and pages > 0:
        try:
            page = collection_from(await fetch(following))
        except Later:
            raise
        except Refused as refusal:
            log.info("collection_not_read", reason=refusal.reason)
            break
        if not page.ids and following is not named:
            break  # a page without anything may go on like that for ever
        listed.ids.extend(page.ids)
        listed.items.extend(page.items)
        pages -= bool(page.ids)
        following = page.following
    return listed._replace(is_all=following is None)


async def bring_listed(finder: Finder, url: str, budget: Budget, *, via: str | None = None) -> None:
    """Bring one thing of a list with what stands above it, and tell nobody.

    Parameters:
        via: the community that lists it.

    Raises:
        StorageError: the database is away.
    """
    try:
        await finder.thread(url, budget, via=via, is_history=True)
    except (Refused, ForumError) as refusal:
        log.info("listed_thing_not_had", reason=getattr(refusal, "reason", type(refusal).__name__))
