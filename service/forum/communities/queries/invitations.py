"""Invitations to a community: those that wait, for its moderators; and one, for whom it is."""

from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import author_loader, picture
from service.forum.accounts.viewer import Viewer
from service.forum.checks import storable
from service.forum.communities.columns import community_loader
from service.forum.communities.shapes import Invitation, InvitationByLetter
from service.forum.errors import NotFound
from service.forum.paging import Page, page_of, window
from service.language import _
from service.storage.rows import Loader, if_there, or_empty
from service.storage.tables import Community, CommunityInvitation, User

_AVATAR, _INVITER_AVATAR, _ICON = picture("avatar"), picture("inviter_avatar"), picture("icon")
_INVITER = aliased(User, name="inviter")
_INVITATION = Loader(
    Invitation,
    {
        "id": CommunityInvitation.id,
        "token": or_empty(CommunityInvitation.token),
        "community": community_loader(_ICON),
        "person": if_there(author_loader(User, _AVATAR)),
        "inviter": if_there(author_loader(_INVITER, _INVITER_AVATAR)),
    },
    CommunityInvitation,
)


async def invitations(
    db: AsyncConnection, community_id: int, *, page: int = 1, size: int = 20
) -> Page[Invitation]:
    """The invitations to a community that wait for an answer, the latest first.

    Parameters:
        page: from 1.
        size: invitations a page.
    """
    statement = _invitations().where(CommunityInvitation.community_id == community_id)
    rows = await db.execute(window(statement.order_by(CommunityInvitation.id.desc()), page, size))
    return page_of([_INVITATION.load(row) for row in rows], size)


async def invitation_by_token(db: AsyncConnection, viewer: Viewer, token: str) -> Invitation:
    """The viewer's invitation, or one for whoever has its link; NotFound for others, and for one that was withdrawn."""
    if not storable(token):
        raise NotFound
    statement = _invitations().where(
        CommunityInvitation.token == token,
        or_(CommunityInvitation.user_id == viewer.id, CommunityInvitation.user_id.is_(None)),
        Community.banned.is_not(True),
    )
    row = (await db.execute(statement.limit(1))).first()
    if row is None:
        raise NotFound(_("This invitation isn't for you, or it has been withdrawn."))
    return _INVITATION.load(row)


async def invitation_by_id(db: AsyncConnection, invitation_id: int) -> InvitationByLetter | None:
    """What the letter of an invitation says; None if it was withdrawn meanwhile."""
    statement = (
        select(
            or_empty(CommunityInvitation.token),
            or_empty(Community.name),
            or_empty(func.nullif(Community.title, ""), Community.name),
            or_empty(func.nullif(User.title, ""), User.user_name),
        )
        .join(Community, Community.id == CommunityInvitation.community_id)
        .join(User, User.id == CommunityInvitation.inviter_id)
        .where(CommunityInvitation.id == invitation_id, Community.banned.is_not(True))
    )
    row = (await db.execute(statement)).one_or_none()
    return None if row is None else InvitationByLetter(*row)


def _invitations() -> Select[Any]:
    return (
        select(*_INVITATION.columns)
        .join(Community, Community.id == CommunityInvitation.community_id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .outerjoin(User, User.id == CommunityInvitation.user_id)
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .outerjoin(_INVITER, _INVITER.id == CommunityInvitation.inviter_id)
        .outerjoin(_INVITER_AVATAR, _INVITER_AVATAR.id == _INVITER.avatar_id)
    )
