"""Works off what was received: takes a batch, finds what it names, does it, all in few transactions.

A row that needs something from another server is set aside while that is fetched, and with it the later rows about the
same thing (of a vote or a follow: by the same person); all others go on. What fails by itself is tried again later and
given up after the tenth time.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import Refused
from service.federation.fetch import Fetcher, Later
from service.federation.memory import Memory
from service.federation.origin import host_of
from service.federation.receive import queue
from service.federation.receive.burying import names_of
from service.federation.receive.doing import Effects, reason_of, say_refused
from service.federation.receive.known import Known
from service.federation.receive.looking_up import hold_posts
from service.federation.receive.missing import Finder, Lacking, ids_of
from service.federation.receive.naming import wanted_by
from service.federation.receive.plan import Item, Step, in_levels, read
from service.federation.receive.voting import DONE, Outcome
from service.forum.errors import ForumError
from service.logs import described
from service.storage.transaction import Database, StorageError

log = structlog.get_logger()

BATCH = 200  # rows of one transaction
ASIDE = 1000  # rows for which something is fetched, or that wait for one of those
AT_ONCE = 32  # fetches
PUT_OFF = 30.0  # seconds, for what finds no place aside
MOST_HELD = 10_000
HEARD_EVERY = 60.0  # seconds
WAITED_FOR = 2  # times that several activities in one row wait for servers that are late

# What became of an activity, for the counters: its type, and `done` or the reason.
Note = Callable[[str, str], None]


class _Aside:
    """Rows that wait until something was fetched for the first of them."""

    def __init__(self) -> None:
        self.seqs: set[int] = set()
        self.is_over = False  # nobody would release what is added afterwards


class _Batch:
    """What has come of a batch, in one attempt at it.

    Attributes:
        outcomes: what became of each activity.
        done: rows that are worked off.
        left: what those rows hold that are left for later.
        wanting: rows for which something is to be fetched.
        behind: rows that wait with an earlier one.
        put_off: rows that wait for themselves.
    """

    def __init__(self) -> None:
        self.outcomes: Sequence[Outcome] = ()
        self.done: Sequence[Item] = ()
        self.left: set[str] = set()
        self.wanting: list[tuple[Item, list[tuple[Step, Lacking]]]] = []
        self.behind: list[tuple[Item, _Aside]] = []
        self.put_off: list[int] = []


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
        self._aside: dict[str, _Aside] = {}  # by what its rows hold
        self._held: Memory[str, int] = Memory(
            MOST_HELD
        )  # rows that failed, by what they hold, until their time
        self._heard: Memory[str, bool] = Memory(MOST_HELD)  # hosts whose speaking was written down lately
        self._most = BATCH
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
        async with self._database.read() as db:
            rows = await queue.take(db, lanes, self._most, self._seqs_aside())
        await self._note_hosts({row.host for row in rows if not self._heard.get(row.host)})
        items = [read(row, self._listens_to) for row in rows]
        if any(wanted_by(step) for item in items for step in item.steps):
            async with self._database.read() as db:
                items = await self._finder.named.complete(db, items)
        await self._drop([item for item in items if item.refusal is not None])
        await self._work_on([item for item in items if item.refusal is None])
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

    async def _work_on(self, items: Sequence[Item]) -> None:
        """Do a batch in one transaction; one that fails is done again, each row for itself."""
        if not items:
            return
        self._let_go_whose_time_has_come(items)
        try:
            batch = await self._database.write(self._do, items)
        except StorageError:
            # It may have been more than the database does in its time: the same rows again would be so again.
            self._most = max(1, len(items) // 2)
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not hold up the others
            if len(items) == 1:
                await self._fail(items[0], error)
                return
            for item in items:
                await self._work_on([item])
            return
        self._most = min(BATCH, self._most * 2)
        self._keep(batch)

    def _keep(self, batch: "_Batch") -> None:
        """Remember what came of a batch, now that it is committed."""
        for kind, outcome in batch.outcomes:
            self._note(kind, outcome)
        for item in batch.done:
            self._let_go(item)
        for item, aside in batch.behind:
            if not aside.is_over:  # it may have been fetched while the batch was committed
                self._set_aside(item, aside)
        for item, wanted in batch.wanting:
            self._fetch_for(item, wanted)

    async def _do(self, session: AsyncSession, items: Sequence[Item]) -> "_Batch":
        batch = _Batch()
        known = await self._finder.look_up_in(await session.connection(), _ids_of(items), _done_in(items))
        await hold_posts(session, known)
        effects = Effects(session, known, self._domain)
        for number, level in enumerate(in_levels(items)):
            if number > 0:
                await self._finder.look_again(await session.connection(), known, _ids_of(level))
            await effects.work([item for item in level if self._is_ready(item, known, batch)])
        await queue.put_off(session, batch.put_off, PUT_OFF)
        await effects.send()
        batch.outcomes, batch.done = effects.outcomes, effects.done
        return batch

    def _is_ready(self, item: Item, known: Known, batch: "_Batch") -> bool:
        """Whether all is there that a row needs; if not, it is left, and what depends on it."""
        if self._has_to_wait(item, batch):
            return False
        wanted = [(step, lack) for step in item.steps if (lack := self._finder.lacking(step, known))]
        if not wanted:
            return True
        batch.left |= item.holds
        if self.waiting + len(batch.wanting) < ASIDE:
            batch.wanting.append((item, wanted))
        else:
            batch.put_off.append(item.row.seq)
        return False

    def _has_to_wait(self, item: Item, batch: "_Batch") -> bool:
        """Leave a row for later if an earlier one about the same thing, or what it answers, is left."""
        concerns = item.concerns
        first = next((self._aside[one] for one in concerns if one in self._aside), None)
        is_held = any(self._held.get(one) is not None for one in concerns)
        if first is None and not is_held and concerns.isdisjoint(batch.left):
            return False
        batch.left |= item.holds
        if first is not None and self.waiting + len(batch.behind) < ASIDE:
            batch.behind.append((item, first))
        elif first is not None or is_held:
            batch.put_off.append(item.row.seq)
        return True

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

    def _fetch_for(self, item: Item, wanted: Sequence[tuple[Step, Lacking]]) -> None:
        """Fetch what a row needs, beside everything else."""
        aside = _Aside()
        self._set_aside(item, aside)
        task = asyncio.create_task(self._fetch(item, wanted, aside), name="fetch for an activity")
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    def _set_aside(self, item: Item, aside: "_Aside") -> None:
        aside.seqs.add(item.row.seq)
        for held in item.holds:
            self._aside.setdefault(held, aside)

    def _release(self, aside: "_Aside") -> None:
        aside.is_over = True
        self._aside = {held: other for held, other in self._aside.items() if other is not aside}
        self.fetched.set()

    def _hold(self, item: Item, seconds: float) -> None:
        """Let later rows about the same thing wait for one that is tried again."""
        for held in item.holds:
            self._held.put(held, item.row.seq, seconds + PUT_OFF)

    def _let_go_whose_time_has_come(self, items: Sequence[Item]) -> None:
        for item in items:
            if any(self._held.get(held) == item.row.seq for held in item.holds):
                self._let_go(item)

    def _let_go(self, item: Item) -> None:
        for held in item.holds:
            self._held.forget(held)

    async def _fetch(self, item: Item, wanted: Sequence[tuple[Step, Lacking]], aside: "_Aside") -> None:
        try:
            async with self._places:
                troubles = await self._bring(item, wanted)
            await self._go_on(item, troubles)
        except Later as later:
            seconds = await self._database.write(_postpone, item.row.seq, aside.seqs, str(later))
            self._hold(item, seconds)
            self._note(item.row.kind, "waits")
        except StorageError as error:
            log.warning("fetch_interrupted", error=error)
        except Exception as error:  # noqa: BLE001 - the task has nobody who would see it
            await self._fail(item, error)
        finally:
            self._release(aside)

    async def _bring(
        self, item: Item, wanted: Sequence[tuple[Step, Lacking]]
    ) -> Sequence[Refused | ForumError]:
        """Fetch what can be had; return why the rest cannot.

        Raises:
            Later: a server is late, and worth waiting for.
        """
        troubles = await self._finder.bring(wanted)
        late = next((one for one in troubles if isinstance(one, Later)), None)
        if late is not None and (len(item.steps) == 1 or item.row.attempts < WAITED_FOR):
            raise late
        return troubles

    async def _do_what_can_be_done(self, session: AsyncSession, item: Item) -> "_Batch":
        batch = _Batch()
        known = await self._finder.look_up_in(await session.connection(), _ids_of([item]), _done_in([item]))
        effects = Effects(session, known, self._domain)
        await effects.work([item])
        await effects.send()
        batch.outcomes, batch.done = effects.outcomes, effects.done
        return batch

    async def _go_on(self, item: Item, troubles: Sequence[Refused | ForumError]) -> None:
        """Let a row be taken again; without all that it needs, do of several activities those that lack nothing."""
        if not troubles:
            self._let_go(item)
        elif len(item.steps) > 1:
            self._keep(await self._database.write(self._do_what_can_be_done, item))
        else:
            await self._database.write(queue.done, [item.row.seq])
            self._note(item.row.kind, reason_of(troubles[0]))
            say_refused(item.steps[0], troubles[0])


def _ids_of(items: Sequence[Item]) -> list[str]:
    return [one for item in items for step in item.steps for one in ids_of(step)]


def _done_in(items: Sequence[Item]) -> list[str]:
    return [name for item in items for step in item.steps for name in names_of(step.activity)]


async def _postpone(session: AsyncSession, seq: int, aside: Collection[int], error: str) -> float:
    """Let a row wait for another server, and those behind it as long; return the seconds."""
    seconds, _ = await queue.fail(session, seq, error)
    await queue.put_off(session, sorted(set(aside) - {seq}), seconds + 1)
    return seconds
