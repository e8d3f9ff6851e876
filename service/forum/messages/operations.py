"""Writing private messages: send, edit, delete, mark as read, leave a conversation."""

from datetime import timedelta

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from service.forum import notifications
from service.forum.accounts.author import Author, may_act
from service.forum.accounts.queries.blocks import blocks
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import Forbidden, Invalid, NotFound
from service.forum.events import MessageDeleted, MessageEdited, MessageSent
from service.forum.messages import rules
from service.forum.phrases import refuse_phrases
from service.forum.posts.rules import DOUBLE_CLICK_SECONDS
from service.forum.provenance import Provenance, Text
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import ChatMessage, Conversation, ConversationMember, Instance, User


async def send(
    session: AsyncSession,
    author: Author,
    recipient_id: int,
    content: str,
    *,
    domain: str,
    provenance: Provenance | None = None,
) -> int:
    """Write to somebody, in the conversation that the two have or in a new one.

    The same form sent twice within a few seconds gives the first message back, and so does what came from elsewhere
    before.

    Parameters:
        domain: this site's.
        provenance: of a message that was written on another server; it is cut to what can be stored.

    Returns:
        The id of the message.

    Raises:
        Invalid: the text breaks a rule, or the author writes to themselves.
        NotFound: there is no such person.
        Forbidden: this person takes no messages, or one of the two has blocked the other.
    """
    may_act(author)
    text = rules.checked_text(content, provenance, domain=domain)
    await refuse_phrases(session, {"content": text.markdown})
    if recipient_id == author.id:
        raise Invalid({"recipient_id": _("You can't send a message to yourself.")})
    await _refuse_unwanted(session, author, recipient_id)
    await lock_name(session, f"talk:{sorted((author.id, recipient_id))}")
    first = await _first(session, author.id, recipient_id, text, provenance)
    if first is not None:
        return first
    now = utcnow()
    message = ChatMessage(
        sender_id=author.id,
        recipient_id=recipient_id,
        conversation_id=await _conversation(session, author.id, recipient_id),
        body=text.markdown,
        body_html=text.html,
        created_at=provenance.published_by(now) if provenance else now,
        edited_at=now,
    )
    session.add(message)
    await session.flush()
    message.ap_id = provenance.ap_id if provenance else rules.message_url(domain, message.id)
    await session.flush()
    await record(session, MessageSent(message_id=message.id), federate=author.local)
    return message.id


async def edit(
    session: AsyncSession,
    author: Author,
    message_id: int,
    content: str,
    *,
    domain: str,
    provenance: Provenance | None = None,
) -> None:
    """Change the text of one's own message.

    Raises:
        Invalid: the text breaks a rule.
        NotFound: it is not theirs or deleted.
        Forbidden: as in `send`, they could not write it to this person now.
    """
    may_act(author)
    text = rules.checked_text(content, provenance, domain=domain)
    await refuse_phrases(session, {"content": text.markdown})
    message = await _own(session, author, message_id)
    if message.deleted:
        raise NotFound
    await _refuse_unwanted(session, author, message.recipient_id or 0)
    message.body, message.body_html = text.markdown, text.html
    message.edited_at = utcnow()
    await session.flush()
    await record(session, MessageEdited(message_id=message_id), federate=author.local)


async def set_deleted(session: AsyncSession, author: Author, message_id: int, *, deleted: bool) -> None:
    """Take one's own message back, or bring it back. Idempotent. NotFound if it is not theirs."""
    message = await _own(session, author, message_id)
    if bool(message.deleted) == deleted:
        return
    message.deleted = deleted
    await session.flush()
    if deleted and message.recipient_id is not None:
        await notifications.mark_message_read(session, message.recipient_id, message_id, read=True)
    await record(session, MessageDeleted(message_id=message_id, deleted=deleted), federate=author.local)


async def mark(session: AsyncSession, viewer: Viewer, message_id: int, *, read: bool) -> None:
    """Mark a message to the viewer as read or unread, with what they were told of it; NotFound if it is not theirs."""
    if not is_id(message_id):
        raise NotFound
    marked = await session.execute(
        update(ChatMessage)
        .where(ChatMessage.id == message_id, ChatMessage.recipient_id == viewer.id)
        .values(read=read)
        .returning(ChatMessage.id)
    )
    if marked.first() is None:
        raise NotFound
    await notifications.mark_message_read(session, viewer.id, message_id, read=read)


async def mark_conversation_read(session: AsyncSession, viewer: Viewer, conversation_id: int) -> None:
    """Mark what the viewer got in a conversation as read, with what they were told of it."""
    await session.execute(
        update(ChatMessage)
        .where(
            ChatMessage.conversation_id == conversation_id,
            ChatMessage.recipient_id == viewer.id,
            ChatMessage.read.is_(False),
        )
        .values(read=True)
    )
    await notifications.mark_conversation_read(session, viewer.id, conversation_id)


