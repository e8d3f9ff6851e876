"""Who follows whom, here and across servers.

PieFed keeps one row for two people of two servers, whoever follows: ours stands first, and `is_inward` says which way
it goes, NULL both. What waits for consent has a request besides.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author, may_act
from service.forum.accounts.operations.rows import person_row
from service.forum.accounts.queries.blocks import has_blocked
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.errors import Forbidden, ForumError, Invalid, NotFound
from service.forum.events import FollowAnswered, FollowAsked, PersonFollowed
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import User, UserFollower, UserFollowRequest


async def follow(session: AsyncSession, author: Author, account_id: int) -> bool:
    """Follow a person. Idempotent.

    Returns:
        Whether it holds at once: others wait for the person's own consent, or for that of their server.

    Raises:
        Invalid: it is the author.
        NotFound: there is no such person.
        Forbidden: they blocked the author.
    """
    may_act(author)
    if account_id == author.id:
        raise Invalid({"user_id": _("You can't follow yourself.")})
    person = await person_row(session, author, account_id)
    if person.deleted or person.banned or not (author.local or person.is_local):
        raise NotFound
    if await has_blocked(session, account_id, author.id):
        raise Forbidden(_("You can't follow this person."), code="blocked")
    if await session.scalar(select(exists().where(*_follows(author, account_id)))):
        return not await session.scalar(select(exists().where(*_asks(author.id, account_id))))
    accepted = person.is_local and not person.ap_manually_approves_followers
    await _write_down(session, author, account_id, accepted=accepted)
    request = None if accepted else UserFollowRequest(user_id=author.id, follow_id=account_id)
    if request is not None:
        session.add(request)
        await session.flush()
    event = PersonFollowed(
        account_id=author.id,
        followed_id=account_id,
        followed=True,
        request_id=None if request is None else request.id,
    )
    await record(session, event, federate=author.local)
    if request is not None and person.is_local:
        await record(session, FollowAsked(account_id=author.id, followed_id=account_id))
    return accepted


async def unfollow(session: AsyncSession, author: Author, account_id: int) -> None:
    """Follow a person no longer; nothing happens if the author did not. NotFound if there is no such person."""
    if not is_id(account_id) or not await session.scalar(select(exists().where(User.id == account_id))):
        raise NotFound
    asked = await _forget_request(session, author.id, account_id)
    if await _end(session, author, account_id):
        event = PersonFollowed(account_id=author.id, followed_id=account_id, followed=False, request_id=asked)
        await record(session, event, federate=author.local)


async def receive_follow(
    session: AsyncSession, author: Author, account_id: int, *, follow_id: str | None
) -> bool:
    """Let somebody of another server follow a person here, if they are to, and answer unless the person has to.

    Parameters:
        follow_id: the identifier of the activity by which they asked.

    Returns:
        Whether they follow now.
    """
    try:
        accepted = await follow(session, author, account_id)
    except ForumError:
        await _answer(session, author.id, account_id, accepted=False, follow=follow_id)
        return False
    if accepted:
        await _answer(session, author.id, account_id, accepted=True, follow=follow_id)
    return accepted


async def accept_follower(session: AsyncSession, viewer: Viewer, account_id: int) -> None:
    """Let somebody follow the viewer who asked to; NotFound if they did not ask."""
    if await _forget_request(session, account_id, viewer.id) is None:
        raise NotFound(_("There's no request to follow you from this person."))
    follower = await _follower(session, account_id)
    pair = update(UserFollower).where(*_follows(follower, viewer.id))
    await session.execute(pair.values(is_accepted=True).execution_options(synchronize_session=False))
    if not follower.local:
        await _answer(session, account_id, viewer.id, accepted=True, follow=None)


async def refuse_follower(session: AsyncSession, author: Author, account_id: int) -> None:
    """Let somebody follow the author no longer, or never; nothing happens if they neither do nor asked to."""
    follower = await _follower(session, account_id)
    asked = await _forget_request(session, account_id, author.id)
    followed = await _end(session, follower, author.id)
    if (followed or asked is not None) and author.local and not follower.local:
        await _answer(session, account_id, author.id, accepted=False, follow=None)


async def settle_follow(session: AsyncSession, author: Author, account_id: int, *, accepted: bool) -> bool:
    """Let a person elsewhere answer somebody of ours, or put them off again later.

    Parameters:
        author: the person elsewhere.
        account_id: who asked. An answer that nobody here asked for changes nothing.

    Returns:
        Whether it changed anything.
    """
    ours = Author(id=account_id, name="")
    asked = await _forget_request(session, account_id, author.id)
    if not accepted:
        return await _end(session, ours, author.id) or asked is not None
    if asked is None:
        return False
    pair = update(UserFollower).where(*_follows(ours, author.id), UserFollower.is_inward.is_(False))
    await session.execute(pair.values(is_accepted=True).execution_options(synchronize_session=False))
    return True


async def _follower(session: AsyncSession, account_id: int) -> Author:
    known = select(User.instance_id).where(User.id == account_id)
    return Author(id=account_id, name="", instance_id=(await session.scalar(known)) or 0)


def _pair(author: Author, account_id: int) -> list[ColumnElement[bool]]:
    ours, theirs = (author.id, account_id) if author.local else (account_id, author.id)
    return [UserFollower.local_user_id == ours, UserFollower.remote_user_id == theirs]


def _follows(author: Author, account_id: int) -> list[ColumnElement[bool]]:
    direction = UserFollower.is_inward.is_not(author.local)
    return [*_pair(author, account_id), direction]


def _asks(follower_id: int, account_id: int) -> list[ColumnElement[bool]]:
    return [UserFollowRequest.user_id == follower_id, UserFollowRequest.follow_id == account_id]


async def _write_down(session: AsyncSession, author: Author, account_id: int, *, accepted: bool) -> None:
    ours, theirs = (author.id, account_id) if author.local else (account_id, author.id)
    row = insert(UserFollower).values(
        local_user_id=ours,
        remote_user_id=theirs,
        is_accepted=accepted,
        is_inward=not author.local,
        created_at=utcnow(),
    )
    changes: dict[str, Any] = {
        "is_inward": case(
            (UserFollower.is_inward == row.excluded.is_inward, row.excluded.is_inward), else_=null()
        )
    }
    if not author.local:
        changes["is_accepted"] = accepted
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[UserFollower.local_user_id, UserFollower.remote_user_id], set_=changes
        )
    )


async def _end(session: AsyncSession, author: Author, account_id: int) -> bool:
    """End one direction; return whether there was one."""
    both = update(UserFollower).where(*_pair(author, account_id), UserFollower.is_inward.is_(None))
    changed = await session.execute(
        both.values(is_inward=author.local)
        .returning(UserFollower.local_user_id)
        .execution_options(synchronize_session=False)
    )
    if changed.first() is not None:
        return True
    gone = await session.execute(
        delete(UserFollower).where(*_follows(author, account_id)).returning(UserFollower.local_user_id)
    )
    return gone.first() is not None


async def _forget_request(session: AsyncSession, follower_id: int, account_id: int) -> int | None:
    gone = await session.scalars(
        delete(UserFollowRequest).where(*_asks(follower_id, account_id)).returning(UserFollowRequest.id)
    )
    return next(iter(gone.all()), None)


async def _answer(
    session: AsyncSession, follower_id: int, account_id: int, *, accepted: bool, follow: str | None
) -> None:
    event = FollowAnswered(
        followed="person", followed_id=account_id, account_id=follower_id, follow=follow, accepted=accepted
    )
    await record(session, event, federate=True)
