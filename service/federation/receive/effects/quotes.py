"""Quotes of what stands here: what is for everybody may be quoted, but by whom its author blocked (FEP-044f)."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.errors import NotTheirs
from service.federation.origin import same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Thing
from service.federation.vocabulary import Document
from service.federation.write import activities
from service.federation.write.documents import encoded, new_id
from service.federation.write.quotes import stamp_id
from service.forum import quotes
from service.storage.tables import User


async def answer(session: AsyncSession, act: Act) -> bool:
    """Answer a request: with the address of the stamp, or by a refusal."""
    thing, quoting = act.thing, act.activity.instrument
    if not thing.local or thing.deleted or thing.author_id is None:
        raise Ignored("not here", "There is nothing of this site to be quoted.")
    if quoting is None or not same_origin(quoting, act.step.activity.actor):
        raise NotTheirs("What quotes is of the same server as who asks.")
    author = await session.scalar(
        select(func.coalesce(User.ap_public_url, User.ap_profile_id)).where(User.id == thing.author_id)
    )
    if author is None or not act.person.inbox:
        raise Ignored("not here", "Its author is nobody who could answer.")
    stamp = stamp_id(act.domain, thing.url, quoting)
    wish = act.activity.document
    if await _is_allowed(session, act, thing, thing.author_id, quoting, stamp):
        said = activities.accept(new_id(act.domain, "Accept"), author, wish, result=stamp)
    else:
        said = activities.reject(new_id(act.domain, "Reject"), author, wish)
    act.outgoing.append(_to_asker(act, said, thing.author_id))
    return False


async def _is_allowed(
    session: AsyncSession, act: Act, thing: Thing, author_id: int, quoting: str, stamp: str
) -> bool:
    if act.place is None or act.place.private:
        return False  # what is for members alone is quoted by nobody
    return await quotes.allow(
        session,
        act.author,
        author_id,
        community_id=act.place.id,
        post_id=thing.post_id,
        comment_id=thing.id if thing.kind == "comment" else None,
        quoting=quoting,
        stamp=stamp,
    )


def _to_asker(act: Act, said: Document, author_id: int) -> Outgoing:
    return Outgoing(
        id=said["id"],
        kind=f"{said['type']}/QuoteRequest",
        body=encoded(said),
        signer=Signer("person", author_id),
        lane=lanes.of_post(act.thing.post_id),
        inboxes=(act.person.inbox or "",),
    )
