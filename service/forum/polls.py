"""Polls: the choices of a post of that kind, who may choose, and what was chosen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import JSON, ColumnElement, case, cast, delete, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.queries.blocks import has_blocked
from service.forum.checks import is_id, refuse, storable
from service.forum.communities.standing import check_may_vote, standing_for_post
from service.forum.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from service.forum.events import PollVoted
from service.forum.posts.choices import PollMode, PostType
from service.forum.posts.shapes import ChoiceRow, PollRow
from service.forum.provenance import storable_text
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.statements import Id
from service.storage.tables import Poll, PollChoice, PollChoiceVote, Post
from service.text.visible import clean_line

CHOICES = (2, 10)
CHOICE_LENGTH = 200
USUAL_TIME, LONGEST_TIME = timedelta(days=3), timedelta(days=366)


class NewPoll(msgspec.Struct, frozen=True, kw_only=True):
    """The question part of a post.

    Attributes:
        choices: The answers to choose from, in their order.
        end: When it closes, in naive UTC; None three days from now.
        local_only: Only members of this site may choose.
        votes: How often each was chosen, where another server counts.
    """

    choices: tuple[str, ...]
    mode: PollMode = PollMode.SINGLE
    end: datetime | None = None
    local_only: bool = False
    votes: tuple[int, ...] = ()


def check(new: NewPoll) -> None:
    """Raise Invalid with all that is wrong with a poll."""
    refuse({"poll": _problem_with_choices(_tidy(new)), "end_poll": _problem_with_end(new.end)})


def _problem_with_choices(texts: list[str]) -> str | None:
    fewest, most = CHOICES
    if not fewest <= len(texts) <= most:
        return _("Add %(fewest)s to %(most)s choices.", fewest=fewest, most=most)
    if not all(0 < len(text) <= CHOICE_LENGTH and storable(text) for text in texts):
        return _("Use 1 to %(choice_length)s characters for each choice.", choice_length=CHOICE_LENGTH)
    return _("Each choice must be different.") if len({text.lower() for text in texts}) < len(texts) else None


def _problem_with_end(end: datetime | None) -> str | None:
    now = utcnow()
    in_time = end is None or now < end <= now + LONGEST_TIME
    return None if in_time else _("Choose an end time in the future, within a year.")


def _tidy(new: NewPoll) -> list[str]:
    """The choices as they are shown; '' is one of which nothing is seen."""
    return [clean_line(text, 2 * CHOICE_LENGTH) for text in new.choices]


def _sent_choices(sent: NewPoll) -> dict[str, int]:
    """The choices of another server's poll with their votes, each once; Invalid if none can be shown."""
    votes = dict(enumerate(sent.votes))
    texts = [storable_text(text, CHOICE_LENGTH) for text in _tidy(sent)]
    choices = {text: votes.get(at, 0) for at, text in enumerate(texts) if text}
    if not choices:
        raise Invalid({"poll": _("Add choices to the poll.")})
    return choices


def is_open(poll: PollRow) -> bool:
    """Whether a poll takes votes now."""
    return poll.end is None or poll.end > utcnow()


async def attach(session: AsyncSession, post: Post, new: NewPoll, *, sent: bool = False) -> None:
    """Give a new post its poll. Raises as `check`.

    Parameters:
        sent: by another server; such a poll may be over, and is cut to what can be stored.
    """
    if not sent:
        check(new)
    end = new.end or (None if sent else utcnow() + USUAL_TIME)
    session.add(Poll(post_id=post.id, end_poll=end, mode=new.mode, local_only=new.local_only))
    _add_choices(session, post.id, _sent_choices(new) if sent else dict.fromkeys(_tidy(new), 0))
    await session.flush()


async def follow_sent(session: AsyncSession, post: Post, sent: NewPoll) -> None:
    """Let the poll of another server's post, which the caller has locked, be as that server says now.

    It counts its votes itself; where the choices are others, those that were made here are void.

    Raises:
        Invalid: the post has no poll, or what was sent is none.
    """
    poll = await session.get(Poll, post.id)
    if post.type != PostType.POLL or poll is None:
        raise Invalid({"poll": _("This post isn't a poll.")})
    poll.mode, poll.end_poll = sent.mode, sent.end or poll.end_poll
    choices = _sent_choices(sent)
    rows = (await session.scalars(_choices_of(post.id))).all()
    if [row.choice_text for row in rows] == list(choices):
        for row in rows if sent.votes else ():
            row.num_votes = choices[row.choice_text or ""]
    else:
        await session.execute(delete(PollChoiceVote).where(PollChoiceVote.post_id == post.id))
        await session.execute(delete(PollChoice).where(PollChoice.post_id == post.id))
        _add_choices(session, post.id, choices)
    await session.flush()


async def change(session: AsyncSession, post: Post, new: NewPoll) -> None:
    """Change the poll of a post, which the caller has locked; its choices only while nobody has chosen.

    Raises:
        Invalid: the post has no poll, the poll breaks a rule, or its choices stand.
    """
    poll = await session.get(Poll, post.id)
    if post.type != PostType.POLL or poll is None:
        raise Invalid({"poll": _("This post isn't a poll.")})
    check(new)
    rows = (await session.scalars(_choices_of(post.id))).all()
    same = [row.choice_text for row in rows] == _tidy(new)
    chosen = any(row.num_votes for row in rows)
    if chosen and not (same and new.mode == poll.mode):
        raise Invalid({"poll": _("The choices can't be changed because people have already voted.")})
    poll.mode, poll.local_only = new.mode, new.local_only
    poll.end_poll = new.end or poll.end_poll
    if not same:
        await session.execute(delete(PollChoice).where(PollChoice.post_id == post.id))
        _add_choices(session, post.id, dict.fromkeys(_tidy(new), 0))
    await session.flush()


