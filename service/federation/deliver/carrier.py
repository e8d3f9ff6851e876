"""Carries deliveries: signs and sends them, draws the consequences of the answers, and counts them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine

import structlog

from service.federation.answers import Verdict
from service.federation.deliver import peers
from service.federation.deliver.forms import batch, form_for
from service.federation.deliver.library import Library
from service.federation.deliver.line import Delivery, Line
from service.federation.deliver.post import Outcome, Post
from service.federation.deliver.signers import Signers
from service.outbound.client import OutboundClient
from service.storage.transaction import Database, StorageError

log = structlog.get_logger()

ON_THE_WAY = 384  # deliveries of all servers together; fewer than there are connections
BREATH = 16  # deliveries that are begun, and signed, before the loop may do something else


class Carrier:
    """Sends the deliveries that lines have let go.

    Parameters:
        database, client, domain, clock: as for Courier.
        library: has the rows.
        settled: called with a line when one of its deliveries has been settled.
    """

    def __init__(
        self,
        database: Database,
        client: OutboundClient,
        library: Library,
        *,
        domain: str,
        clock: Callable[[], float],
        settled: Callable[[Line], None],
    ) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._database = database
        self._library = library
        self._domain = domain
        self._clock = clock
        self._settled = settled
        self._signers = Signers(database, domain)
        self._post = Post(client, clock)
        self._ready: asyncio.Queue[tuple[Line, Delivery]] = asyncio.Queue()
        self._slots = asyncio.Semaphore(ON_THE_WAY)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way or about to be."""
        return not self._tasks and self._ready.empty()

    def take(self, line: Line, delivery: Delivery) -> None:
        """Take a delivery that its line has let go."""
        self._ready.put_nowait((line, delivery))

    async def run(self) -> None:
        """Begin to send what was taken, until cancelled."""
        begun = 0
        while True:
            line, delivery = await self._ready.get()
            await self._slots.acquire()
            self._begin(self._carry(line, delivery), lambda _: self._slots.release())
            begun += 1
            if begun % BREATH == 0:
                await asyncio.sleep(0)

    async def stop(self, seconds: float) -> None:
        """Give back what was not begun, and wait for what is on its way; the next owner sends again what is late."""
        while not self._ready.empty():
            line, delivery = self._ready.get_nowait()
            line.give_back(delivery)
        if self._tasks:
            _, late = await asyncio.wait(list(self._tasks), timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    def _begin(
        self,
        work: Coroutine[None, None, None],
        ended: Callable[["asyncio.Task[None]"], None] = lambda _: None,
    ) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(ended)

    async def _carry(self, line: Line, delivery: Delivery) -> None:
        try:
            outcome = await self.send(line, delivery)
        except asyncio.CancelledError:
            line.give_back(delivery)
            raise
        except StorageError as error:
            line.give_back(delivery)
            log.info("letter_put_back", domain=line.domain, error=error)
            return
        except Exception:
            log.exception("delivery_failed", domain=line.domain, activity=delivery.items[0].activity_id)
            outcome = Outcome(verdict=Verdict("again"), reason="error", why="We failed.", suspicious=True)
        self._settle(line, delivery, outcome)
        self._settled(line)

    async def send(self, line: Line, delivery: Delivery) -> Outcome:
        """Send a delivery; return what became of it, which the line does not know yet.

        Raises:
            StorageError: the database cannot be reached; nothing was sent.
        """
        found = await self._library.rows([item.activity_id for item in delivery.items])
        there = [found[item.activity_id] for item in delivery.items if item.activity_id in found]
        if not there:
            return _undeliverable("too old", "It is not kept any more.")
        form = batch(there, self._domain) if len(there) > 1 else form_for(there[0], line.software)
        credentials = await self._signers.credentials(form[1]) if form else None
        if form is None or credentials is None:
            return _undeliverable("no key", "The actor has no key.")
        return await self._post.send(
            delivery.inbox,
            form[0],
            credentials,
            speaks=line.record.speaks,
            shared=delivery.inbox == line.inbox and not line.is_personal,
        )

    def _settle(self, line: Line, delivery: Delivery, outcome: Outcome) -> None:
        found = outcome.verdict
        line.settle(delivery, found, self._clock(), outcome.why, suspicious=outcome.suspicious)
        if found.means == "done" and not found.refused:
            line.record.speaks = outcome.speaks
        self.count(outcome, len(delivery.items))
        if outcome.why:
            log.info(
                "letter_not_taken",
                domain=line.domain,
                activity=delivery.items[0].activity_id,
                means=found.means,
                why=outcome.why,
            )
        if found.refused:
            self._begin(self._draw_consequences(line, delivery, outcome))

    async def _draw_consequences(self, line: Line, delivery: Delivery, outcome: Outcome) -> None:
        """What an answer says about people: that an inbox is not there any more, or that its server bans the sender."""
        try:
            if outcome.verdict.means == "inbox gone":
                await self._database.write(peers.forget_inbox, delivery.inbox)
            elif "person_is_banned_from_site" in outcome.said:
                found = await self._library.rows([delivery.items[0].activity_id])
                for row in found.values():
                    await self._database.write(peers.note_ban, row, line.id)
        except StorageError as error:
            log.info("answer_not_noted", domain=line.domain, error=error)

    def count(self, outcome: Outcome, activities: int) -> None:
        """Count activities by what became of them."""
        self.counts[_counted(outcome.verdict), outcome.reason] += activities


def _undeliverable(reason: str, why: str) -> Outcome:
    return Outcome(verdict=Verdict("done", refused=True), reason=reason, why=why)


def _counted(found: Verdict) -> str:
    if found.means == "again":
        return "failed"
    return "refused" if found.refused else "delivered"
