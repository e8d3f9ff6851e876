"""Works off what was received: takes a batch, finds what it names, does it, all in few transactions.

A row that needs something from another server is set aside while that is fetched, and with it the later rows about the
same thing; all others go on. What fails by itself is tried again later and given up after the tenth time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import log as sending
from service.federation.deliver.outgoing import Outgoing
from service.federation.errors import Refused
from service.federation.fetch import Fetcher, Later
from service.federation.memory import Memory
from service.federation.origin import host_of
from service.federation.receive import queue, rules
from service.federation.receive.act import Act
from service.federation.receive.announcing import Announcement, wrapped
from service.federation.receive.known import Known
from service.federation.receive.missing import Finder, Lacking, ids_of, lacking
from service.federation.receive.plan import Item, Step, in_levels, read, split
from service.federation.receive.voting import cast_votes
from service.forum.errors import ForumError
from service.logs import described
from service.storage.clock import utcnow
from service.storage.transaction import Database, StorageError

log = structlog.get_logger()

BATCH = 400
RUN = 50  # rows of one transaction that are no votes
ASIDE = 1000  # rows for which something is fetched, or that wait for one of those
AT_ONCE = 32  # fetches
PUT_OFF = 30.0  # seconds, for what finds no place aside
MOST_HELD = 10_000
HEARD_EVERY = 60.0  # seconds

# What became of an activity, for the counters: its type, and `done` or the reason.
Note = Callable[[str, str], None]
Outcome = tuple[str, str]

DONE = "done"


class _Aside:
    """Rows that wait until something was fetched for the first of them."""

    def __init__(self) -> None:
        self.seqs: set[int] = set()


class Drain:
    """Works off the rows of some lanes; lives as long as the process.

    Parameters:
        database: this process's.
        fetcher: asks other servers.
        domain: this site's.
        note: counts what became of an activity.
    """

    def __init__(self, database: Database, fetcher: Fetcher, domain: str, note: Note) -> None:
        self._database = database
        self._domain = domain
        self._own_host = host_of(f"https://{domain}") or domain
        self._note = note
        self._fetcher = fetcher
        self._finder = Finder(fetcher, database, domain)
        self._aside: dict[str, _Aside] = {}  # by what its rows are about
        self._held: Memory[str, int] = Memory(
            MOST_HELD
        )  # rows that failed, by what they are about, until their time
        self._heard: Memory[str, bool] = Memory(MOST_HELD)  # hosts whose speaking was written down lately
        self._left: set[str] = set()  # what rows are about that this batch leaves for later
        self._fetching: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self.fetched = asyncio.Event()  # rows that were set aside can be taken again

    @property
    def waiting(self) -> int:
        """How many rows wait for other servers."""
        return len(self._seqs_aside())

    async def step(self, lanes: Collection[int]) -> int:
        """Take a batch and work on it; return how many rows were taken.

        Raises:
            StorageError: the database is away; nothing is lost.
        """
        self.fetched.clear()
        self._left.clear()
        async with self._database.read() as db:
            rows = await queue.take(db, lanes, BATCH, self._seqs_aside())
        await self._note_hosts({row.host for row in rows if not self._heard.get(row.host)})
        items = [read(row, self._listens_to) for row in rows]
        await self._drop([item for item in items if item.refusal is not None])
        for level in in_levels([item for item in items if item.refusal is None]):
            await self._work_on(level)
        return len(rows)

    def _listens_to(self, host: str) -> bool:
        return host == self._own_host or self._fetcher.may_ask(host)

    async def settle(self) -> None:
        """Wait until nothing is being fetched."""
        while self._fetching:
            await asyncio.wait(set(self._fetching))

    async def stop(self) -> None:
        """Stop fetching; the rows stay where they are."""
        for task in self._fetching:
            task.cancel()
        if self._fetching:
            await asyncio.wait(set(self._fetching))

    async def _note_hosts(self, hosts: Collection[str]) -> None:
        if hosts:
            await self._database.write(queue.heard_from, hosts)
            for host in hosts:
                self._heard.put(host, True, HEARD_EVERY)

    # A level: nothing in it depends on anything else in it

    async def _work_on(self, level: Sequence[Item]) -> None:
        free = [item for item in level if not await self._has_to_wait(item)]
        known = await self._finder.look_up(
            [one for item in free for step in item.steps for one in ids_of(step)]
        )
        ready: list[Item] = []
        for item in free:
            wanted = [(step, lack) for step in item.steps if (lack := lacking(step, known, self._own_host))]
            if not wanted:
                ready.append(item)
            elif not await self._has_to_wait(item):
                await self._fetch_for(item, wanted)
        others, votes = split(ready)
        for at in range(0, len(others), RUN):
            await self._apply(others[at : at + RUN], known, self._do_others)
        if votes:
            await self._apply(votes, known, self._do_votes)

    async def _apply(self, items: Sequence[Item], known: Known, work: "Work") -> None:
        """Do a run in one transaction; one that fails is done again, each row for itself."""
        try:
            outcomes = await self._database.write(work, items, known)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not hold up the others
            if len(items) > 1:
                for item in items:
                    if not (item.abouts | item.needs).isdisjoint(self._left):
                        continue
                    fresh = await self._finder.look_up([one for step in item.steps for one in ids_of(step)])
                    await self._apply([item], fresh, work)
                return
            await self._fail(items[0], error)
        else:
            for kind, outcome in outcomes:
                self._note(kind, outcome)
            for item in items:
                self._let_go(item)

    async def _do_others(self, session: AsyncSession, items: Sequence[Item], known: Known) -> list[Outcome]:
        there = await queue.done(session, [item.row.seq for item in items])
        outcomes: list[Outcome] = []
        announcements: list[Announcement] = []
        outgoing: list[Outgoing] = []
        for item in items:
            if item.row.seq not in there:
                continue
            for step in item.steps:
                act = self._act(step, known)
                outcomes.append(
                    (act.activity.kind, await self._do_one(session, act, announcements, outgoing))
                )
        outgoing += await wrapped(session, announcements, self._domain)
        await sending.append(session, outgoing)
        return outcomes

    async def _do_one(
        self,
        session: AsyncSession,
        act: Act,
        announcements: list[Announcement],
        outgoing: list[Outgoing],
    ) -> str:
        """Do one activity or nothing of it."""
        try:
            async with session.begin_nested():
                is_told = await rules.perform(session, act)
                await session.flush()
        except Refused as refusal:
            _say(act.step, refusal.reason, str(refusal))
            return refusal.reason
        except ForumError as refusal:
            _say(act.step, refusal.code, refusal.message)
            return refusal.code
        finally:
            # The next one is to see what the statements of this one changed.
            session.expunge_all()
        outgoing += act.outgoing
        if is_told and act.step.activity.via is None and act.told_in is not None:
            announcements.append(Announcement(act, act.told_in))
        return DONE

    async def _do_votes(self, session: AsyncSession, items: Sequence[Item], known: Known) -> list[Outcome]:
        there = await queue.done(session, [item.row.seq for item in items])
        acts = [self._act(step, known) for item in items if item.row.seq in there for step in item.steps]
        outcomes, announcements = await cast_votes(session, acts)
        await sending.append(session, await wrapped(session, announcements, self._domain))
        return outcomes

    def _act(self, step: Step, known: Known) -> Act:
        return Act(step=step, known=known, domain=self._domain, now=utcnow())

    async def _drop(self, items: Sequence[Item]) -> None:
        """Forget rows in which nothing can be read; each is counted."""
        if not items:
            return
        await self._database.write(queue.done, [item.row.seq for item in items])
        for item in items:
            reason = item.refusal.reason if item.refusal is not None else DONE
            self._note(item.row.kind, reason)
            log.info("activity_dropped", kind=item.row.kind, host=item.row.host, words=str(item.refusal))

    async def _fail(self, item: Item, error: Exception) -> None:
        self._left |= item.abouts
        seconds, is_parked = await self._database.write(queue.fail, item.row.seq, described(error))
        self._note(item.row.kind, "parked" if is_parked else "failed")
        if not is_parked:
            self._hold(item, seconds)
        log.warning(
            "activity_failed", kind=item.row.kind, host=item.row.host, again_in=seconds, exc_info=error
        )

    # What waits

    def _seqs_aside(self) -> set[int]:
        return {seq for aside in self._aside.values() for seq in aside.seqs}

    async def _has_to_wait(self, item: Item) -> bool:
        """Leave a row for later if an earlier one about the same thing, or what it answers, is left."""
        concerns = item.abouts | item.needs
        if any(self._held.get(one) == item.row.seq for one in item.abouts):
            self._let_go(item)  # its time has come
        first = next((self._aside[one] for one in concerns if one in self._aside), None)
        is_held = any(self._held.get(one) is not None for one in concerns)
        if first is None and not is_held and concerns.isdisjoint(self._left):
            return False
        self._left |= item.abouts
        if first is not None and self.waiting < ASIDE:
            self._set_aside(item, first)
        elif first is not None or is_held:
            await self._database.write(queue.put_off, [item.row.seq], PUT_OFF)
        return True

    async def _fetch_for(self, item: Item, wanted: Sequence[tuple[Step, Lacking]]) -> None:
        """Fetch what a row needs, beside everything else."""
        self._left |= item.abouts
        if self.waiting >= ASIDE:
            await self._database.write(queue.put_off, [item.row.seq], PUT_OFF)
            return
        aside = _Aside()
        self._set_aside(item, aside)
        task = asyncio.create_task(self._fetch(item, wanted, aside), name="fetch for an activity")
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    def _set_aside(self, item: Item, aside: "_Aside") -> None:
        aside.seqs.add(item.row.seq)
        for about in item.abouts:
            self._aside.setdefault(about, aside)

    def _release(self, aside: "_Aside") -> None:
        self._aside = {about: other for about, other in self._aside.items() if other is not aside}
        self.fetched.set()

    def _hold(self, item: Item, seconds: float) -> None:
        """Let later rows about the same thing wait for one that is tried again."""
        for about in item.abouts:
            self._held.put(about, item.row.seq, seconds + PUT_OFF)

    def _let_go(self, item: Item) -> None:
        for about in item.abouts:
            self._held.forget(about)

    async def _fetch(self, item: Item, wanted: Sequence[tuple[Step, Lacking]], aside: "_Aside") -> None:
        try:
            async with self._places:
                for step, lack in wanted:
                    await self._finder.bring(step, lack)
        except Later as later:
            seconds = await self._database.write(_postpone, item.row.seq, aside.seqs, str(later))
            self._hold(item, seconds)
            self._note(item.row.kind, "waits")
        except (Refused, ForumError) as refusal:
            await self._without(item, refusal)
        except StorageError as error:
            log.warning("fetch_interrupted", error=error)
        except Exception as error:  # noqa: BLE001 - the task has nobody who would see it
            await self._fail(item, error)
        else:
            self._let_go(item)
        finally:
            self._release(aside)

    async def _without(self, item: Item, refusal: Exception) -> None:
        """Do what can be done without what cannot be had: of several activities in one, those that lack nothing."""
        if len(item.steps) > 1:
            known = await self._finder.look_up([one for step in item.steps for one in ids_of(step)])
            await self._apply([item], known, self._do_others)
            return
        await self._database.write(queue.done, [item.row.seq])
        reason = str(getattr(refusal, "reason", None) or getattr(refusal, "code", "refused"))
        self._note(item.row.kind, reason)
        _say(item.steps[0], reason, str(refusal))


Work = Callable[[AsyncSession, Sequence[Item], Known], Awaitable[list[Outcome]]]


async def _postpone(session: AsyncSession, seq: int, aside: Collection[int], error: str) -> float:
    """Let a row wait for another server, and those behind it as long; return the seconds."""
    seconds, _ = await queue.fail(session, seq, error)
    await queue.put_off(session, sorted(set(aside) - {seq}), seconds + 1)
    return seconds


def _say(step: Step, reason: str, words: str) -> None:
    log.info(
        "activity_not_done",
        kind=step.activity.kind,
        actor=step.activity.actor[:200],
        object=(step.activity.object_id or "")[:200],
        reason=reason,
        words=words[:200],
    )