async def vote(session: AsyncSession, author: Author, post_id: int, choice_ids: Sequence[int]) -> None:
    """Choose in a poll, once for all: the same choice again changes nothing.

    Raises:
        NotFound, Gone: there is no such poll for the viewer, or its post was deleted.
        Forbidden, Banned: the viewer may not vote there, or the poll is closed.
        Invalid: these are no choices of the poll, or too many.
        Conflict: the viewer has chosen something else.
    """
    post, poll = await _locked(session, post_id)
    standing = await standing_for_post(session, author, post)
    if post.deleted:
        raise Gone(_("This post has been deleted."))
    blocked = await has_blocked(session, post.user_id, author.id)
    check_may_vote(author, standing, 1, blocked=blocked)
    wanted = set(choice_ids)
    offered = {row.id for row in (await session.scalars(_choices_of(post_id))).all()}
    if not wanted or not wanted <= offered:
        raise Invalid({"choice_id": _("This isn't one of the poll's choices.")})
    if poll.mode != PollMode.MULTIPLE and len(wanted) > 1:
        raise Invalid({"choice_id": _("You can only pick one choice in this poll.")})
    if await _chosen(session, author, post_id, wanted):
        return
    if poll.end_poll is not None and poll.end_poll <= utcnow():
        raise Forbidden(_("This poll is closed."), code="poll_closed")
    await _count(session, author, poll, wanted)
    await record(
        session,
        PollVoted(post_id=post_id, account_id=author.id, choice_ids=sorted(wanted)),
        federate=author.tells_votes,
    )


def poll_of(post: Any) -> ColumnElement[Any]:
    """SQL: the poll of a post for `poll_row`; NULL without one. Nothing is looked up for posts of other kinds."""
    choice = func.json_build_array(
        PollChoice.id, PollChoice.choice_text, PollChoice.sort_order, PollChoice.num_votes
    )
    choices = (
        select(func.json_agg(aggregate_order_by(choice, PollChoice.sort_order, PollChoice.id)))
        .where(PollChoice.post_id == post.id)
        .correlate(post)
        .scalar_subquery()
    )
    poll = (
        select(func.json_build_array(Poll.mode, Poll.local_only, Poll.end_poll, Poll.latest_vote, choices))
        .where(Poll.post_id == post.id)
        .correlate(post)
        .scalar_subquery()
    )
    return cast(case((post.type == literal_column(str(PostType.POLL)), poll)), JSON)


def choices_of(viewer_id: Id, post: Any) -> ColumnElement[Any]:
    """SQL: what somebody chose in the poll of a post, as an array; NULL for posts of other kinds."""
    chosen = (
        select(PollChoiceVote.choice_id)
        .where(PollChoiceVote.user_id == viewer_id, PollChoiceVote.post_id == post.id)
        .order_by(PollChoiceVote.choice_id)
        .correlate(post)
        .scalar_subquery()
    )
    return case((post.type == literal_column(str(PostType.POLL)), func.array(chosen)))


def poll_row(value: list[Any]) -> PollRow:
    """The poll in the value of the column above."""
    mode, local_only, end, latest, choices = value
    return PollRow(
        mode="multiple" if mode == "multiple" else "single",
        local_only=bool(local_only),
        end=datetime.fromisoformat(end) if end else None,
        latest_vote=datetime.fromisoformat(latest) if latest else None,
        choices=tuple(
            ChoiceRow(id_, text or "", order or 0, votes or 0) for id_, text, order, votes in choices or ()
        ),
    )


def _add_choices(session: AsyncSession, post_id: int, choices: Mapping[str, int]) -> None:
    session.add_all(
        PollChoice(post_id=post_id, choice_text=text, sort_order=at, num_votes=votes)
        for at, (text, votes) in enumerate(choices.items(), 1)
    )


def _choices_of(post_id: int) -> Any:
    return (
        select(PollChoice).where(PollChoice.post_id == post_id).order_by(PollChoice.sort_order, PollChoice.id)
    )


async def _locked(session: AsyncSession, post_id: int) -> tuple[Post, Poll]:
    """The post and its poll, which is locked: votes stand in a queue, and nobody is counted twice."""
    post = await session.get(Post, post_id) if is_id(post_id) else None
    poll = await session.get(Poll, post_id, with_for_update=True) if post is not None else None
    if post is None or poll is None:
        raise NotFound(_("This poll doesn't exist."))
    return post, poll


async def _chosen(session: AsyncSession, author: Author, post_id: int, wanted: set[int]) -> bool:
    """Whether the viewer has chosen just this; Conflict if something else."""
    mine = select(PollChoiceVote.choice_id).where(
        PollChoiceVote.user_id == author.id, PollChoiceVote.post_id == post_id
    )
    known = set((await session.scalars(mine)).all())
    if known and known != wanted:
        raise Conflict(_("You've already voted in this poll."), code="already_voted", field="choice_id")
    return bool(known)


async def _count(session: AsyncSession, author: Author, poll: Poll, wanted: set[int]) -> None:
    session.add_all(
        PollChoiceVote(choice_id=id_, user_id=author.id, post_id=poll.post_id) for id_ in sorted(wanted)
    )
    await session.execute(
        update(PollChoice)
        .where(PollChoice.id.in_(wanted))
        .values(num_votes=func.coalesce(PollChoice.num_votes, 0) + 1)
        .execution_options(synchronize_session=False)
    )
    poll.latest_vote = utcnow()
    await session.flush()
