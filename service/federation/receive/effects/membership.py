"""Following and what is answered to it; our own wishes to follow, accepted or refused."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.errors import NotTheirs, Refused
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Collection, Group, Person
from service.federation.vocabulary import document_from
from service.federation.write.activities import accept, reject
from service.federation.write.documents import encoded, new_id
from service.forum.communities.operations import membership
from service.forum.errors import ForumError
from service.forum.events import MembershipChanged
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    CommunityJoinRequest,
    CommunityMember,
    Feed,
    FeedJoinRequest,
    FeedMember,
    UserFollower,
)

communities: Any = membership


async def follow_community(session: AsyncSession, act: Act) -> bool:
    """Make somebody from elsewhere a member of a community here, and say so; each Follow gets its answer."""
    group = act.object
    if not isinstance(group, Group) or not group.local or group.hidden:
        raise Ignored("not here", "There is no such community here.")
    lane = lanes.of_member(group.id, act.author.id)
    signer = Signer("community", group.id)
    try:
        is_member = await communities.join(session, act.author, group.id)
    except ForumError:
        act.outgoing.append(_answer(act, reject, group.url, signer, lane))
        return True
    if is_member:
        act.outgoing.append(_answer(act, accept, group.url, signer, lane))
    return True


async def leave_community(session: AsyncSession, act: Act) -> bool:
    """End the membership of somebody from elsewhere, or their wish."""
    group = act.object
    if not isinstance(group, Group) or not group.local:
        raise Ignored("not here", "There is no such community here.")
    await communities.leave(session, act.author, group.id)
    return True


async def follow_person(session: AsyncSession, act: Act) -> bool:
    """Let somebody from elsewhere follow somebody here, at once or when they agree."""
    person = act.object
    if not isinstance(person, Person) or not person.local or person.deleted:
        raise Ignored("not here", "There is no such person here.")
    agreed = not person.approves_followers
    made = insert(UserFollower).values(
        local_user_id=person.id,
        remote_user_id=act.author.id,
        is_accepted=agreed,
        is_inward=True,
        created_at=utcnow(),
    )
    keys = [UserFollower.local_user_id, UserFollower.remote_user_id]
    stored = made.on_conflict_do_update(index_elements=keys, set_={"is_inward": True}).returning(
        UserFollower.is_accepted
    )
    if (await session.execute(stored)).scalar_one():
        lane = lanes.of_person(person.id)
        act.outgoing.append(_answer(act, accept, person.url, Signer("person", person.id), lane))
    return True


async def leave_person(session: AsyncSession, act: Act) -> bool:
    """End it."""
    person = act.object
    if not isinstance(person, Person) or not person.local:
        raise Ignored("not here", "There is no such person here.")
    await session.execute(
        delete(UserFollower).where(
            UserFollower.local_user_id == person.id,
            UserFollower.remote_user_id == act.author.id,
            UserFollower.is_inward.is_(True),
        )
    )
    return True


async def follow_feed(session: AsyncSession, act: Act) -> bool:
    """Let somebody from elsewhere follow a feed here."""
    feed = _own_feed(act)
    members = FeedMember.feed_id == feed.id, FeedMember.user_id == act.author.id
    if await session.scalar(select(func.count()).select_from(FeedMember).where(*members)) == 0:
        session.add(FeedMember(feed_id=feed.id, user_id=act.author.id))
        await _count_followers(session, feed.id, 1)
    lane = lanes.of_feed(feed.id)
    act.outgoing.append(_answer(act, accept, feed.url, Signer("feed", feed.id), lane))
    return True


async def leave_feed(session: AsyncSession, act: Act) -> bool:
    """End it."""
    feed = _own_feed(act)
    gone = await session.scalars(
        delete(FeedMember)
        .where(FeedMember.feed_id == feed.id, FeedMember.user_id == act.author.id)
        .returning(FeedMember.id)
    )
    if gone.all():
        await _count_followers(session, feed.id, -1)
    return True


async def accepted(session: AsyncSession, act: Act) -> bool:
    """A wish of ours to follow was granted: by its own actor, and only one that there is."""
    return await _answered(session, act, granted=True)


async def rejected(session: AsyncSession, act: Act) -> bool:
    """A wish of ours to follow was refused, or what was granted before is taken back."""
    return await _answered(session, act, granted=False)


async def _answered(session: AsyncSession, act: Act, *, granted: bool) -> bool:
    """Find the wish by its id, else by the two whom it is between; the answer is the followed one's to give."""
    actor, inner = act.actor, act.step.inner
    followed = inner.object_id if inner is not None and inner.kind == "Follow" else None
    if followed is not None and followed.lower() != act.step.activity.actor.lower():
        raise NotTheirs("Only the one that is followed may answer.")
    follower = act.known.person(inner.actor) if inner is not None else None
    wish_id = (inner.id if inner is not None else None) or act.activity.object_id or ""
    match actor:
        case Group():
            return await _answer_of_community(session, actor, follower, wish_id, granted=granted)
        case Collection():
            return await _answer_of_feed(session, actor, follower, wish_id, granted=granted)
        case Person():
            return await _answer_of_person(session, actor, follower, granted=granted)
        case _:
            raise Ignored("not here", "Nobody here asked for that.")


