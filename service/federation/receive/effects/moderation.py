"""What moderators do from elsewhere: lock, pin, appoint, ban, take reports and answer them.

Who may, the forum's operations ask: the community's moderators, and administrators of what is at home on their server.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.errors import NotTheirs, Refused
from service.federation.origin import host_of, same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Group, Person, Thing
from service.forum.accounts import operations as accounts
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.comments import operations as comments
from service.forum.communities import operations as communities
from service.forum.moderation import warnings
from service.forum.posts import operations as posts


async def lock(session: AsyncSession, act: Act) -> bool:
    """Let something take no more answers."""
    return await _set_locked(session, act, locked=True)


async def unlock(session: AsyncSession, act: Act) -> bool:
    """Let it take answers again."""
    return await _set_locked(session, act, locked=False)


async def _set_locked(session: AsyncSession, act: Act, *, locked: bool) -> bool:
    thing = act.thing
    operation = posts.set_locked if thing.kind == "post" else comments.set_locked
    await operation(session, act.author, thing.id, locked=locked, reason=(act.activity.reason or "").strip())
    return True


async def warn(session: AsyncSession, act: Act) -> bool:
    """Tell an author what is wrong with what they wrote, and leave it."""
    thing = act.thing
    comment_id = thing.id if thing.kind == "comment" else None
    reason = (act.activity.reason or "").strip()
    await warnings.warn(session, act.author, thing.post_id, comment_id, reason=reason)
    return True


async def add(session: AsyncSession, act: Act) -> bool:
    """Put something or somebody into a collection: the pinned posts, the moderators."""
    return await _into_or_out_of(session, act, added=True)


async def remove(session: AsyncSession, act: Act) -> bool:
    """Take it out."""
    return await _into_or_out_of(session, act, added=False)


async def _into_or_out_of(session: AsyncSession, act: Act, *, added: bool) -> bool:
    place, found = act.place, act.object
    if place is None:
        raise Ignored("not here", "That collection belongs to no community that is known here.")
    if isinstance(found, Thing) and found.kind == "post":
        if found.community_id != place.id:
            raise NotTheirs("That post stands in another community.")
        await posts.set_pinned(session, act.author, found.id, pinned=added)
        return True
    if isinstance(found, Person):
        await communities.set_moderator(session, act.author, place.id, found.id, added=added)
        return True
    raise Ignored("not here", "That is not here.")


def place_of_target(act: Act) -> Group | None:
    """Return the community whose collection is meant: by its address, whatever the case; else the announcer.

    PieFed names no collection where the community was made by its API: then it is the one that announces or hears it.
    """
    target = (act.activity.target or "").lower().rstrip("/")
    groups = [one for one in act.known.actors.values() if isinstance(one, Group)]
    for group in (*groups, *act.known.groups_by_id.values()):
        collections = (group.moderators, group.featured, f"{group.url}/moderators", f"{group.url}/featured")
        if target in {(one or "").lower().rstrip("/") for one in (*collections, f"{group.url}/pinned")}:
            return group
    via = act.via
    if isinstance(via, Group) and (not target or same_origin(via.url, target)):
        return via
    return None if target else act.known.group(act.activity.audience)


def place_of_ban(act: Act) -> Group | None:
    """Return the community from which somebody is banned; None where it is a whole server."""
    return act.known.group(act.activity.target)


async def ban(session: AsyncSession, act: Act) -> bool:
    """Shut somebody out: of a community, of a server; or want to see nothing of them."""
    person, group = _banned(act), act.known.group(act.activity.target)
    if group is not None:
        await communities.ban_member(
            session,
            act.author,
            group.id,
            person.id,
            reason=(act.activity.reason or "").strip(),
            until=act.activity.ends_at,
            removes_content=act.activity.removes_data,
        )
        return True
    if act.activity.target is None:
        await accounts.block(session, act.author, person.id)
        return False
    _check_is_theirs(act)
    await accounts.ban_from_instance(
        session,
        act.author,
        person.id,
        reason=(act.activity.reason or "").strip(),
        until=act.activity.ends_at,
        removes_content=act.activity.removes_data,
    )
    return True


async def unban(session: AsyncSession, act: Act) -> bool:
    """Let them in again."""
    person, group = _banned(act), act.known.group(act.activity.target)
    if group is not None:
        await communities.unban_member(
            session,
            act.author,
            group.id,
            person.id,
            reason=(act.activity.reason or "").strip(),
            restores_content=act.activity.removes_data,
        )
        return True
    if act.activity.target is None:
        await accounts.unblock(session, act.author, person.id)
        return False
    _check_is_theirs(act)
    await accounts.unban_from_instance(
        session,
        act.author,
        person.id,
        reason=(act.activity.reason or "").strip(),
        restores_content=act.activity.removes_data,
    )
    return True


def _banned(act: Act) -> Person:
    if not isinstance(act.object, Person):
        raise Ignored("not here", "That account is not known here.")
    return act.object


def _check_is_theirs(act: Act) -> None:
    """Raise unless the server from which somebody is banned is the one that the banning administrator runs."""
    if host_of(act.activity.target) != host_of(act.step.activity.actor):
        raise NotTheirs("Nobody bans from another server than their own.")
    if not act.author.runs_site_of(act.author.instance_id) or act.author.instance_id == LOCAL_INSTANCE:
        raise Refused("not_an_admin", "Only an administrator of that server may do that.")


async def answer(session: AsyncSession, act: Act) -> bool:
    """Mark a comment as the answer to a question."""
    return await _set_answer(session, act, answer=True)


async def no_answer(session: AsyncSession, act: Act) -> bool:
    """Take the mark away."""
    return await _set_answer(session, act, answer=False)


async def _set_answer(session: AsyncSession, act: Act, *, answer: bool) -> bool:
    thing = act.thing
    if thing.kind != "comment":
        raise Ignored("no rule", "Only a comment is an answer.")
    await comments.set_answer(session, act.author, thing.id, answer=answer)
    return True
