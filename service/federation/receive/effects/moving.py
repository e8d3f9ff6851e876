"""Who and what moves: people and communities to another place, posts to another community."""

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Group, Person
from service.forum.events import ActorMoved
from service.forum.posts import operations as posts
from service.storage.outbox import record


async def post(session: AsyncSession, act: Act) -> bool:
    """A post goes to another community; who may move it, the forum asks."""
    thing, target = act.thing, act.known.group(act.activity.target)
    if thing.kind != "post" or target is None:
        raise Ignored("no rule", "Only posts move, and to a community that is known here.")
    return await posts.move(session, act.author, thing.id, target.id)


async def actor(session: AsyncSession, act: Act) -> bool:
    """A person or community says where it has moved to, or from; the other one is asked next."""
    moved, target = act.object, act.activity.target
    if not isinstance(moved, Person | Group) or moved.local or target is None:
        raise Ignored("not here", "That account is none of another server.")
    said_by = act.step.activity.actor.lower()
    if said_by not in {moved.url.lower(), target.lower()}:
        raise NotTheirs("Only who moves may say that.")
    await record(
        session,
        ActorMoved(
            moved="person" if isinstance(moved, Person) else "community",
            actor_id=moved.id,
            target=target,
            by_target=said_by == target.lower(),
        ),
    )
    return False