async def _answer_of_community(
    session: AsyncSession, group: Group, follower: Person | None, wish_id: str, *, granted: bool
) -> bool:
    wishes = select(CommunityJoinRequest.user_id).where(CommunityJoinRequest.community_id == group.id)
    by_id = _uuid_of(wish_id)
    user_id = None
    if by_id is not None:
        user_id = await session.scalar(wishes.where(CommunityJoinRequest.uuid == by_id))
    if user_id is None and follower is not None and follower.local:
        user_id = follower.id
    if user_id is None:
        raise Ignored("not here", "Nobody here asked for that.")
    asked = await session.scalar(wishes.where(CommunityJoinRequest.user_id == user_id))
    if granted:
        if asked is None:
            raise Ignored("not here", "Nobody here asked for that.")
        await communities.admit(session, user_id, group.id)
        await record(
            session,
            MembershipChanged(community_id=group.id, account_id=user_id, step="joined"),
            federate=False,
        )
        return True
    await communities.forget_request(session, user_id, group.id)
    gone = await session.scalars(
        delete(CommunityMember)
        .where(
            CommunityMember.user_id == user_id,
            CommunityMember.community_id == group.id,
            CommunityMember.is_banned.is_not(True),
        )
        .returning(CommunityMember.user_id)
    )
    if gone.all():
        await communities._count_members(session, [group.id], -1)
    await record(
        session, MembershipChanged(community_id=group.id, account_id=user_id, step="left"), federate=False
    )
    return True


async def _answer_of_feed(
    session: AsyncSession, feed: Collection, follower: Person | None, wish_id: str, *, granted: bool
) -> bool:
    wishes = select(FeedJoinRequest).where(FeedJoinRequest.feed_id == feed.id)
    by_id = _uuid_of(wish_id)
    wish = await session.scalar(wishes.where(FeedJoinRequest.uuid == by_id).limit(1)) if by_id else None
    if wish is None and follower is not None:
        wish = await session.scalar(wishes.where(FeedJoinRequest.user_id == follower.id).limit(1))
    if wish is None:
        raise Ignored("not here", "Nobody here asked for that.")
    user_id = wish.user_id
    await session.execute(
        delete(FeedJoinRequest).where(FeedJoinRequest.feed_id == feed.id, FeedJoinRequest.user_id == user_id)
    )
    if granted:
        session.add(FeedMember(feed_id=feed.id, user_id=user_id))
        await _count_followers(session, feed.id, 1)
    return True


async def _answer_of_person(
    session: AsyncSession, person: Person, follower: Person | None, *, granted: bool
) -> bool:
    if follower is None or not follower.local:
        raise Ignored("not here", "Nobody here asked for that.")
    pair = UserFollower.local_user_id == follower.id, UserFollower.remote_user_id == person.id
    statement: Any = (
        update(UserFollower).where(*pair).values(is_accepted=True)
        if granted
        else delete(UserFollower).where(*pair)
    )
    await session.execute(statement)
    return True


def _own_feed(act: Act) -> Collection:
    feed = act.object
    if not isinstance(feed, Collection) or not feed.local:
        raise Ignored("not here", "There is no such feed here.")
    return feed


async def _count_followers(session: AsyncSession, feed_id: int, change: int) -> None:
    count = func.greatest(func.coalesce(Feed.subscriptions_count, 0) + change, 0)
    await session.execute(update(Feed).where(Feed.id == feed_id).values(subscriptions_count=count))


def _answer(act: Act, answer: Any, actor: str, signer: Signer, lane: str) -> Outgoing:
    inbox = act.person.inbox
    if inbox is None:
        raise Refused("actor", "That account has no inbox.")
    kind = "Accept" if answer is accept else "Reject"
    identity = new_id(act.domain, kind)
    document = answer(identity, actor, document_from(act.step.row.body))
    return Outgoing(
        id=identity, kind=kind, body=encoded(document), signer=signer, lane=lane, inboxes=(inbox,)
    )


def _uuid_of(identity: str) -> Any:
    """Return the UUID at the end of the id of a Follow of ours; None if there is none."""
    from uuid import UUID

    try:
        return UUID(identity.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
