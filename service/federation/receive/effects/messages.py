"""Private messages: for one person of this site, from one of another; never public."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs, Refused
from service.federation.read.content import Content
from service.federation.receive.act import Act, Ignored
from service.federation.receive.effects import writing
from service.federation.receive.known import Message, Person
from service.forum.messages import operations as messages


async def arrive(session: AsyncSession, act: Act, content: Content) -> None:
    """Give a message to its recipient, once."""
    if act.step.activity.via is not None:
        raise Refused("private", "A community announces no private messages.")
    if isinstance(act.known.find(content.id), Message):
        return
    recipients = [one for one in map(act.known.person, content.addressed) if one is not None and one.local]
    if len(recipients) != 1:
        raise Ignored("not here", "That message is for nobody here.")
    sender = _sender(act, content)
    provenance = writing.provenance_of(
        content, sender.instance_id, create_id=act.step.activity.id, announce_id=None
    )
    await messages.send(
        session,
        act.author,
        recipients[0].id,
        content.markdown or "",
        domain=act.domain,
        provenance=provenance,
    )


async def change(session: AsyncSession, act: Act) -> bool:
    """Change a message's text; its sender may."""
    message, content = _message(act), act.step.content
    if content is None:
        raise Refused("malformed", "There is nothing in it.")
    provenance = writing.provenance_of(content, act.person.instance_id, create_id=None, announce_id=None)
    await messages.edit(
        session, act.author, message.id, content.markdown or "", domain=act.domain, provenance=provenance
    )
    return True


async def gone(session: AsyncSession, act: Act) -> bool:
    """Take a message back."""
    await messages.set_deleted(session, act.author, _message(act).id, deleted=True)
    return True


async def back(session: AsyncSession, act: Act) -> bool:
    """Bring it back."""
    await messages.set_deleted(session, act.author, _message(act).id, deleted=False)
    return True


def _message(act: Act) -> Message:
    found = act.object
    if not isinstance(found, Message):
        raise Ignored("not here", "That message is not here.")
    if found.sender_id != act.author.id:
        raise NotTheirs("That message is somebody else's.")
    return found


def _sender(act: Act, content: Content) -> Person:
    sender = act.known.person(content.author)
    if sender is None or sender.id != act.author.id:
        raise NotTheirs("A message is sent by who wrote it.")
    return sender
