"""SQL: what an account is in a community. The one place that says who moderates one and who is banned from it."""

from sqlalchemy import ColumnElement, and_, exists, or_

from service.forum.bans import in_force
from service.storage.statements import Id
from service.storage.tables import CommunityBan, CommunityMember


def moderates(member: type[CommunityMember] = CommunityMember) -> ColumnElement[bool]:
    """SQL: a row of a member is a moderator's or an owner's, who is not banned."""
    return and_(has_office(member), member.is_banned.is_not(True))


def has_office(member: type[CommunityMember] = CommunityMember) -> ColumnElement[bool]:
    """SQL: a row of a member is a moderator's or an owner's, whether or not they are banned."""
    return or_(member.is_moderator.is_(True), member.is_owner.is_(True))


def moderates_in(account_id: Id, community_id: Id) -> ColumnElement[bool]:
    """SQL: an account moderates a community."""
    return exists().where(
        CommunityMember.user_id == account_id, CommunityMember.community_id == community_id, moderates()
    )


def is_banned_in(account_id: Id, community_id: Id) -> ColumnElement[bool]:
    """SQL: an account is on a community's list of bans, with one that is in force."""
    return exists().where(
        CommunityBan.user_id == account_id,
        CommunityBan.community_id == community_id,
        in_force(CommunityBan.ban_until),
    )
