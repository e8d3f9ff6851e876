"""Votes in polls: a note that names a choice, or PieFed's PollVote."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.read.content import Content
from service.federation.receive.act import Act, Ignored
from service.federation.vocabulary import text
from service.forum import polls
from service.storage.tables import PollChoice

LONGEST = 500


async def choose(session: AsyncSession, act: Act, content: Content) -> bool:
    """Count a choice that came as a note."""
    thing = act.known.thing(content.parent)
    if thing is None or thing.kind != "post":
        raise Ignored("not here", "That poll is not here.")
    await _vote(session, act, thing.id, content.title or "")
    return False


async def choose_by_word(session: AsyncSession, act: Act) -> bool:
    """Count a choice that came as a PollVote."""
    await _vote(session, act, act.thing.post_id, text(act.activity.document.get("choice_text"), LONGEST))
    return False


async def _vote(session: AsyncSession, act: Act, post_id: int, choice: str) -> None:
    found = await session.scalar(
        select(PollChoice.id)
        .where(PollChoice.post_id == post_id, func.lower(PollChoice.choice_text) == choice.strip().lower())
        .limit(1)
    )
    if found is None:
        raise Ignored("not here", "There is no such choice.")
    await polls.vote(session, act.author, post_id, [found])
