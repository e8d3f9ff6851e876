"""Following across servers, either way: who asks here, and what is answered to those of ours who asked elsewhere.

The answers to who asks here are written by whoever renders our own activities.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs
from service.federation.receive import naming
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Collection, Group, Person
from service.forum.accounts.operations import following as people
from service.forum.communities import operations as communities
from service.forum.feeds.operations import following as feeds


async def follow_community(session: AsyncSession, act: Act) -> bool:
    """Let somebody join a community here, or not; each Follow gets its answer."""
    group = _group(act)
    if group.hidden:
        raise Ignored("not here", "There is no such community here.")
    await naming.keep(session, act, "community", group.id)
    await communities.receive_follow(session, act.author, group.id, follow_id=act.activity.id)
    return True


async def leave_community(session: AsyncSession, act: Act) -> bool:
    """End a membership, or the wish for it."""
    group = _group(act)
    await naming.forget(session, act, "community", group.id)
    return await communities.leave(session, act.author, group.id)


async def follow_person(session: AsyncSession, act: Act) -> bool:
    """Let somebody follow somebody here, at once or when they agree."""
    person = _person(act)
    await naming.keep(session, act, "person", person.id)
    await people.receive_follow(session, act.author, person.id, follow_id=act.activity.id)
    return True


async def leave_person(session: AsyncSession, act: Act) -> bool:
    """End it."""
    person = _person(act)
    await naming.forget(session, act, "person", person.id)
    await people.unfollow(session, act.author, person.id)
    return True


async def follow_feed(session: AsyncSession, act: Act) -> bool:
    """Let somebody follow a feed here."""
    feed = _feed(act)
    await naming.keep(session, act, "feed", feed.id)
    await feeds.receive_follow(session, act.author, feed.id, follow_id=act.activity.id)
    return True


async def leave_feed(session: AsyncSession, act: Act) -> bool:
    """End it."""
    feed = _feed(act)
    await naming.forget(session, act, "feed", feed.id)
    await feeds.unfollow(session, act.author, feed.id)
    return True


async def accepted(session: AsyncSession, act: Act) -> bool:
    """A wish of ours to follow was granted: by the one who is followed, and only a wish that there is."""
    return await _settle(session, act, granted=True)


async def rejected(session: AsyncSession, act: Act) -> bool:
    """A wish of ours to follow was refused, or what was granted before is taken back."""
    return await _settle(session, act, granted=False)


async def _settle(session: AsyncSession, act: Act, *, granted: bool) -> bool:
    """Find who asked: by the two whom it is between, else by the id of the Follow."""
    inner = act.step.inner
    followed = inner.object_id if inner is not None and inner.kind == "Follow" else None
    if followed is not None and followed.lower() != act.step.activity.actor.lower():
        raise NotTheirs("Only the one that is followed may answer.")
    follower = act.known.person(inner.actor) if inner is not None else None
    account_id = follower.id if follower is not None and follower.local else None
    request_id = _uuid_of((inner.id if inner is not None else None) or act.activity.object_id or "")
    changed = False
    match act.actor:
        case Group(id=row_id):
            changed = await communities.settle_request(
                session, row_id, accepted=granted, account_id=account_id, request_id=request_id
            )
        case Collection(id=row_id):
            changed = await feeds.settle_request(
                session, row_id, accepted=granted, account_id=account_id, request_id=request_id
            )
        case Person() if account_id is not None:
            changed = await people.settle_follow(session, act.author, account_id, accepted=granted)
        case _:
            pass
    if not changed:
        raise Ignored("not here", "Nobody here asked for that.")
    return True


def _group(act: Act) -> Group:
    if not isinstance(act.object, Group) or not act.object.local:
        raise Ignored("not here", "There is no such community here.")
    return act.object


def _person(act: Act) -> Person:
    if not isinstance(act.object, Person) or not act.object.local or act.object.deleted:
        raise Ignored("not here", "There is no such person here.")
    return act.object


def _feed(act: Act) -> Collection:
    if not isinstance(act.object, Collection) or not act.object.local:
        raise Ignored("not here", "There is no such feed here.")
    return act.object


def _uuid_of(identity: str) -> UUID | None:
    """Return the UUID at the end of the id of a Follow of ours; None if there is none."""
    try:
        return UUID(identity.rstrip("/").rpartition("/")[2])
    except ValueError:
        return None
