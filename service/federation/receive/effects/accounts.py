"""Actors of other servers: they change, and they go."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.origin import same_origin
from service.federation.read.actors import actor_from
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Collection, Group, Person
from service.forum.accounts.operations.sanctions import delete_account
from service.forum.communities import operations as communities
from service.forum.events import FeedFound
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import Community, Feed


async def changed(session: AsyncSession, act: Act) -> bool:
    """What an actor says of itself was fetched from it before; a community of ours is changed by its moderators."""
    found, document = act.object, act.activity.object
    if not isinstance(found, Group) or not found.local or document is None:
        return False
    said = actor_from(document, act.now)
    changes = {
        "title": said.title,
        "description": said.about or "",
        "nsfw": said.nsfw,
        "restricted_to_mods": said.moderators_only,
    }
    await communities.edit(session, act.author, found.id, changes, domain=act.domain)
    return True


async def feed_changed(session: AsyncSession, act: Act) -> bool:
    """A feed was fetched from its server before; which communities stand in it, is asked for next."""
    feed = act.object
    if isinstance(feed, Collection) and not feed.local:
        await record(session, FeedFound(feed_id=feed.id))
    return False


async def gone(session: AsyncSession, act: Act) -> bool:
    """An account of another server is deleted; what it wrote is taken down as well, if it asks for that."""
    person = act.object
    if not isinstance(person, Person) or person.local:
        raise Ignored("not here", "That account is none of another server.")
    if person.deleted:
        return False
    await delete_account(session, act.author, person.id, removes_content=act.activity.removes_data)
    return False


def place_of_itself(act: Act) -> Group | None:
    """Return the community that an activity is about: it may announce its own end."""
    return act.object if isinstance(act.object, Group) else None


async def community_gone(session: AsyncSession, act: Act) -> bool:
    """A community of another server is closed."""
    return await _close(session, act, closed=True)


async def community_back(session: AsyncSession, act: Act) -> bool:
    """It is open again."""
    return await _close(session, act, closed=False)


async def _close(session: AsyncSession, act: Act, *, closed: bool) -> bool:
    group = act.object
    if not isinstance(group, Group) or group.local or not same_origin(group.url, act.step.activity.actor):
        raise Ignored("not here", "That community is none of another server.")
    values = {"banned": closed, "ap_deleted_at": utcnow() if closed else None}
    await session.execute(update(Community).where(Community.id == group.id).values(values))
    return False


async def feed_gone(session: AsyncSession, act: Act) -> bool:
    """A feed of another server is deleted; its followers keep their communities."""
    feed = act.object
    if not isinstance(feed, Collection) or feed.local:
        raise Ignored("not here", "That feed is none of another server.")
    values = {"banned": True, "ap_deleted_at": utcnow()}
    await session.execute(update(Feed).where(Feed.id == feed.id).values(values))
    return False
