"""Votes of a batch: each is checked by its rule, then all are made together."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs, Refused
from service.federation.receive import rules
from service.federation.receive.act import Act, Ignored
from service.federation.receive.announcing import Announcement
from service.forum import vote_batches
from service.forum.vote_batches import CastVote

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
    results = await vote_batches.apply(session, [vote for _, vote in counted])
    announcements: list[Announcement] = []
    for (act, _), result in zip(counted, results, strict=True):
        outcomes.append((act.activity.kind, result.refusal or (DONE if result.changed else SAME)))
        if result.changed and act.step.activity.via is None and act.told_in is not None:
            announcements.append(Announcement(act, act.told_in))
    return outcomes, announcements


def _vote(act: Act) -> CastVote:
    if not rules.check(act).is_vote:
        raise Ignored("no rule", "That cannot be voted on.")
    is_undone = act.step.activity.kind == "Undo"
    if is_undone and act.activity.actor.lower() != act.step.activity.actor.lower():
        raise NotTheirs("Nobody takes back the vote of another.")
    thing = act.thing
    return CastVote(
        voter_id=act.author.id,
        kind=thing.kind,
        thing_id=thing.id,
        effect=0 if is_undone else EFFECTS[act.activity.kind],
        emoji=None if is_undone else act.activity.emoji,
    )
