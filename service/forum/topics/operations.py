"""Changes to topics, for administrators; each leaves its entry in the audit log."""

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit, notifications
from service.forum.accounts.author import may_post
from service.forum.accounts.authority import Authority
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id, refuse
from service.forum.errors import Conflict, NotFound
from service.forum.events import TopicSuggested
from service.forum.phrases import refuse_phrases
from service.forum.topics import rules
from service.language import _
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import Community, Topic


class TopicChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a topic is to be.

    Attributes:
        machine_name: The word in its address.
        parent_id: The topic above it; None for none.
        show_posts_in_children: Its page shows what stands below it, too.
    """

    name: str
    machine_name: str
    parent_id: int | None = None
    show_posts_in_children: bool = False


async def save(session: AsyncSession, by: Authority, topic_id: int | None, change: TopicChange) -> int:
    """Make a topic, or change one; return its id.

    Parameters:
        topic_id: None for a new one.

    Raises:
        NotFound: there is no such topic.
        Invalid: a name breaks a rule, or it cannot stand there.
        Conflict: another topic has this word.
    """
    rules.check_topic(change.name, change.machine_name)
    await lock_name(session, "topics")
    topic = Topic() if topic_id is None else await _found(session, topic_id)
    parents = {row.id: row.parent_id for row in await session.execute(select(Topic.id, Topic.parent_id))}
    refuse({"parent_id": rules.problem_with_place(parents, topic_id, change.parent_id)})
    taken = select(Topic.id).where(func.lower(Topic.machine_name) == change.machine_name)
    if set(await session.scalars(taken)) - {topic_id}:
        raise Conflict(_("Another topic already uses this address."), field="machine_name")
    topic.name, topic.machine_name = change.name, change.machine_name
    topic.parent_id, topic.show_posts_in_children = change.parent_id, change.show_posts_in_children
    session.add(topic)
    await session.flush()
    await audit.note(session, by, "topic_save", target=f"topic:{change.name}")
    return topic.id


async def suggest(session: AsyncSession, viewer: Viewer, name: str, communities: str) -> None:
    """Tell the administrators of a topic that a member misses.

    Parameters:
        name: of the topic.
        communities: what would belong into it, in the member's words.

    Raises:
        Invalid: something is missing or too long.
        Banned: the viewer may not write here.
    """
    may_post(viewer)
    rules.check_suggestion(name, communities)
    await refuse_phrases(session, {"name": name, "communities": communities})
    await record(session, TopicSuggested(by_id=viewer.id, name=name, communities=communities))


async def set_watched(session: AsyncSession, viewer: Viewer, topic_id: int, *, watched: bool) -> None:
    """Tell the viewer of new posts in a topic, or no longer. Idempotent. NotFound if there is none."""
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.TOPIC, topic_id)
        return
    topic = await _found(session, topic_id)
    await notifications.watch(session, viewer.id, notifications.TOPIC, topic_id, topic.name or "")


async def delete(session: AsyncSession, by: Authority, topic_id: int) -> None:
    """Delete a topic; its communities belong to none, and what stood below it stands below nothing.

    Raises:
        NotFound: there is no such topic.
    """
    await lock_name(session, "topics")
    topic = await _found(session, topic_id)
    await session.execute(update(Community).where(Community.topic_id == topic_id).values(topic_id=None))
    await session.execute(update(Topic).where(Topic.parent_id == topic_id).values(parent_id=topic.parent_id))
    name = topic.name or ""
    await notifications.forget_watchers(session, notifications.TOPIC, topic_id)
    await session.delete(topic)
    await session.flush()
    await audit.note(session, by, "topic_delete", target=f"topic:{name}")


async def count_communities(session: AsyncSession, *topic_ids: int | None) -> None:
    """Count anew what stands in topics that gained or lost a community."""
    for topic_id in sorted({topic_id for topic_id in topic_ids if topic_id is not None}):
        inside = select(func.count()).where(Community.topic_id == topic_id, Community.banned.is_not(True))
        await session.execute(
            update(Topic).where(Topic.id == topic_id).values(num_communities=inside.scalar_subquery())
        )


async def _found(session: AsyncSession, topic_id: int) -> Topic:
    topic = await session.get(Topic, topic_id) if is_id(topic_id) else None
    if topic is None:
        raise NotFound(_("This topic doesn't exist."))
    return topic
