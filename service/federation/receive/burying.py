"""What was deleted or taken back: remembered for a month, should it come after all.

What a community says of others is remembered as its own word: it keeps things out of that community alone.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ARRAY, LargeBinary, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.intake.envelope import key_of
from service.federation.read.activities import Activity
from service.federation.receive.plan import Step

BURIED_FOR = timedelta(days=30)

_BURY = text("""
    INSERT INTO pieloop.tombstone (key, until)
    SELECT key, timezone('utc', now()) + :lasting FROM unnest(:keys) AS key ON CONFLICT DO NOTHING
""").bindparams(bindparam("keys", type_=ARRAY(LargeBinary)))


def as_told_by(via: str | None, identity: str) -> str:
    """Return the name under which is remembered what a community said of something."""
    return f"{via} {identity}"


def names_of(activity: Activity) -> list[str]:
    """Return the names under which an activity is remembered that was taken back."""
    if activity.id is None:
        return []
    return [activity.id] if activity.via is None else [activity.id, as_told_by(activity.via, activity.id)]


def taken_back_by(step: Step) -> str | None:
    """Return the name of what an Undo takes back, by the one who did it; None where it has none.

    Of deletions and returns of something, the last that comes counts.
    """
    undo, inner = step.activity, step.inner
    if undo.kind != "Undo" or inner is None or inner.id is None or inner.kind == "Delete":
        return None
    if inner.actor.lower() != undo.actor.lower():
        return None
    return inner.id if undo.via is None else as_told_by(undo.via, inner.id)


async def bury(session: AsyncSession, names: Collection[str]) -> None:
    """Remember that these were deleted or taken back."""
    if names:
        keys = sorted({key_of(name) for name in names})
        await session.execute(_BURY, {"keys": keys, "lasting": BURIED_FOR})
