"""Brings what activities name and the tables do not have: actors, posts with all that stands above a comment.

Everything that is fetched passes the same reading, the same lists and the same rules as what is sent to us. Nothing
holds a connection while another server is asked.
"""

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.budget import FETCHES, Budget, check_level
from service.federation.errors import Malformed, NotTheirs, Refused
from service.federation.fetch import Fetcher, Later
from service.federation.memory import Memory
from service.federation.origin import host_of, same_origin
from service.federation.read.activities import Activity
from service.federation.read.actors import actor_from
from service.federation.read.collections import collection_from
from service.federation.read.content import Content, content_from
from service.federation.receive import actors
from service.federation.receive.burying import as_told_by
from service.federation.receive.effects import content as contents
from service.federation.receive.known import Collection as FeedOfOthers
from service.federation.receive.known import Group, Known, Person, Thing
from service.federation.receive.looking_up import look_again, look_up
from service.federation.receive.naming import Named, wanted_by
from service.federation.receive.plan import VOTES, WRITINGS, Step
from service.federation.vocabulary import ACTORS, Document, kind_of
from service.forum.errors import ForumError
from service.storage.clock import utcnow
from service.storage.tables import Community, CommunityMember, User
from service.storage.transaction import Database

MOST_ALIASES = 20_000
ALIAS_FOR = 86_400.0  # seconds
PER_STEP = 2  # fetches for each further activity in one row
MOST_PLACES = 2  # addresses of a post that are looked at to find its community
# Activities whose object is worth asking for; what takes something back, or ends it, is about what is here.
ASKING = VOTES | {"Add", "Flag", "PollVote", "ChooseAnswer", "Announce", "Block", "Update"}

_HAS_PRIVATE = select(
    exists().where(
        Community.private.is_(True),
        ~Community.is_local,
        Community.ap_domain == bindparam("host"),
        CommunityMember.community_id == Community.id,
        User.id == CommunityMember.user_id,
        User.is_local,
    )
)


class Lacking(msgspec.Struct, frozen=True):
    """What an activity names and the tables do not have."""

    actors: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.actors or self.contents or self.activities)


def ids_of(step: Step) -> list[str]:
    """Return all ids that an activity names."""
    activity, inner, content = step.activity, step.inner, step.content
    named = [
        activity.actor,
        activity.object_id,
        activity.target,
        activity.via,
        activity.audience,
        *activity.others,
    ]
    if inner is not None:
        named += [inner.actor, inner.object_id, inner.target, inner.audience, *inner.others]
    if content is not None:
        named += [as_told_by(activity.via, content.id)] if activity.via is not None else []
        named += [content.author, content.parent, *content.addressed, *content.groups]
    return [one for one in named if one]


def lacking(step: Step, known: Known, own_host: str, refreshed: bool = False) -> Lacking:
    """Return what has to be fetched before an activity can be understood.

    Parameters:
        step: the activity.
        known: what the tables have.
        own_host: this site's; nothing is asked of ourselves.
        refreshed: an actor that says it has changed was asked already.
    """
    activity, wanted = step.activity, step.wanted
    if activity.via is not None and not _is_heard(activity.via, known):
        return Lacking()
    people = [activity.actor] if known.find(activity.actor) is None else []
    if people and activity.kind in {"Delete", "Undo"}:
        return Lacking()
    if (name := wanted_by(step)) is not None:
        return Lacking(activities=(name,) if same_origin(name, activity.actor) else ())
    things: list[str] = []
    if step.content is not None and activity.kind in WRITINGS:
        people += [step.content.author] if known.find(step.content.author) is None else []
        parent = step.content.parent
        if parent is not None and known.find(parent) is None and known.find(step.content.id) is None:
            things.append(parent)
    elif activity.kind == "Update" and _is_actor(activity, known):
        # What an actor says of itself is believed when it is fetched from it, with its keys.
        people += [activity.object_id] if activity.object_id and not refreshed else []
    elif activity.kind == "Move" and isinstance(known.find(activity.object_id), Thing):
        people += [activity.target] if activity.target and known.find(activity.target) is None else []
    elif activity.kind in ASKING and wanted.object_id and known.find(wanted.object_id) is None:
        named = people if activity.kind == "Block" or wanted.object_kind in ACTORS else things
        if activity.kind != "Announce" or _is_followed(activity.actor, known):
            named.append(wanted.object_id)
    ours = {one for one in (*people, *things) if host_of(one) == own_host}
    return Lacking(
        tuple(dict.fromkeys(one for one in people if one not in ours)),
        tuple(dict.fromkeys(one for one in things if one not in ours and one not in known.buried)),
    )


