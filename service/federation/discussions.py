"""Brings what was said below something of another server, once somebody here has found that.

A conversation is asked for where the thing names one of its own server; else its replies, as microblogs give them. Each
answer comes from its own server, and stands only below what it answers.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/7888/fep-7888.md, FEP-f228 and
https://www.w3.org/TR/activitystreams-vocabulary/#dfn-replies
"""

import time
from functools import partial

from service.federation.budget import Budget
from service.federation.errors import NotTheirs
from service.federation.fetch import Fetcher
from service.federation.listing import Named, bring_listed, read_listed
from service.federation.origin import same_origin
from service.federation.read.content import Content, content_from
from service.federation.receive.missing import Finder
from service.federation.vocabulary import Document, as_document, as_id, kind_of
from service.storage.clock import utcnow

MOST_ANSWERS = 100
MOST_PAGES = 2
FETCHES, SECONDS, BYTES = 120, 60.0, 10 * 1024 * 1024


async def read_discussion(fetcher: Fetcher, finder: Finder, url: str) -> int:
    """Bring what was said below a post or comment that is here; return how many answers its server names.

    Parameters:
        url: its id.

    Raises:
        Refused: it cannot be had; Later where that may change.
        StorageError: the database is away.
    """
    budget = Budget(fetches=FETCHES, bytes=BYTES, ends_at=time.monotonic() + SECONDS)
    thing = content_from(await fetcher.document(url, budget), utcnow())
    answers = await _answers(fetcher, thing, budget)
    known = await finder.look_up(answers)
    for answer in answers:
        if known.find(answer) is None and answer != thing.id:
            await bring_listed(finder, answer, budget)
    return len(answers)


async def _answers(fetcher: Fetcher, thing: Content, budget: Budget) -> list[str]:
    """Return the ids of the answers: of the conversation, else of the replies that the thing itself names."""
    for named in (thing.context, thing.replies):
        if named is None:
            continue
        read = partial(_document, fetcher, thing.id, budget)
        if found := (await read_listed(read, named, pages=MOST_PAGES)).ids:
            return list(dict.fromkeys(found))[:MOST_ANSWERS]
    return []


async def _document(fetcher: Fetcher, home: str, budget: Budget, named: Named) -> Document:
    """Return a collection; of a conversation that has its posts at an address of their own, those.

    Parameters:
        home: an address of the server; nothing is asked of another one.
    """
    document = as_document(named) or await _fetched(fetcher, named, home, budget)
    if kind_of(document) == "Conversation":
        return await _fetched(fetcher, as_id(document.get("posts")), home, budget)
    return document


async def _fetched(fetcher: Fetcher, url: object, home: str, budget: Budget) -> Document:
    if not isinstance(url, str) or not same_origin(url, home):
        raise NotTheirs("A conversation is told by the server that it began at.")
    return await fetcher.document(url, budget)
