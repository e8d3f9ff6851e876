"""Quotes of what stands here: whoever asks gets a stamp, since what is for everybody may be quoted (FEP-044f)."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.errors import NotTheirs
from service.federation.origin import same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.vocabulary import document_from
from service.federation.write import activities
from service.federation.write.documents import encoded, new_id
from service.federation.write.quotes import stamp_id
from service.storage.tables import User


async def allow(session: AsyncSession, act: Act) -> bool:
    """Answer a request with the address of its stamp."""
    thing, quoting, inbox = act.thing, act.activity.instrument, act.person.inbox
    if not thing.local or thing.deleted or thing.author_id is None or not inbox:
        raise Ignored("not here", "There is nothing of this site to be quoted.")
    if act.place is not None and act.place.private:
        raise Ignored("not here", "What is for members alone is quoted by nobody.")
    if not same_origin(quoting, act.step.activity.actor):
        raise NotTheirs("What quotes is of the same server as who asks.")
    author = await session.scalar(
        select(func.coalesce(User.ap_public_url, User.ap_profile_id)).where(User.id == thing.author_id)
    )
    if author is None:
        raise Ignored("not here", "Its author is nobody who could answer.")
    accept = activities.accept(
        new_id(act.domain, "Accept"),
        author,
        document_from(act.step.row.body),
        result=stamp_id(act.domain, thing.url, quoting or ""),
    )
    act.outgoing.append(
        Outgoing(
            id=accept["id"],
            kind="Accept/QuoteRequest",
            body=encoded(accept),
            signer=Signer("person", thing.author_id),
            lane=lanes.of_post(thing.post_id),
            inboxes=(inbox,),
        )
    )
    return False