class Finder:
    """Fetches and stores what is missing.

    Parameters:
        fetcher: asks other servers.
        database: where it is stored.
        domain: this site's.
    """

    def __init__(self, fetcher: Fetcher, database: Database, domain: str) -> None:
        self._fetcher = fetcher
        self._database = database
        self._domain = domain
        self._own_host = host_of(f"https://{domain}") or domain
        self._aliases: Memory[str, str] = Memory(MOST_ALIASES)
        self._refreshed: Memory[int, bool] = Memory(MOST_ALIASES)
        self.named = Named()

    async def look_up(self, ids: Sequence[str]) -> Known:
        """Find in the tables what has these ids, or the ids that were found behind them."""
        async with self._database.read() as db:
            return await self.look_up_in(db, ids)

    async def look_up_in(self, db: AsyncConnection, ids: Sequence[str], done: Sequence[str] = ()) -> Known:
        """Find it by a connection, which sees what its transaction has changed.

        Parameters:
            done: names of activities, which may have been taken back.
        """
        aliases = self._aliases_of(ids)
        known = await look_up(db, [*ids, *aliases.values()], self._domain, done)
        _let_aliases_mean(known, aliases)
        return known

    async def look_again(self, db: AsyncConnection, known: Known, ids: Sequence[str]) -> None:
        """Find those things anew that may have come or changed since."""
        aliases = self._aliases_of(ids)
        await look_again(db, known, [*ids, *aliases.values()])
        _let_aliases_mean(known, aliases)

    def _aliases_of(self, ids: Sequence[str]) -> dict[str, str]:
        return {one: found for one in ids if (found := self._aliases.get(one))}

    def lacking(self, step: Step, known: Known) -> Lacking:
        """Return what has to be fetched before an activity can be understood."""
        refreshed = self._refreshed.get(step.row.seq) is not None
        return lacking(step, known, self._own_host, refreshed)

    async def bring(self, wanted: Sequence[tuple[Step, Lacking]]) -> list[Refused | ForumError]:
        """Fetch and store what the activities of one row lack; what cannot be had keeps nothing else away.

        Parameters:
            wanted: each activity with what it lacks; all share one budget.

        Returns:
            Why something cannot be had; Later where that may change.

        Raises:
            StorageError: the database is away.
        """
        budget = Budget(fetches=FETCHES + PER_STEP * (len(wanted) - 1))
        troubles: list[Refused | ForumError] = []
        for step, lack in wanted:
            try:
                await self._bring_for(step, lack, budget)
            except (Refused, ForumError) as trouble:
                troubles.append(trouble)
        return troubles

    async def _bring_for(self, step: Step, wanted: Lacking, budget: Budget) -> None:
        for url in wanted.actors:
            await self.actor(url, budget)
        self._refreshed.put(step.row.seq, True, ALIAS_FOR)
        for name in wanted.activities:
            self.named.put(name, await self._fetcher.document(name, budget))
        for url in wanted.contents:
            await self.thread(url, budget, via=step.activity.via or _announcer(step))

    async def actor(self, url: str, budget: Budget) -> int:
        """Fetch an actor and store it; return its row's id.

        Raises:
            Refused: it cannot be had; Later where that may change.
            StorageError: the database is away.
        """
        return await self.keep_actor(url, await self._fetcher.document(url, budget))

    async def keep_actor(self, url: str, document: Document) -> int:
        """Store an actor whose document was fetched from an address; return its row's id.

        Raises:
            Refused: it is none.
            StorageError: the database is away.
        """
        if kind_of(document) not in ACTORS:
            raise Malformed("What was fetched is no actor.")
        actor = actor_from(document, utcnow())
        if actor.id != url:
            self._aliases.put(url, actor.id, ALIAS_FOR)
        return await self._database.write(actors.store_actor, actor, domain=self._domain)

    async def moderators(self, group: Group, budget: Budget) -> None:
        """Fetch who moderates a community of another server, and store it.

        Raises:
            As actor.
        """
        if group.moderators is None or host_of(group.moderators) != host_of(group.url):
            raise NotTheirs("That community does not say who moderates it.")
        found = collection_from(await self._fetcher.document(group.moderators, budget))
        known = await self.look_up(found.ids)
        for url in found.ids:
            if known.find(url) is None and host_of(url) != host_of(f"https://{self._domain}"):
                await self.actor(url, budget)
        known = await self.look_up(found.ids)
        people = [person.id for url in found.ids if (person := known.person(url))]
        await self._database.write(actors.store_moderators, group.id, people)

    async def introduce(self, url: str) -> None:
        """Say who asks, of a server that has a private community with members here: it answers nobody else."""
        host = host_of(url) or ""
        async with self._database.read() as db:
            if await db.scalar(_HAS_PRIVATE, {"host": host}):
                self._fetcher.sign_for(host)

    async def thread(
        self,
        url: str,
        budget: Budget,
        *,
        document: Document | None = None,
        via: str | None = None,
        is_history: bool = False,
    ) -> None:
        """Fetch something that was written with all that stands above it, and store it from the root down.

        Parameters:
            document: what was fetched from there a moment ago.
            via: the community that names it.
            is_history: nobody is told of it.

        Raises:
            As actor.
        """
        await self.introduce(url)
        chain = await self._chain(url, budget, document)
        for one in chain:
            known = await self.look_up(_named_by(one))
            if known.find(one.author) is None:
                await self.actor(one.author, budget)
                known = await self.look_up(_named_by(one))
            if one.parent is None and await self._place(one, known, budget):
                known = await self.look_up(_named_by(one))
            if known.find(one.id) is None:
                await self._database.write(
                    contents.stand_fetched, one, known, domain=self._domain, via=via, is_history=is_history
                )

    async def _place(self, one: Content, known: Known, budget: Budget) -> bool:
        """Fetch the community that a post is addressed to, unless one of those is known; return whether it came."""
        named = [*one.groups, *one.addressed]
        if any(known.group(url) for url in named):
            return False
        for url in [url for url in named if known.find(url) is None][:MOST_PLACES]:
            try:
                document = await self._fetcher.document(url, budget)
            except Later:
                raise
            except Refused:
                continue  # a collection of followers, for example, that is shown to nobody
            if kind_of(document) == "Group":
                await self.keep_actor(url, document)
                return True
        return False

    async def _chain(self, url: str, budget: Budget, document: Document | None) -> list[Content]:
        """Return what is not here yet, the root first; of the last one the document may be known."""
        chain: list[Content] = []
        wanted: str | None = url
        while wanted is not None:
            check_level(len(chain))
            one = content_from(document or await self._fetcher.document(wanted, budget), utcnow())
            document = None
            if one.is_message:
                raise Refused("message", "A private message is nothing to be fetched.")
            if one.id != wanted:
                self._aliases.put(wanted, one.id, ALIAS_FOR)
            known = await self.look_up([one.id, *([one.parent] if one.parent else [])])
            if known.find(one.id) is not None:
                break
            chain.append(one)
            wanted = one.parent if known.find(one.parent) is None else None
        return chain[::-1]


def _let_aliases_mean(known: Known, aliases: Mapping[str, str]) -> None:
    for alias, identity in aliases.items():
        if identity in known.things:
            known.things[alias] = known.things[identity]
        elif identity.lower() in known.actors:
            known.actors[alias.lower()] = known.actors[identity.lower()]


def _announcer(step: Step) -> str | None:
    return step.activity.actor if step.activity.kind == "Announce" else None


def _is_actor(activity: Activity, known: Known) -> bool:
    found = known.find(activity.object_id)
    return activity.object_kind in ACTORS or isinstance(found, Person | Group | FeedOfOthers)


def _is_heard(via: str, known: Known) -> bool:
    """Whether what somebody announces is looked at: a feed, or a community that somebody here follows."""
    return isinstance(known.find(via), FeedOfOthers) or _is_followed(via, known)


def _is_followed(identity: str, known: Known) -> bool:
    found = known.find(identity)
    return isinstance(found, Group) and found.followed


def _named_by(content: Content) -> list[str]:
    return [
        one
        for one in (content.id, content.author, content.parent, *content.addressed, *content.groups)
        if one is not None
    ]
