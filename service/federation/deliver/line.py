"""What waits for one server, and what of it may be sent now. Pure: knows no network, no database and no clock.

Several activities are on their way at once, but never two of which one has to wait for the other (see lanes). What is
finished out of order is remembered, so that the cursor never passes over anything.
"""

import random
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec

from service.federation.answers import PROBE_EVERY, Verdict, is_dormant, pause
from service.federation.deliver.lanes import with_those_above

MOST_WAITING = 1000  # ids; who lags further behind reads its own slice of the log
NEAR = 128  # activities that are looked at for one that may be sent
MOST_DONE_ABOVE = 64
WIDEST = 8  # deliveries on their way at once
SUSPECT_AFTER = 3  # failures of one activity: whether others would pass is tried first
BATCH, MOST_IN_A_BATCH = 50, 100  # votes


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An activity on its way to one inbox.

    Attributes:
        lanes: its lane, and those above it.
        votes_in: the community that announces a vote here.
        said_at: when it was appended, in seconds since 1970.
    """

    activity_id: int
    inbox: str
    lanes: tuple[str, ...]
    votes_in: int | None = None
    said_at: float = 0.0


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent with one request: an activity, or several votes."""

    items: tuple[Item, ...]
    started_at: float

    @property
    def inbox(self) -> str:
        """Where it goes."""
        return self.items[0].inbox


class Record(msgspec.Struct, kw_only=True):
    """What the table has of a server's line; times in seconds since 1970."""

    instance_id: int
    cursor: int = 0
    done_above: Sequence[int] = ()
    state: str = "awake"
    failures: int = 0
    failing_since: float | None = None
    retry_at: float | None = None
    last_success_at: float | None = None
    last_error: str | None = None
    speaks: str = "cavage"


