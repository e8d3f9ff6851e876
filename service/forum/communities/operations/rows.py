"""The rows that changes begin with, and what somebody is to a community."""

from sqlalchemy import and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.authority import Authority
from service.forum.checks import is_id
from service.forum.communities import rules
from service.forum.communities.roles import is_banned_in, moderates
from service.forum.communities.standing import load_standing
from service.forum.errors import Forbidden, NotFound
from service.forum.moderation.operations import record_in_mod_log
from service.language import _
from service.storage.tables import (
    Community,
    CommunityMember,
    User,
)


async def find_community(session: AsyncSession, community_id: int, *, deleted_too: bool = False) -> Community:
    """The row of a community, or NotFound."""
    community = await session.get(Community, community_id) if is_id(community_id) else None
    if community is None or (community.banned and not deleted_too):
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    return community


async def lock_community(session: AsyncSession, community_id: int, *, local: bool = False) -> Community:
    """The row of a community, deleted or not, locked until the transaction ends; NotFound if there is none.

    Parameters:
        local: it has to be one of this site's own.
    """
    lock = {"key_share": True}
    community = (
        await session.get(Community, community_id, with_for_update=lock) if is_id(community_id) else None
    )
    if community is None or (local and not community.is_local):
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    return community


async def moderated(session: AsyncSession, by: Author, community_id: int) -> Community:
    """The row of a community that somebody moderates; for people of this site one here. NotFound, Forbidden."""
    await check_moderates(session, by, community_id)
    return await lock_community(session, community_id, local=by.local)


async def check_moderates(session: AsyncSession, by: Author, community_id: int) -> None:
    """Raise Forbidden unless somebody moderates a community; NotFound if there is none for them."""
    standing = await load_standing(session, by, community_id)
    if not rules.may_moderate(by, is_moderator=standing.moderates):
        raise Forbidden


async def owns(session: AsyncSession, author: Author, community_id: int) -> bool:
    """Whether the author may do what its owner may."""
    return author.runs_the_site or await holds_role(session, author.id, community_id, owner=True)


async def holds_role(
    session: AsyncSession, account_id: int, community_id: int, *, owner: bool = False
) -> bool:
    """Whether an account moderates a community, or owns it."""
    role = and_(moderates(), CommunityMember.is_owner.is_(True)) if owner else moderates()
    here = (CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
    return bool(await session.scalar(select(exists().where(*here, role))))


async def is_banned(session: AsyncSession, account_id: int, community_id: int) -> bool:
    """Whether somebody is banned from a community now."""
    return bool(await session.scalar(select(is_banned_in(account_id, community_id))))


async def is_only_moderator(session: AsyncSession, account_id: int, community_id: int) -> bool:
    """Whether nobody would be left to moderate a community without this account."""
    another = exists().where(
        CommunityMember.user_id != account_id,
        CommunityMember.community_id == community_id,
        moderates(),
    )
    return not await session.scalar(select(another))


async def log_person(
    session: AsyncSession,
    by: Author | Authority,
    action: rules.PersonAction,
    community_id: int,
    person: User,
    reason: str = "",
) -> None:
    """Write down in the mod log what was done to a person in a community."""
    name = person.ap_id or person.user_name or ""
    await record_in_mod_log(
        session,
        by,
        action,
        reason=reason,
        community_id=community_id,
        target_account_id=person.id,
        link=f"u/{name}",
        link_text=name,
    )


async def known_account(session: AsyncSession, author: Author, account_id: int) -> User:
    """The row of somebody whom the author may know of, or NotFound."""
    person = await session.get(User, account_id) if is_id(account_id) else None
    if (
        person is None
        or person.deleted
        or not author.may_know_of(person.id, waits=person.is_local and not person.verified)
    ):
        raise NotFound(_("There's no one with this name here."))
    return person
