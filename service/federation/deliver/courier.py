"""The courier of a process: reads the log once, lets each server's line know, and sends what the lines let go.

It owns servers by leases, so any process may die: another one goes on from the cursor, and repeats at most what was on
its way. Nothing here waits for one server while it could send to another.
"""

import asyncio
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Mapping

import structlog

from service.federation.deliver import leases, peers, rows, setting_aside
from service.federation.deliver.carrier import Carrier
from service.federation.deliver.forms import form_for, is_vote, takes_batches
from service.federation.deliver.library import Library
from service.federation.deliver.line import Delivery, Item, Line, Record, item_of
from service.federation.deliver.rows import Row
from service.outbound.client import OutboundClient
from service.storage.transaction import Database, StorageError

log = structlog.get_logger()

READ_AT_ONCE = 500
SLICE = 200
SAVE_EVERY, RENEW_EVERY, LOOK_EVERY = 2.0, 10.0, 60.0  # seconds
ALL_EVERY = (
    1.0  # seconds until every line is looked at in which something waits, and not only those with news
)
SLICES_AT_ONCE = 2
WAKES_AFTER = 600.0  # seconds since the last try: who speaks to us without end is not tried without end


class Courier:
    """Sends what is in the log to the servers that this process owns.

    Parameters:
        database: of this process.
        client: the way out, with connections for this alone.
        domain: the site's.
        admits: whether a host may be sent to: it is not blocked, and allowed where only some are.
        votes_wait: seconds that a vote waits for others, where several are taken at once.
        clock: seconds since 1970; for tests.
    """

    def __init__(
        self,
        database: Database,
        client: OutboundClient,
        *,
        domain: str,
        admits: Callable[[str], bool],
        votes_wait: float = 60.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"
        self.lines: dict[int, Line] = {}
        self.head = -1  # not read yet
        self._database = database
        self._admits = admits
        self._votes_wait = votes_wait
        self._clock = clock
        self._chance = random.Random()  # noqa: S311 - jitter, not a secret
        self._library = Library(database)
        self.carrier = Carrier(
            database, client, self._library, domain=domain, clock=clock, settled=self._let_go
        )
        self._slices = asyncio.Semaphore(SLICES_AT_ONCE)
        self._filling: dict[int, asyncio.Task[None]] = {}
        self._busy: set[Line] = set()
        self._touched: set[Line] = set()
        self._all_due = 0.0
        self._trying_again: asyncio.Task[None] | None = None
        self._owned_until = 0.0
        self._is_stopping = False
        self._due = {self.save: 0.0, self.renew: 0.0, self.look_around: 0.0}

    # The round

    async def round(self) -> None:
        """Do what is due: keep the leases, read what is new, let go what may go, write down how far it is.

        Raises:
            StorageError: the database cannot be reached; the next round goes on.
        """
        now = self._clock()
        for work, every in (
            (self.renew, RENEW_EVERY),
            (self.look_around, LOOK_EVERY),
            (self.save, SAVE_EVERY),
        ):
            if now >= self._due[work]:
                await work()
                self._due[work] = now + every
        await self.read()
        touched, self._touched = self._touched, set()
        if now >= self._all_due:
            touched, self._all_due = set(self._busy), now + ALL_EVERY
        for line in touched:
            self._let_go(line)

    async def renew_first(self) -> None:
        """See to it, before anything is said, that those are known who are to hear it."""
        if self.head < 0:
            await self.renew()

    async def stop(self, seconds: float) -> None:
        """Let what is on its way arrive, write down how far everything is, and give the servers back.

        Parameters:
            seconds: how long is waited for what is on its way; what is cut off is sent again by the next owner.
        """
        self._is_stopping = True
        for task in [*self._filling.values(), *([self._trying_again] if self._trying_again else [])]:
            task.cancel()
        await self.carrier.stop(seconds)
        await self.save()
        await self._database.write(leases.release, self.owner, list(self.lines), leaves=True)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way, and nothing may go now."""
        is_trying = self._trying_again is not None and not self._trying_again.done()
        return self.carrier.is_idle and not self._filling and not is_trying

    # Leases

    async def renew(self) -> None:
        """Keep the servers of this process, give up those that are too many, take those that nobody has."""
        before = self._clock()
        if self.head < 0:
            async with self._database.read() as db:
                self.head = await rows.head(db)
        lease = await self._database.write(leases.renew, self.owner)
        self._owned_until = before + leases.OWNED_FOR
        for instance_id in self.lines.keys() - lease.kept:
            self._forget(instance_id)
        await self._take(lease.taken)
        for instance_id, wish in lease.wishes.items():
            self._fulfil(instance_id, wish)
        if surplus := len(self.lines) - lease.share:
            await self._give_up(surplus)

    async def _take(self, records: list[Record]) -> None:
        for record in records:
            self.lines[record.instance_id] = Line(record, self._chance, self._votes_wait)
        await self._describe([record.instance_id for record in records])
        for record in records:
            self._touch(self.lines[record.instance_id])

    async def _describe(self, ids: Iterable[int]) -> None:
        """Learn where a server's inbox is, what it runs, and whether it may be sent to."""
        async with self._database.read() as db:
            described = await peers.described(db, list(ids))
        for about in described:
            if line := self.lines.get(about.id):
                line.domain, line.inbox = about.domain, about.inbox
                line.takes_batches = takes_batches(about.software)
                line.software, line.is_personal = about.software, about.personal
                was_mute, line.is_mute = line.is_mute, not self._admits(about.domain)
                if line.is_mute and not was_mute:
                    line.drop(self.head)

    async def _give_up(self, count: int) -> None:
        """Give back the servers for which least is to be done."""
        quiet = [line for line in self.lines.values() if line.is_empty and not line.on_the_way][
            : max(0, count)
        ]
        if not quiet:
            return
        await self._save(quiet)
        ids = [line.id for line in quiet if line.id in self.lines]
        for instance_id in ids:
            self._forget(instance_id)
        await self._database.write(leases.release, self.owner, ids)

    def _forget(self, instance_id: int) -> None:
        if line := self.lines.pop(instance_id, None):
            self._busy.discard(line)

    def _fulfil(self, instance_id: int, wish: str) -> None:
        line = self.lines.get(instance_id)
        if line and wish == "forget":
            line.drop(self.head)
        elif line:
            line.wake()
            self._touch(line)

    # Reading

    async def read(self) -> None:
        """Read what is new in the log, and let it wait in the lines of those whom it is for."""
        while True:
            async with self._database.read() as db:
                new = await rows.new_rows(db, self.head, READ_AT_ONCE)
                followers = await self._library.followers(db, new, self._clock())
            self._library.keep(new)
            for row in new:
                self._push(row, followers.get(row.community_id or 0, frozenset()))
            if new:
                self.head = new[-1].id
            if len(new) < READ_AT_ONCE:
                return

    def _push(self, row: Row, followers: frozenset[int]) -> None:
        everybody = self.lines.keys() if row.to_everybody else ()
        for instance_id in {*row.inboxes, *followers, *everybody}:
            if line := self.lines.get(instance_id):
                line.push(row.id)
                self._touch(line)

    def _touch(self, line: Line) -> None:
        self._busy.add(line)
        self._touched.add(line)

    async def _fill(self, line: Line) -> None:
        """Look at what comes next for a server; one that lags reads its slice of the log first."""
        try:
            if not line.next_ids() and line.lagging:
                async with self._slices:
                    await self._read_slice(line)
            if ids := line.next_ids():
                found = await self._library.rows(ids)
                inboxes = await self._inboxes_for(line, found.values())
                for activity_id in ids:
                    row = found.get(activity_id)
                    line.lay_out(activity_id, self._items(line, row, inboxes) if row else ())
        except StorageError as error:
            log.info("line_not_read", domain=line.domain, error=error)
        finally:
            self._filling.pop(line.id, None)
        self._let_go(line)

    async def _read_slice(self, line: Line) -> None:
        head = self.head
        if line.after < head:
            async with self._database.read() as db:
                ids = await rows.slice_for(db, line.id, after=line.after, upto=head, most=SLICE)
            line.read(ids, ids[-1] if len(ids) == SLICE else head)
        if line.after >= self.head:
            line.lagging = False  # from here on it hears of everything by `push`

    async def _inboxes_for(self, line: Line, found: Iterable[Row]) -> Mapping[int, tuple[str, ...]]:
        """Return where the members of communities hear of what happens there, on a server that has no inbox for all."""
        if not line.is_personal:
            return {}
        communities = sorted({row.community_id for row in found if row.community_id is not None})
        async with self._database.read() as db:
            return await peers.inboxes_in(db, line.id, communities)

    def _items(self, line: Line, row: Row, inboxes_in: Mapping[int, tuple[str, ...]]) -> list[Item]:
        if form_for(row, line.software) is None:
            return []
        votes_in = row.community_id if is_vote(row.kind) else None
        inboxes = row.inboxes.get(line.id) or inboxes_in.get(row.community_id or 0) or (line.inbox,)
        return [item_of(row.id, inbox, row.lane, votes_in=votes_in, said_at=row.said_at) for inbox in inboxes]

    # Sending

    def _let_go(self, line: Line) -> None:
        """Queue all that may be sent to a server now, and see to it that it has something to look at."""
        now = self._clock()
        if self._is_stopping or now >= self._owned_until or self.lines.get(line.id) is not line:
            return
        line.is_mute = bool(line.domain) and not self._admits(line.domain)  # the lists may have just changed
        if line.is_silent:
            line.drop(self.head)
        while (delivery := line.next_delivery(now)) is not None:
            self.carrier.take(line, delivery)
        if line.is_resting(now):
            return
        if line.wants_more and line.id not in self._filling:
            self._filling[line.id] = asyncio.create_task(self._fill(line))
        elif line.is_empty and not line.lagging:
            self._busy.discard(line)

    # Writing down

    async def save(self) -> None:
        """Write down how far the lines have got that have moved."""
        await self._save([line for line in self.lines.values() if line.dirty])

    async def _save(self, lines: list[Line]) -> None:
        if not lines:
            return
        aside = {line: list(line.aside) for line in lines}
        for line in lines:
            line.dirty = False
        try:
            saved = await self._database.write(leases.save, self.owner, lines, self.head)
        except BaseException:
            for line in lines:
                line.dirty = True
            raise
        for line in lines:
            line.aside = line.aside[len(aside[line]) :]
            if line.id not in saved:
                log.warning("lease_lost", domain=line.domain)
                self._forget(line.id)

    async def look_around(self) -> None:
        """Once a minute: what servers run, whether they may be sent to, who has woken, and what was set aside."""
        await self._describe(self.lines)
        await self._wake_those_who_spoke()
        await self._database.write(
            peers.mirror, [line.record for line in self.lines.values() if line.is_told()]
        )
        behind = [line for line in self.lines.values() if line.cursor(self.head) > line.record.cursor]
        await self._save(behind)
        if (
            self._trying_again is None or self._trying_again.done()
        ):  # a server may hang: nobody waits for it here
            self._trying_again = asyncio.create_task(self._try_again_what_was_set_aside())

    async def _wake_those_who_spoke(self) -> None:
        """A server that did not answer, sleeps, or was gone for good, is tried again when it has spoken to us."""
        now = self._clock()
        silent = [line for line in self.lines.values() if line.may_be_woken(now)]
        async with self._database.read() as db:
            last_seen = await peers.last_seen(db, [line.id for line in silent])
        for line in silent:
            if last_seen.get(line.id, 0.0) > line.tried_at and now - line.tried_at >= WAKES_AFTER:
                line.wake()
                self._touch(line)

    async def _try_again_what_was_set_aside(self) -> None:
        try:
            async with self._database.read() as db:
                due = await setting_aside.due(db, list(self.lines), self._clock())
            for one in due:
                line = self.lines.get(one.instance_id)
                if line and not line.is_silent and not line.is_resting(self._clock()):
                    await self._try_again(line, one)
        except StorageError as error:
            log.info("undelivered_not_tried", error=error)

    async def _try_again(self, line: Line, one: setting_aside.Aside) -> None:
        delivery = Delivery(items=(item_of(one.activity_id, one.inbox, ""),), started_at=self._clock())
        outcome = await self.carrier.send(line, delivery)
        self.carrier.count(outcome, 1)
        if outcome.verdict.means == "again":
            await self._database.write(setting_aside.failed, one, outcome.why, self._clock())
        else:
            await self._database.write(setting_aside.done, one)