class Line:
    """The line of what waits for one server.

    Parameters:
        record: what the table has.
        chance: for the jitter of pauses.
        votes_wait: seconds that a vote waits for others.
    """

    def __init__(self, record: Record, chance: random.Random, votes_wait: float) -> None:
        self.id = record.instance_id
        self._votes_wait = votes_wait
        self.record = record
        self.domain, self.inbox, self.software = "", "", ""
        self.takes_batches = False
        self.is_personal = False  # it has no inbox for all of its people
        self.is_mute = False  # blocked, or not allowed: nothing goes there, and nothing is kept for later
        self.lagging = True
        self.window = 1
        self.aside: list[Item] = []
        self.dirty = False
        self._after = record.cursor  # what the line has looked at while it lags
        self._done_above = set(record.done_above)
        self._waiting: deque[int] = deque()
        self._near: dict[int, list[Item]] = {}
        self._on_the_way: set[tuple[int, str]] = set()
        self._letters = 0
        self._failures_of: dict[int, int] = {}
        self._failed_at = 0.0
        self._is_asked_to_wait = False
        self._untold = False
        self._chance = chance

    # What comes

    @property
    def is_silent(self) -> bool:
        """Whether nothing is sent there and nothing is kept: blocked, or gone for good."""
        return self.is_mute or self.record.state == "gone"

    @property
    def after(self) -> int:
        """The id behind which a line that lags reads on."""
        return self._after

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits that has been read already."""
        return not self._near and not self._waiting

    @property
    def on_the_way(self) -> int:
        """How many deliveries are on their way."""
        return self._letters

    @property
    def waiting(self) -> int:
        """How many activities wait, as far as they have been read."""
        return len(self._near) + len(self._waiting)

    def is_resting(self, now: float) -> bool:
        """Whether the server is left alone for now."""
        return now < (self.record.retry_at or 0.0)

    def may_be_woken(self, now: float) -> bool:
        """Whether it is left alone because it seemed to be away, and not because it asked for time."""
        return self.record.state != "awake" or (self.is_resting(now) and not self._is_asked_to_wait)

    @property
    def tried_at(self) -> float:
        """When it was last tried, in seconds since 1970; since when it fails, if another process tried it."""
        if self.record.state == "dormant":
            return (self.record.retry_at or 0.0) - PROBE_EVERY
        return max(self._failed_at, self.record.failing_since or 0.0)

    @property
    def wants_more(self) -> bool:
        """Whether there is room, and something that it could look at."""
        return not self.is_silent and len(self._near) <= NEAR // 2 and bool(self._waiting or self.lagging)

    def is_told(self) -> bool:
        """Whether something happened since this was last asked."""
        told, self._untold = self._untold, False
        return told

    def push(self, activity_id: int) -> None:
        """Let a new activity wait; who has too many waiting reads on by itself later."""
        if self.lagging or self.is_silent:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.lag(self._waiting[-1])
        else:
            self._waiting.append(activity_id)

    def lag(self, after: int) -> None:
        """Read on by itself from there."""
        self.lagging, self._after = True, after

    def read(self, ids: Sequence[int], upto: int) -> None:
        """Take in a slice of the log.

        Parameters:
            ids: what it has for this server.
            upto: nothing else up to here is for it.
        """
        self._waiting.extend(activity_id for activity_id in ids if activity_id not in self._done_above)
        self._after = upto

    def next_ids(self) -> list[int]:
        """Return the ids of what is to be looked at next, as far as there is room for them."""
        return list(islice(self._waiting, max(0, NEAR - len(self._near))))

    def lay_out(self, activity_id: int, items: Sequence[Item]) -> None:
        """Look at the first that waits; one that has no inbox here, or is not for this server after all, is done."""
        if self._waiting and self._waiting[0] == activity_id:
            self._waiting.popleft()
            self.dirty = True
            if items:
                self._near[activity_id] = list(items)

    def drop(self, head: int) -> None:
        """Forget what waits: nothing of it is to be sent any more."""
        on_the_way = {activity_id for activity_id, _ in self._on_the_way}
        self._waiting.clear()
        self._near = {one: items for one, items in self._near.items() if one in on_the_way}
        self.lagging, self._after = False, head
        self.dirty = True

    # What goes

    def next_delivery(self, now: float) -> Delivery | None:
        """Return what may be sent now, and count it as on its way; None if nothing may."""
        if self.is_silent or self._letters >= self._width or self.is_resting(now):
            return None
        items = self._startable(now)
        if not items:
            return None
        self._on_the_way.update((item.activity_id, item.inbox) for item in items)
        self._letters += 1
        return Delivery(items=items, started_at=now)

    @property
    def _width(self) -> int:
        return 1 if self.record.failures else self.window

    def _startable(self, now: float) -> tuple[Item, ...]:
        lanes = _Lanes()
        is_full = len(self._done_above) >= MOST_DONE_ABOVE
        suspect: Item | None = None
        ripe = self._ripe(now, is_full)
        for item in self._in_order():
            if (item.activity_id, item.inbox) in self._on_the_way or not lanes.are_free(item.lanes):
                lanes.take(item.lanes)
            elif item.votes_in is not None and self.takes_batches:
                if item.votes_in in ripe:
                    return self._batch(item)
                lanes.take(item.lanes)
            elif self._failures_of.get(item.activity_id, 0) >= SUSPECT_AFTER and not is_full:
                suspect = suspect or item
                lanes.take(item.lanes)
            else:
                return (item,)
            if is_full:
                break
        return (suspect,) if suspect else ()

    def _in_order(self) -> Iterable[Item]:
        return (item for items in self._near.values() for item in items)

    def _ripe(self, now: float, is_full: bool) -> set[int]:
        """Return the communities whose votes are to be sent now."""
        if not self.takes_batches:
            return set()
        count: dict[int, int] = {}
        ripe = set()
        for item in self._in_order():
            if item.votes_in is not None and (item.activity_id, item.inbox) not in self._on_the_way:
                count[item.votes_in] = count.get(item.votes_in, 0) + 1
                if is_full or now - item.said_at >= self._votes_wait or count[item.votes_in] >= BATCH:
                    ripe.add(item.votes_in)
        return ripe

    def _batch(self, first: Item) -> tuple[Item, ...]:
        """Return a vote and those after it that may go along: all of one community that wait for nothing else."""
        lanes, batch = _Lanes(), []
        for item in self._in_order():
            is_sent = (item.activity_id, item.inbox) in self._on_the_way
            fits = item.votes_in == first.votes_in and item.inbox == first.inbox and not is_sent
            if fits and lanes.are_free(item.lanes):
                batch.append(item)
            else:
                lanes.take(item.lanes)
            if len(batch) == MOST_IN_A_BATCH:
                break
        return tuple(batch)

    # What became of it

    def settle(
        self, delivery: Delivery, verdict: Verdict, now: float, why: str = "", *, suspicious: bool = False
    ) -> None:
        """Draw the consequences of an answer.

        Parameters:
            delivery: what was sent.
            verdict: what the answer means; `other signature` was dealt with before.
            now: seconds since 1970.
            why: in words, what went wrong.
            suspicious: whether it may be the activity that is at fault and not the server.
        """
        self.give_back(delivery)
        self.dirty = self._untold = True
        if verdict.means == "again":
            self._fail(delivery, verdict.wait, now, why, suspicious)
        elif verdict.means == "peer gone":
            self._finish(delivery)
            self.record.state, self.record.failing_since, self.record.last_error = "gone", now, why
        else:
            self._finish(delivery)
            self._succeed(now, why if verdict.refused else "")

    def give_back(self, delivery: Delivery) -> None:
        """Let a delivery wait again: it was not sent."""
        self._letters -= 1
        self._on_the_way.difference_update((item.activity_id, item.inbox) for item in delivery.items)

    def wake(self) -> None:
        """Try again at once: the server has spoken, or an administrator wishes it."""
        self.record.retry_at = None
        self.record.state = "awake"
        self.dirty = self._untold = True

    def _finish(self, delivery: Delivery) -> None:
        for item in delivery.items:
            self._remove(item)

    def _remove(self, item: Item) -> None:
        items = self._near.get(item.activity_id, [])
        if item in items:
            items.remove(item)
        if not items:
            self._near.pop(item.activity_id, None)
            self._failures_of.pop(item.activity_id, None)
            self._done_above.add(item.activity_id)

    def _succeed(self, now: float, why: str) -> None:
        record = self.record
        record.failures, record.failing_since, record.retry_at = 0, None, None
        record.state, record.last_success_at = "awake", now
        record.last_error = why or record.last_error
        self.window = min(WIDEST, self.window + 1)
        self._set_suspects_aside()

    def _set_suspects_aside(self) -> None:
        """Others pass: what failed again and again is at fault itself, and keeps nobody waiting any more."""
        suspects = {one for one, count in self._failures_of.items() if count >= SUSPECT_AFTER}
        for item in [item for item in self._in_order() if item.activity_id in suspects]:
            if (item.activity_id, item.inbox) not in self._on_the_way:
                self.aside.append(item)
                self._remove(item)

    def _fail(self, delivery: Delivery, wait: float | None, now: float, why: str, suspicious: bool) -> None:
        record = self.record
        record.last_error = why
        self.window = 1
        if suspicious:
            for item in delivery.items:
                self._failures_of[item.activity_id] = self._failures_of.get(item.activity_id, 0) + 1
        # On its way already when another one failed: the same trouble.
        if delivery.started_at < self._failed_at:
            return
        self._failed_at, self._is_asked_to_wait = now, wait is not None
        record.failures += 1
        record.failing_since = record.failing_since or now
        if is_dormant(now - record.failing_since):
            record.state, record.retry_at = "dormant", now + max(PROBE_EVERY, wait or 0.0)
            self._forget_what_waits()
        else:
            record.retry_at = now + pause(record.failures, wait, self._chance)

    def _forget_what_waits(self) -> None:
        """Keep little in memory for a server that sleeps; it reads the rest again when it wakes."""
        if self._near and self._waiting:
            self.lag(next(reversed(self._near)))
            self._waiting.clear()

    # What is written down

    def cursor(self, head: int) -> int:
        """Return the id up to which everything is done.

        Parameters:
            head: up to where the log has been read by the one who pushes.
        """
        pending = next(iter(self._near), None) or next(iter(self._waiting), None)
        if pending is not None:
            return pending - 1
        return self._after if self.lagging else head

    def to_be_saved(self, head: int) -> Record:
        """Return what the table is to have now."""
        cursor = max(self.record.cursor, self.cursor(head))
        self._done_above = {one for one in self._done_above if one > cursor}
        self.record.cursor, self.record.done_above = cursor, sorted(self._done_above)
        return self.record


class _Lanes:
    """Lanes that are taken by what goes first."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._above: set[str] = set()

    def are_free(self, lanes: tuple[str, ...]) -> bool:
        return lanes[-1] not in self._above and self._taken.isdisjoint(lanes)

    def take(self, lanes: tuple[str, ...]) -> None:
        self._taken.add(lanes[-1])
        self._above.update(lanes[:-1])


def item_of(
    activity_id: int, inbox: str, lane: str, *, votes_in: int | None = None, said_at: float = 0.0
) -> Item:
    """Return an item.

    Parameters:
        activity_id, inbox, votes_in, said_at: as for Item.
        lane: as the log has it.
    """
    lanes = tuple(with_those_above(lane))
    return Item(activity_id=activity_id, inbox=inbox, lanes=lanes, votes_in=votes_in, said_at=said_at)