async def mark_all_read(session: AsyncSession, viewer: Viewer) -> None:
    """Mark all messages to the viewer, and all that they were told, as read."""
    await session.execute(
        update(ChatMessage)
        .where(ChatMessage.recipient_id == viewer.id, ChatMessage.read.is_(False))
        .values(read=True)
    )
    await notifications.mark_all_read(session, viewer)


async def leave(session: AsyncSession, viewer: Viewer, conversation_id: int) -> None:
    """Take no further part in a conversation, whose messages the viewer sees no more; NotFound if they are not in it.

    Who writes to them again begins another one: not to hear from somebody is what a block is for.
    """
    if not is_id(conversation_id):
        raise NotFound
    left = await session.execute(
        update(ConversationMember)
        .where(
            ConversationMember.conversation_id == conversation_id,
            ConversationMember.user_id == viewer.id,
            ConversationMember.joined.is_not(False),
        )
        .values(joined=False)
        .returning(ConversationMember.user_id)
    )
    if left.first() is None:
        raise NotFound
    await mark_conversation_read(session, viewer, conversation_id)


async def _refuse_unwanted(session: AsyncSession, author: Author, recipient_id: int) -> None:
    if not is_id(recipient_id):
        raise NotFound(_("This person doesn't exist."))
    row = (
        await session.execute(
            select(
                User.ap_id,
                User.accept_private_messages,
                blocks(recipient_id, author.id),
                blocks(author.id, recipient_id),
                exists().where(Instance.id == author.instance_id, Instance.trusted.is_(True)),
            ).where(
                User.id == recipient_id,
                User.deleted.is_not(True),
                User.banned.is_not(True),
                or_(User.verified.is_not(False), ~User.is_local),
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFound(_("This person doesn't exist."))
    remote_name, accepts, blocked, blocking, trusted = row
    if remote_name is not None and not author.local:
        raise NotFound(_("There's no one with this name here."))
    if blocking:
        raise Forbidden(_("You've blocked this person."), code="blocked")
    is_neighbour = author.local == (remote_name is None)
    if blocked or not rules.takes_message(
        accepts, is_neighbour=is_neighbour, trusted=trusted or author.local
    ):
        raise Forbidden(_("This person doesn't accept messages from you."), code="no_messages")


async def _first(
    session: AsyncSession, sender_id: int, recipient_id: int, text: Text, provenance: Provenance | None
) -> int | None:
    """The message that this one is a repetition of."""
    known = (
        _just_sent(sender_id, recipient_id, text)
        if provenance is None
        else select(ChatMessage.id).where(ChatMessage.ap_id == provenance.ap_id)
    )
    found: int | None = await session.scalar(known)
    return found


def _just_sent(sender_id: int, recipient_id: int, text: Text) -> Select[int]:
    return (
        select(ChatMessage.id)
        .where(
            ChatMessage.sender_id == sender_id,
            ChatMessage.recipient_id == recipient_id,
            ChatMessage.body == text.markdown,
            ChatMessage.deleted.is_not(True),
            ChatMessage.created_at > utcnow() - timedelta(seconds=DOUBLE_CLICK_SECONDS),
        )
        .order_by(ChatMessage.id.desc())
        .limit(1)
    )


async def _conversation(session: AsyncSession, one_id: int, other_id: int) -> int:
    """Return the conversation of just these two that neither has left; a new one if there is none."""
    one, other, third = (aliased(ConversationMember) for _ in range(3))
    known: int | None = await session.scalar(
        select(func.max(one.conversation_id))
        .join(other, other.conversation_id == one.conversation_id)
        .where(
            one.user_id == one_id,
            other.user_id == other_id,
            one.joined.is_not(False),
            other.joined.is_not(False),
            ~exists().where(
                third.conversation_id == one.conversation_id, third.user_id.not_in((one_id, other_id))
            ),
        )
    )
    now = utcnow()
    if known is not None:
        await session.execute(update(Conversation).where(Conversation.id == known).values(updated_at=now))
        return known
    made = Conversation(user_id=one_id, created_at=now, updated_at=now)
    session.add(made)
    await session.flush()
    session.add_all(
        ConversationMember(user_id=id_, conversation_id=made.id, joined=True) for id_ in (one_id, other_id)
    )
    await session.flush()
    return made.id


async def _own(session: AsyncSession, author: Author, message_id: int) -> ChatMessage:
    """The message, locked; NotFound if somebody else wrote it."""
    if not is_id(message_id):
        raise NotFound
    message = await session.get(ChatMessage, message_id, with_for_update={"key_share": True})
    if message is None or message.sender_id != author.id:
        raise NotFound
    return message
