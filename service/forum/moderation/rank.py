"""Who may act on whom: bans, and taking an office away. One rule for communities and for the whole site.

Somebody acts only on those who stand below them. Administrators act on each other as well, but never on the first
account, which is PieFed's administrator whatever its roles; and nobody acts on themselves.
"""

from enum import IntEnum

from sqlalchemy import ColumnElement, and_, case, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import Author
from service.forum.accounts.authority import Authority
from service.forum.accounts.columns import is_administrator
from service.forum.accounts.rules import FIRST_ACCOUNT, ROLE_STAFF
from service.forum.errors import Forbidden
from service.language import _
from service.storage.tables import CommunityMember, User, UserRole


class Rank(IntEnum):
    """What somebody is, on the site or in one of its communities; higher ones come later."""

    MEMBER = 0
    MODERATOR = 1
    OWNER = 2
    STAFF = 3
    ADMINISTRATOR = 4


async def check_outranks(
    session: AsyncSession, by: Author | Authority, account_id: int, community_id: int | None = None
) -> None:
    """Return if somebody may ban another, or take their office from them.

    Parameters:
        by: whose right to do so with people in general has been checked.
        community_id: where; None for the whole site.

    Raises:
        Forbidden: they may not do it to this one.
    """
    if account_id == by.id:
        raise Forbidden(_("You can't do that to yourself."), code="oneself")
    theirs = await rank_of(session, account_id, community_id)
    if theirs is Rank.ADMINISTRATOR:
        if not by.is_admin or by.id is None or account_id == FIRST_ACCOUNT:
            raise Forbidden(_("You can't do that to this administrator."))
        return
    if theirs and theirs >= await _own_rank(session, by, community_id):
        raise Forbidden(
            _("You can't do that to someone of the same rank as you or higher."), code="target_moderates"
        )


async def rank_of(session: AsyncSession, account_id: int, community_id: int | None = None) -> Rank:
    """Return what an account is in a community, or on the site; a moderator who is banned there is none."""
    membership = and_(
        CommunityMember.user_id == account_id,
        CommunityMember.community_id == community_id,
        CommunityMember.is_banned.is_not(True),
    )
    office = select(_office()).where(membership).scalar_subquery()
    administers = exists().where(User.id == account_id, is_administrator())
    serves = exists().where(UserRole.user_id == account_id, UserRole.role_id == ROLE_STAFF)
    row = (await session.execute(select(administers, serves, office))).one()
    if row[0]:
        return Rank.ADMINISTRATOR
    return Rank.STAFF if row[1] else Rank(row[2] or 0)


async def _own_rank(session: AsyncSession, by: Author | Authority, community_id: int | None) -> Rank:
    if by.is_admin:
        return Rank.ADMINISTRATOR
    if by.runs_the_site:
        return Rank.STAFF
    # A role may let somebody ban people who neither moderates nor belongs to the staff.
    return max(Rank.MODERATOR, await rank_of(session, by.id or 0, community_id))


def _office() -> ColumnElement[int]:
    return case(
        (CommunityMember.is_owner.is_(True), Rank.OWNER.value),
        (CommunityMember.is_moderator.is_(True), Rank.MODERATOR.value),
        else_=Rank.MEMBER.value,
    )
