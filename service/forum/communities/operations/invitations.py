"""Inviting people into a community: asked, accepted, withdrawn."""

import secrets

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import may_act
from service.forum.accounts.rules import problem_with_email, tidy_email
from service.forum.accounts.viewer import Viewer
from service.forum.bans import is_banned_now
from service.forum.checks import is_id, refuse, storable
from service.forum.communities import rules
from service.forum.communities.choices import Joining
from service.forum.communities.operations.members import admit
from service.forum.communities.operations.rows import is_banned, known_account, lock_community
from service.forum.communities.standing import check_may_moderate, load_standing
from service.forum.errors import Banned, Conflict, Forbidden, Invalid, NotFound
from service.forum.events import InvitationWanted, MemberInvited, MembershipChanged
from service.forum.messages import operations as messages
from service.language import _
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import Community, CommunityInvitation, CommunityMember

_TOKEN_BYTES = 15
NOT_YOURS = _("This invitation isn't for you, or it has been withdrawn.")


async def invite(
    session: AsyncSession, viewer: Viewer, community_id: int, account_id: int, *, domain: str
) -> int | None:
    """Invite somebody into a community here; they are told. Again gives the first invitation back.

    Somebody of another server gets a message with the way there, since only their own server lets them join.

    Parameters:
        domain: this site's.

    Returns:
        The id of the invitation; None for a message.

    Raises:
        NotFound: there is no such community for the viewer, or no such account.
        Forbidden: the viewer may not invite there, or the person takes no messages.
        Invalid: the account is of another server, and the community is for people of this site.
        Conflict: the account is a member.
        Banned: the account is banned there, or from the site.
    """
    community = await _inviting(session, viewer, community_id)
    person = await known_account(session, viewer, account_id)
    if await is_banned(session, account_id, community_id) or await is_banned_now(session, account_id):
        raise Banned(_("This person is banned."), code="banned_from_community")
    if await session.get(CommunityMember, (account_id, community_id)) is not None:
        raise Conflict(_("This person is already a member."), field="person")
    if not person.is_local:
        await _write_to(session, viewer, community, account_id, domain)
        return None
    await lock_name(session, f"invitation:{community_id}:{account_id}")
    known: int | None = await session.scalar(
        select(CommunityInvitation.id).where(
            CommunityInvitation.community_id == community_id, CommunityInvitation.user_id == account_id
        )
    )
    if known is not None:
        return known
    invitation_id = await _add(session, viewer, community_id, account_id)
    await record(session, MemberInvited(invitation_id=invitation_id))
    return invitation_id


async def invite_address(session: AsyncSession, viewer: Viewer, community_id: int, email: str) -> int:
    """Invite whoever reads an e-mail address: the letter's link is good once, for whoever follows it.

    Nothing is said of whether somebody here has the address, and it is forgotten once the letter is sent.

    Returns:
        The id of the invitation.

    Raises:
        NotFound, Forbidden: as `invite`.
        Invalid: this is no e-mail address.
    """
    await _inviting(session, viewer, community_id)
    address = tidy_email(email)
    refuse({"email": problem_with_email(address)})
    invitation_id = await _add(session, viewer, community_id, None)
    await record(session, InvitationWanted(invitation_id=invitation_id, email=address))
    return invitation_id


async def _inviting(session: AsyncSession, viewer: Viewer, community_id: int) -> Community:
    """A community of this site, locked, into which the viewer may invite people."""
    may_act(viewer)
    community = await lock_community(session, community_id, local=True)
    standing = await load_standing(session, viewer, community_id)
    if not rules.may_invite(
        Joining.stored(community.invitations, Joining.ANYBODY),
        is_member=standing.member,
        is_moderator=standing.moderates or viewer.runs_the_site,
        is_owner=standing.owns or viewer.runs_the_site,
    ):
        raise Forbidden(
            _("You don't have permission to invite people to this community."), code="may_not_invite"
        )
    return community


async def _add(session: AsyncSession, viewer: Viewer, community_id: int, account_id: int | None) -> int:
    invitation = CommunityInvitation(
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        community_id=community_id,
        user_id=account_id,
        inviter_id=viewer.id,
    )
    session.add(invitation)
    await session.flush()
    return invitation.id


async def _write_to(
    session: AsyncSession, viewer: Viewer, community: Community, account_id: int, domain: str
) -> None:
    if community.private or community.local_only:
        raise Invalid({"person": _("Only people on this site can join this community.")})
    words = _(
        "I'd like to invite you to join the community !%(name)s@%(domain)s: %(url)s",
        name=community.name,
        domain=domain,
        url=f"https://{domain}/c/{community.name}",
    )
    await messages.send(session, viewer, account_id, str(words), domain=domain)


async def accept_invitation(session: AsyncSession, viewer: Viewer, token: str) -> int:
    """Make the viewer a member of the community that they were invited into; return its id.

    Raises:
        NotFound: there is no such invitation for the viewer, or no such community any more.
        Banned: the viewer is banned.
    """
    may_act(viewer)
    invitation = await _own(session, viewer, token)
    community = await lock_community(session, invitation.community_id or 0, local=True)
    if community.banned:
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    if await is_banned(session, viewer.id, community.id):
        raise Banned(_("You're banned from this community."), code="banned_from_community")
    others = and_(CommunityInvitation.community_id == community.id, CommunityInvitation.user_id == viewer.id)
    used = delete(CommunityInvitation).where(or_(CommunityInvitation.id == invitation.id, others))
    if (await session.execute(used.returning(CommunityInvitation.id))).first() is None:
        raise NotFound(NOT_YOURS)  # somebody else was quicker with the link
    if await admit(session, viewer.id, community.id):
        event = MembershipChanged(community_id=community.id, account_id=viewer.id, step="joined")
        await record(session, event, federate=True)
    return community.id


async def decline_invitation(session: AsyncSession, viewer: Viewer, token: str) -> None:
    """Turn an invitation down. NotFound if there is no such invitation for the viewer."""
    await session.delete(await _own(session, viewer, token))
    await session.flush()


async def _own(session: AsyncSession, viewer: Viewer, token: str) -> CommunityInvitation:
    """The viewer's invitation, or one that is for whoever follows its link."""
    mine = or_(CommunityInvitation.user_id == viewer.id, CommunityInvitation.user_id.is_(None))
    found = select(CommunityInvitation).where(CommunityInvitation.token == token, mine)
    invitation: CommunityInvitation | None = await session.scalar(found) if storable(token) else None
    if invitation is None or invitation.community_id is None:
        raise NotFound(NOT_YOURS)
    return invitation


async def withdraw_invitation(session: AsyncSession, viewer: Viewer, invitation_id: int) -> int:
    """End an invitation: who sent it, whom it is for, or a moderator; return the community's id.

    Raises:
        NotFound: there is no such invitation.
        Forbidden: it is not the viewer's to take back.
    """
    invitation = await session.get(CommunityInvitation, invitation_id) if is_id(invitation_id) else None
    if invitation is None or invitation.community_id is None:
        raise NotFound(_("This invitation doesn't exist."))
    if viewer.id not in (invitation.inviter_id, invitation.user_id):
        check_may_moderate(viewer, await load_standing(session, viewer, invitation.community_id))
    await session.delete(invitation)
    await session.flush()
    return invitation.community_id
