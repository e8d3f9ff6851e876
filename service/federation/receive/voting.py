"""Votes of a batch: each is checked by its rule, then all are made together."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs, Refused
from service.federation.read.activities import Activity
from service.federation.receive import rules
from service.federation.receive.act import Act
from service.federation.receive.announcing import Announcement
from service.forum.errors import Invalid
from service.forum.reactions import checked_emoji, count_reactions
from service.forum.votes import batches
from service.forum.votes.batches import CastVote

EFFECTS = {"Like": 1, "EmojiReact": 1, "Dislike": -1}
DONE, SAME = "done", "no change"

Outcome = tuple[str, str]


async def cast_votes(session: AsyncSession, acts: Sequence[Act]) -> tuple[list[Outcome], list[Announcement]]:
    """Make all these votes; return what became of each, and what our communities are to tell.

    Parameters:
        session: of a write.
        acts: votes, and what takes votes back.
    """
    outcomes: list[Outcome] = []
    counted: list[tuple[Act, CastVote]] = []
    for act in acts:
        try:
            counted.append((act, _vote(act)))
        except Refused as refusal:
            outcomes.append((act.activity.kind, refusal.reason))
    results = await batches.apply(session, [vote for _, vote in counted])
    taken = [vote for (_, vote), one in zip(counted, results, strict=True) if one.refusal is None]
    await _count_reactions(session, taken)
    announcements: list[Announcement] = []
    for (act, _), result in zip(counted, results, strict=True):
        outcomes.append((act.activity.kind, result.refusal or (DONE if result.changed else SAME)))
        said = result.changed or (act.activity.emoji is not None and result.refusal is None)
        if said and act.step.activity.via is None and act.told_in is not None:
            announcements.append(Announcement(act, act.told_in))
    return outcomes, announcements


async def _count_reactions(session: AsyncSession, votes: Sequence[CastVote]) -> None:
    for kind in sorted({vote.kind for vote in votes}):
        of_kind = [vote for vote in votes if vote.kind == kind]
        reacted = {vote.thing_id for vote in of_kind if vote.emoji}
        await count_reactions(session, kind, sorted({vote.thing_id for vote in of_kind}), reacted=reacted)


def _vote(act: Act) -> CastVote:
    rules.check(act)
    is_undone = act.step.activity.kind == "Undo"
    if is_undone and act.activity.actor.lower() != act.step.activity.actor.lower():
        raise NotTheirs("Nobody takes back the vote of another.")
    thing = act.thing
    return CastVote(
        voter_id=act.author.id,
        kind=thing.kind,
        thing_id=thing.id,
        effect=0 if is_undone else EFFECTS[act.activity.kind],
        emoji=None if is_undone else _emoji_in(act.activity),
    )


def _emoji_in(activity: Activity) -> str | None:
    """Return with which emoji somebody votes; what is none is a vote all the same."""
    with suppress(Invalid):
        return checked_emoji(activity.emoji)
    return None
