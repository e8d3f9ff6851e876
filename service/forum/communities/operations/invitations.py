"""Inviting people into a community: asked, accepted, withdrawn."""

import secrets

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import may_act
from service.forum.accounts.viewer import Viewer
from service.forum.bans import is_banned_now
from service.forum.checks import is_id
from service.forum.communities import rules
from service.forum.communities.choices import Joining
from service.forum.communities.operations.members import admit
from service.forum.communities.operations.rows import is_banned, known_account, lock_community
from service.forum.communities.standing import check_may_moderate, load_standing
from service.forum.errors import Banned, Conflict, Forbidden, Invalid, NotFound
from service.forum.events import MemberInvited, MembershipChanged
from service.language import _
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import CommunityInvitation, CommunityMember

_TOKEN_BYTES = 15


async def invite(session: AsyncSession, viewer: Viewer, community_id: int, account_id: int) -> int:
    """Invite somebody of this site into a community here; they are told. Again gives the first invitation back.

    Returns:
        The id of the invitation.

    Raises:
        NotFound: there is no such community for the viewer, or no such account.
        Forbidden: the viewer may not invite there.
        Invalid: the account is of another site.
        Conflict: the account is a member.
        Banned: the account is banned there, or from the site.
    """
    may_act(viewer)
    community = await lock_community(session, community_id, local=True)
    standing = await load_standing(session, viewer, community_id)
    if not rules.may_invite(
        Joining.stored(community.invitations, Joining.ANYBODY),
        is_member=standing.member,
        is_moderator=standing.moderates or viewer.runs_the_site,
        is_owner=standing.owns or viewer.runs_the_site,
    ):
        raise Forbidden(_("You may not invite people into this community."), code="may_not_invite")
    person = await known_account(session, viewer, account_id)
    if not person.is_local:
        raise Invalid({"person": _("Only people of this site can be invited.")})
    if await is_banned(session, account_id, community_id) or await is_banned_now(session, account_id):
        raise Banned(_("This person is banned."), code="banned_from_community")
    if await session.get(CommunityMember, (account_id, community_id)) is not None:
        raise Conflict(_("This person is a member already."), field="person")
    await lock_name(session, f"invitation:{community_id}:{account_id}")
    known: int | None = await session.scalar(
        select(CommunityInvitation.id).where(
            CommunityInvitation.community_id == community_id, CommunityInvitation.user_id == account_id
        )
    )
    if known is not None:
        return known
    invitation = CommunityInvitation(
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        community_id=community_id,
        user_id=account_id,
        inviter_id=viewer.id,
    )
    session.add(invitation)
    await session.flush()
    await record(session, MemberInvited(invitation_id=invitation.id))
    return invitation.id


async def accept_invitation(session: AsyncSession, viewer: Viewer, token: str) -> int:
    """Make the viewer a member of the community that they were invited into; return its id.

    Raises:
        NotFound: there is no such invitation for the viewer, or no such community any more.
        Banned: the viewer is banned.
    """
    may_act(viewer)
    invitation = await session.scalar(
        select(CommunityInvitation).where(
            CommunityInvitation.token == token, CommunityInvitation.user_id == viewer.id
        )
    )
    if invitation is None or invitation.community_id is None:
        raise NotFound(_("This invitation is not for you, or it was withdrawn."))
    community = await lock_community(session, invitation.community_id, local=True)
    if community.banned:
        raise NotFound(_("There is no such community here."), code="no_such_community")
    if await is_banned(session, viewer.id, community.id):
        raise Banned(_("You are banned from this community."), code="banned_from_community")
    await session.execute(
        delete(CommunityInvitation).where(
            CommunityInvitation.community_id == community.id, CommunityInvitation.user_id == viewer.id
        )
    )
    if await admit(session, viewer.id, community.id):
        event = MembershipChanged(community_id=community.id, account_id=viewer.id, step="joined")
        await record(session, event, federate=True)
    return community.id


async def withdraw_invitation(session: AsyncSession, viewer: Viewer, invitation_id: int) -> int:
    """End an invitation: who sent it, whom it is for, or a moderator; return the community's id.

    Raises:
        NotFound: there is no such invitation.
        Forbidden: it is not the viewer's to take back.
    """
    invitation = await session.get(CommunityInvitation, invitation_id) if is_id(invitation_id) else None
    if invitation is None or invitation.community_id is None:
        raise NotFound(_("There is no such invitation."))
    if viewer.id not in (invitation.inviter_id, invitation.user_id):
        check_may_moderate(viewer, await load_standing(session, viewer, invitation.community_id))
    await session.delete(invitation)
    await session.flush()
    return invitation.community_id
