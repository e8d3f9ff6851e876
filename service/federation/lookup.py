"""Brings what a person asks for by its handle or address and this site does not know yet."""

from service.federation.budget import Budget
from service.federation.errors import Malformed
from service.federation.fetch import Fetcher, Missing
from service.federation.origin import host_of
from service.federation.receive.missing import Finder
from service.federation.vocabulary import ACTORS, CONTENT, Document, as_id, kind_of
from service.federation.webfinger import TYPES, Kind, WebFinger
from service.forum.events import DiscussionFound, FeedFound, HistoryRequested
from service.storage.outbox import record
from service.storage.transaction import Database

SIGNS: dict[str, Kind] = {"@": "person", "!": "community", "~": "feed"}


class Lookup:
    """Asks other servers on behalf of people; lives as long as the process.

    Parameters:
        webfinger, fetcher: the ways to ask.
        finder: stores what was found.
        database: keeps that a community's history is wanted.
        domain: this site's; nothing is asked of ourselves.
    """

    def __init__(
        self, webfinger: WebFinger, fetcher: Fetcher, finder: Finder, database: Database, domain: str
    ) -> None:
        self._webfinger = webfinger
        self._fetcher = fetcher
        self._finder = finder
        self._database = database
        self._own_host = host_of(f"https://{domain}") or domain

    async def bring(self, text: str) -> str | None:
        """Fetch and store what a text means on another server.

        Parameters:
            text: a `@person@host`, `!community@host` or `~feed@host`, or the address of a thing or of its page.

        Returns:
            The id of what is stored now; None if the text means nothing on another server.

        Raises:
            Missing: its server does not have it.
            Later: its server cannot be asked at the moment.
            Refused: it may not be asked, or has something that is not taken.
            StorageError: the database is away.
        """
        text, budget = text.strip(), Budget()
        if (kind := SIGNS.get(text[:1])) is not None:
            return await self._by_handle(kind, text[1:], budget)
        host = host_of(text)
        return None if host in {None, self._own_host} else await self._by_address(text, budget)

    async def _by_handle(self, kind: Kind, handle: str, budget: Budget) -> str | None:
        name, _, host = handle.partition("@")
        if not name or not host or host_of(f"https://{host}") in {None, self._own_host}:
            return None
        for url in await self._webfinger.ids(kind, name, host.lower(), budget):
            # A server that says nothing of its links may give the person of that name for a community.
            document = await self._fetcher.document(url, budget)
            if kind_of(document) in TYPES[kind]:
                await self._keep_actor(url, document)
                return url
        raise Missing(f"https://{host}")

    async def _by_address(self, url: str, budget: Budget) -> str:
        await self._finder.introduce(url)
        document = await self._fetcher.document(url, budget)
        kind = kind_of(document)
        if kind in ACTORS:
            await self._keep_actor(url, document)
        elif kind in CONTENT:
            await self._finder.thread(url, budget, document=document, is_history=True)
            await self._database.write(record, DiscussionFound(url=as_id(document) or url))
        else:
            raise Malformed(f"type: {kind or 'nothing'} is nothing that can be shown here.")
        return url

    async def _keep_actor(self, url: str, document: Document) -> None:
        row_id = await self._finder.keep_actor(url, document)
        kind = kind_of(document)
        if kind == "Group":
            await self._database.write(record, HistoryRequested(community_id=row_id))
        elif kind == "Feed":
            await self._database.write(record, FeedFound(feed_id=row_id))
