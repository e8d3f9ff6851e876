"""From bytes to activities, and what has to happen in which order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from service.federation.errors import Refused
from service.federation.origin import host_of
from service.federation.read.activities import Activity, activities_in, undone
from service.federation.read.content import Content, content_from
from service.federation.receive.queue import Row
from service.federation.vocabulary import CONTENT, MESSAGES, Document, document_from

VOTES = {"Like", "Dislike", "EmojiReact"}
WRITINGS = {"Create", "Update"}
# What somebody has to do with a thing, and with it alone: no order matters but that of the same person's.
RELATIONS = VOTES | {"Follow", "Flag", "PollVote", "ChooseAnswer"}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One activity of a row.

    Attributes:
        activity: what is to be done; for an Undo, the undoing.
        inner: what an Undo undoes, or an Accept, Reject or Resolve answers, where it is embedded.
        content: what is written in a Create or Update.
        about: the id of what it changes; what has the same is worked on in its order.
    """

    row: Row
    activity: Activity
    inner: Activity | None = None
    content: Content | None = None
    about: str

    @property
    def is_vote(self) -> bool:
        """Whether it is a vote, or takes one back."""
        kind = self.inner.kind if self.activity.kind == "Undo" and self.inner else self.activity.kind
        return kind in VOTES

    @property
    def held_by(self) -> str:
        """What later rows must not name while this one waits: what it changes, or who has what to do with it."""
        is_relation = self.wanted.kind in RELATIONS
        return f"{self.activity.actor} {self.about}" if is_relation else self.about

    @property
    def wanted(self) -> Activity:
        """The activity whose object counts: of an Undo, what is undone."""
        return self.inner if self.activity.kind == "Undo" and self.inner is not None else self.activity


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A row and its steps; `refusal` where nothing can be read in it."""

    row: Row
    steps: tuple[Step, ...] = ()
    refusal: Refused | None = None

    @property
    def abouts(self) -> set[str]:
        """All that it changes."""
        return {step.about for step in self.steps}

    @property
    def holds(self) -> set[str]:
        """What later rows must not name while this one waits."""
        return {step.held_by for step in self.steps}

    @property
    def concerns(self) -> set[str]:
        """What this waits for, if an earlier row holds it."""
        return self.abouts | self.holds | self.needs

    @property
    def needs(self) -> set[str]:
        """What has to stand before it."""
        return {
            step.content.parent for step in self.steps if step.content is not None and step.content.parent
        }


def read(row: Row, admits: Callable[[str], bool]) -> Item:
    """Read a row; whatever is wrong with it is its refusal.

    Parameters:
        row: an activity as it was let in.
        admits: whether a host is listened to, whoever passes on what it said.
    """
    try:
        document = document_from(row.body)
        steps = [_step(row, activity) for activity in activities_in(document, row.received_at)]
    except Refused as refusal:
        return Item(row=row, refusal=refusal)
    heard = tuple(step for step in steps if admits(host_of(step.activity.actor) or ""))
    if steps and not heard:
        return Item(row=row, refusal=Refused("blocked", "Its server is not listened to."))
    return Item(row=row, steps=heard)


def in_levels(items: Iterable[Item]) -> list[list[Item]]:
    """Part items into levels: within one, votes come after all else, and no order is lost by that.

    Of what changes the same thing, only votes stand in one level; all else sees what came before it. An
    answer stands in a later level than what it answers.
    """
    levels: list[list[Item]] = []
    reached: dict[str, tuple[int, bool]] = {}
    for item in items:
        is_votes = all(step.is_vote for step in item.steps)
        after = [reached[need][0] + 1 for need in item.needs if need in reached]
        level = max([*after, *(_next(reached.get(about), is_votes) for about in item.abouts)], default=0)
        reached |= dict.fromkeys(item.abouts, (level, is_votes))
        while len(levels) <= level:
            levels.append([])
        levels[level].append(item)
    return levels


def split(level: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """Return the items of a level that are no votes, and those that are nothing else."""
    others = [item for item in level if not all(step.is_vote for step in item.steps)]
    votes = [item for item in level if all(step.is_vote for step in item.steps)]
    return others, votes


def _next(before: tuple[int, bool] | None, is_votes: bool) -> int:
    if before is None:
        return 0
    level, were_votes = before
    return level if were_votes and is_votes else level + 1


def _step(row: Row, activity: Activity) -> Step:
    inner = None
    if activity.kind in {"Undo", "Accept", "Reject", "Resolve"}:
        inner = undone(activity, row.received_at)
    content = _content(activity, row.received_at)
    return Step(row=row, activity=activity, inner=inner, content=content, about=about_of(activity, inner))


def _content(activity: Activity, now: datetime) -> Content | None:
    if activity.kind not in WRITINGS or activity.object_kind not in CONTENT | MESSAGES:
        return None
    document: Document | None = activity.object
    return content_from(document, now, activity) if document is not None else None


def about_of(activity: Activity, inner: Activity | None) -> str:
    """Return the id of what an activity changes."""
    if activity.kind == "Undo" and inner is not None:
        return inner.object_id or inner.id or inner.actor
    return activity.object_id or activity.id or activity.actor
