"""Reporting what people wrote, people and communities."""

from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_act
from service.forum.accounts.columns import as_seen_by
from service.forum.accounts.operations.rows import person_row
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.communities.standing import banned_from, load_standing, standing_for_post
from service.forum.errors import Conflict, Gone, Invalid, NotFound
from service.forum.events import ReportFiled
from service.forum.messages import queries as messages
from service.forum.provenance import storable_text
from service.forum.reports import rules
from service.forum.reports.operations.rows import count_open
from service.language import _
from service.storage.clock import utcnow
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import ChatMessage, Comment, Conversation, Post, Report


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody reports something.

    Attributes:
        reason: In a few words.
        description: In more words; may be empty.
        to_remote: Tell the server that it comes from, too.
    """

    reason: str
    description: str = ""
    to_remote: bool = True


async def report_post(session: AsyncSession, author: Author, post_id: int, complaint: Complaint) -> int:
    """Ask the moderators to look at a post; again gives the open report back.

    Returns:
        The id of the report.

    Raises:
        Invalid: the words break a rule.
        NotFound, Gone: there is no such post for the author.
        Banned: the author is banned from its community.
        Conflict: the moderators want to hear no more of it.
    """
    complaint = _checked(author, complaint)
    post = await _reportable(session, author, post_id)
    new = Report(
        type=rules.POST,
        suspect_post_id=post.id,
        suspect_user_id=post.user_id,
        in_community_id=post.community_id,
        targets={rules.POST_TITLE: post.title or "", rules.POST_BODY: post.body or ""},
    )
    return await _file(session, author, new, complaint)


async def report_comment(session: AsyncSession, author: Author, comment_id: int, complaint: Complaint) -> int:
    """Ask the moderators to look at a comment; as `report_post`."""
    complaint = _checked(author, complaint)
    comment = await session.get(Comment, comment_id) if is_id(comment_id) else None
    if comment is None:
        raise NotFound
    post = await _reportable(session, author, comment.post_id or 0)
    if comment.deleted:
        raise Gone
    new = Report(
        type=rules.COMMENT,
        suspect_post_id=post.id,
        suspect_post_reply_id=comment.id,
        suspect_user_id=comment.user_id,
        in_community_id=post.community_id,
        targets={rules.COMMENT_BODY: comment.body or ""},
    )
    return await _file(session, author, new, complaint)


async def _reportable(session: AsyncSession, author: Author, post_id: int) -> Post:
    post = await session.get(Post, post_id) if is_id(post_id) else None
    standing = await standing_for_post(session, author, post)
    if post is None or post.deleted:
        raise Gone
    if standing.banned and not author.runs_the_site:
        raise banned_from(standing)
    return post


async def report_message(session: AsyncSession, viewer: Viewer, message_id: int, complaint: Complaint) -> int:
    """Ask the administrators to look at a message that the viewer wrote or got; as `report_post`."""
    rules.check_words(complaint.reason, complaint.description)
    message = await messages.message_by_id(await session.connection(), viewer, message_id)
    await session.execute(update(ChatMessage).where(ChatMessage.id == message_id).values(reported=True))
    new = Report(
        type=rules.CONVERSATION,
        suspect_conversation_id=message.conversation_id,
        suspect_user_id=message.sender.id,
        targets={rules.MESSAGE_ID: message.id, rules.MESSAGE_BODY: message.content},
    )
    return await _file(session, viewer, new, complaint)


async def report_conversation(
    session: AsyncSession, viewer: Viewer, conversation_id: int, complaint: Complaint
) -> int:
    """Ask the administrators to look at a conversation that the viewer is in; as `report_post`."""
    rules.check_words(complaint.reason, complaint.description)
    if not is_id(conversation_id) or not await session.scalar(
        select(messages.takes_part(conversation_id)), as_seen_by(viewer)
    ):
        raise NotFound
    await session.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(reported=True)
    )
    new = Report(type=rules.CONVERSATION, suspect_conversation_id=conversation_id, targets={})
    return await _file(session, viewer, new, complaint)


async def report_person(session: AsyncSession, viewer: Viewer, account_id: int, complaint: Complaint) -> int:
    """Ask the administrators to look at a person; as `report_post`."""
    complaint = _checked(viewer, complaint)
    if account_id == viewer.id:
        raise Invalid({"person_id": _("You can't report yourself.")})
    person = await person_row(session, viewer, account_id)
    return await _file(session, viewer, Report(type=rules.PERSON, suspect_user_id=person.id), complaint)


async def report_community(
    session: AsyncSession, viewer: Viewer, community_id: int, complaint: Complaint
) -> int:
    """Ask the administrators, not its moderators, to look at a community; as `report_post`."""
    complaint = _checked(viewer, complaint)
    standing = await load_standing(session, viewer, community_id)
    if standing.closed:
        raise Gone
    return await _file(
        session, viewer, Report(type=rules.COMMUNITY, suspect_community_id=community_id), complaint
    )


def _checked(author: Author, complaint: Complaint) -> Complaint:
    """The complaint, with words that can be stored; Invalid if its author has to write it otherwise."""
    may_act(author)
    if author.local:
        rules.check_words(complaint.reason, complaint.description)
        return complaint
    return Complaint(
        reason=storable_text(complaint.reason, rules.REASON_LENGTH).strip() or "Reported",
        description=storable_text(complaint.description, rules.DESCRIPTION_LENGTH),
    )


async def _file(session: AsyncSession, author: Author, new: Report, complaint: Complaint) -> int:
    await lock_name(session, f"report:{author.id}")
    await _refuse_ignored(session, new)
    known = await _already_filed(session, author, new)
    if known is not None:
        return known
    now = utcnow()
    new.reasons, new.description = complaint.reason.strip(), complaint.description.strip()
    new.status, new.reporter_id, new.source_instance_id = rules.NEW, author.id, author.instance_id
    new.created_at = new.updated = now
    new.targets = new.targets or {}
    session.add(new)
    await session.flush()
    await count_open(session, new, 1)
    tells_others = author.local and complaint.to_remote and new.type in rules.TOLD_ELSEWHERE
    await record(session, ReportFiled(report_id=new.id), federate=tells_others)
    return new.id


async def _refuse_ignored(session: AsyncSession, new: Report) -> None:
    count = (
        select(Comment.reports).where(Comment.id == new.suspect_post_reply_id)
        if new.type == rules.COMMENT
        else select(Post.reports).where(Post.id == new.suspect_post_id)
    )
    if await session.scalar(count) == rules.IGNORES_REPORTS:
        raise Conflict(_("The moderators have already reviewed this."), code="already_assessed")


# What a report is about: two with the same are of the same thing.
_SUBJECT = (
    "type",
    "suspect_post_id",
    "suspect_post_reply_id",
    "suspect_conversation_id",
    "suspect_community_id",
    "suspect_user_id",
)


async def _already_filed(session: AsyncSession, author: Author, new: Report) -> int | None:
    """The open report of the same thing by the same person."""
    same: list[Any] = [getattr(Report, name).is_not_distinct_from(getattr(new, name)) for name in _SUBJECT]
    message_id = (new.targets or {}).get(rules.MESSAGE_ID)
    of_message = Report.targets.op("->>")(rules.MESSAGE_ID)
    same.append(of_message.is_(None) if message_id is None else of_message == str(message_id))
    found: int | None = await session.scalar(
        select(Report.id)
        .where(Report.reporter_id == author.id, Report.status.in_(rules.OPEN), *same)
        .limit(1)
    )
    return found
