"""Does what a batch asks for, in its transaction: first all else, then the votes."""

from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import log as sending
from service.federation.deliver.outgoing import Outgoing
from service.federation.errors import Refused
from service.federation.receive import queue, rules
from service.federation.receive.act import Act
from service.federation.receive.announcing import Announcement, wrapped
from service.federation.receive.burying import bury, taken_back_by
from service.federation.receive.known import Known
from service.federation.receive.plan import Item, Step, split
from service.federation.receive.voting import DONE, Outcome, cast_votes
from service.forum.errors import ForumError
from service.storage.clock import utcnow

log = structlog.get_logger()

AT_ONE_GO = 25  # activities that are done, or undone, together


class Effects:
    """What is done in one transaction.

    Parameters:
        session: of a write.
        known: all that the batch names.
        domain: this site's.

    Attributes:
        outcomes: what became of each activity: its type, and `done` or the reason.
        done: rows that are worked off.
    """

    def __init__(self, session: AsyncSession, known: Known, domain: str) -> None:
        self._session = session
        self._known = known
        self._domain = domain
        self._outgoing: list[Outgoing] = []
        self._announcements: list[Announcement] = []
        self._taken_back: list[str] = []
        self.outcomes: list[Outcome] = []
        self.done: list[Item] = []

    async def work(self, items: Sequence[Item]) -> None:
        """Do what stands in the items of one level, as far as nobody else has done it."""
        if not items:
            return
        there = await queue.done(self._session, [item.row.seq for item in items])
        found = [item for item in items if item.row.seq in there]
        self.done += found
        self._take_back([step for item in found for step in item.steps])
        others, votes = split(found)
        for several in _together(others):
            await self._do(several)
        await self._cast([step for item in votes for step in item.steps])

    def _take_back(self, steps: Sequence[Step]) -> None:
        """See to it that what is taken back has no effect any more, whenever it comes."""
        names = [name for step in steps if (name := taken_back_by(step)) is not None]
        self._taken_back += names
        self._known.buried.update(names)

    async def send(self) -> None:
        """Let other servers hear what follows, and remember what was taken back."""
        await bury(self._session, self._taken_back)
        outgoing = self._outgoing + await wrapped(self._session, self._announcements, self._domain)
        await sending.append(self._session, outgoing)

    async def _do(self, items: Sequence[Item]) -> None:
        steps = [step for item in items for step in item.steps]
        allowed = [step for step in steps if not step.is_vote and self._is_allowed(step)]
        if allowed and not await self._do_all(allowed):
            for step in allowed:
                await self._do_one(step)
        await self._cast([step for step in steps if step.is_vote])

    def _is_allowed(self, step: Step) -> bool:
        try:
            rules.check(self._act(step))
        except Refused as refusal:
            self._note_refusal(step, refusal)
            return False
        return True

    async def _do_all(self, steps: Sequence[Step]) -> bool:
        """Do activities, or none of them if one may not be after all."""
        acts = [self._act(step) for step in steps]
        try:
            async with self._session.begin_nested():
                told = [await self._perform(act) for act in acts]
        except (Refused, ForumError):
            return False
        for act, is_told in zip(acts, told, strict=True):
            self._note_done(act, is_told=is_told)
        return True

    async def _do_one(self, step: Step) -> None:
        """Do one activity or nothing of it."""
        act = self._act(step)
        try:
            async with self._session.begin_nested():
                is_told = await self._perform(act)
        except (Refused, ForumError) as refusal:
            self._note_refusal(step, refusal)
        else:
            self._note_done(act, is_told=is_told)

    async def _perform(self, act: Act) -> bool:
        try:
            is_told = await rules.perform(self._session, act)
            await self._session.flush()
        finally:
            # The next one is to see what this one changed.
            self._session.expunge_all()
        return is_told

    async def _cast(self, votes: Sequence[Step]) -> None:
        if votes:
            outcomes, announcements = await cast_votes(self._session, [self._act(step) for step in votes])
            self.outcomes += outcomes
            self._announcements += announcements

    def _act(self, step: Step) -> Act:
        return Act(step=step, known=self._known, domain=self._domain, now=utcnow())

    def _note_done(self, act: Act, *, is_told: bool) -> None:
        self.outcomes.append((act.activity.kind, DONE))
        self._outgoing += act.outgoing
        if is_told and act.step.activity.via is None and act.told_in is not None:
            self._announcements.append(Announcement(act, act.told_in))

    def _note_refusal(self, step: Step, refusal: Refused | ForumError) -> None:
        self.outcomes.append((step.wanted.kind, reason_of(refusal)))
        say_refused(step, refusal)


def reason_of(refusal: Refused | ForumError) -> str:
    """Return the word under which a refusal is counted."""
    return refusal.reason if isinstance(refusal, Refused) else refusal.code


def say_refused(step: Step, refusal: Refused | ForumError) -> None:
    """Write into the log why an activity was not done."""
    log.info(
        "activity_not_done",
        kind=step.activity.kind,
        actor=step.activity.actor[:200],
        object=(step.activity.object_id or "")[:200],
        reason=reason_of(refusal),
        words=str(refusal)[:200],
    )


def _together(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield what is done at one go: several items without votes, or one with some, which come after what is before."""
    several: list[Item] = []
    for item in items:
        has_votes = any(step.is_vote for step in item.steps)
        if several and (has_votes or len(several) == AT_ONE_GO):
            yield several
            several = []
        several.append(item)
        if has_votes:
            yield several
            several = []
    if several:
        yield several
