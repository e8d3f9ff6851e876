"""Changes to communities: making and editing them, members, moderators, bans. Each a function of a session."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import ColumnElement, delete, exists, false, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import notifications
from service.forum.accounts.columns import LOCAL_INSTANCE
from service.forum.accounts.keys import KeyPair
from service.forum.accounts.rules import actor_url as account_url
from service.forum.accounts.rules import is_id, refuse, too_long
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.operations import discard
from service.forum.communities import rules
from service.forum.errors import Banned, Conflict, Forbidden, Invalid, NotFound
from service.forum.events import (
    CommunityCreated,
    CommunityDeleted,
    CommunityEdited,
    MemberBanned,
    MembershipChanged,
    ModeratorChanged,
)
from service.forum.feeds.rules import actor_url as feed_url
from service.forum.moderation.operations import record_in_mod_log
from service.forum.posts.place import find_place
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityBlock,
    CommunityJoinRequest,
    CommunityLanguage,
    CommunityMember,
    Feed,
    FeedItem,
    Language,
    Site,
    User,
    UserFile,
)
from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown


class NewCommunity(msgspec.Struct, frozen=True, kw_only=True):
    """A local community to be made.

    Attributes:
        keys: A new pair of `accounts.keys.make_keys`.
        language_ids: Languages that may be posted in; the undetermined one always may.
        icon_id, banner_id: Files that the founder uploaded.
    """

    name: str
    title: str
    keys: KeyPair
    description: str = ""
    rules: str = ""
    posting_warning: str = ""
    nsfw: bool = False
    local_only: bool = False
    private: bool = False
    restricted_to_mods: bool = False
    question_answer: bool = False
    language_ids: tuple[int, ...] = ()
    icon_id: int | None = None
    banner_id: int | None = None


class CommunityChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to change in a community; UNSET is left as it is."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    rules: str | msgspec.UnsetType = msgspec.UNSET
    posting_warning: str | msgspec.UnsetType = msgspec.UNSET
    nsfw: bool | msgspec.UnsetType = msgspec.UNSET
    local_only: bool | msgspec.UnsetType = msgspec.UNSET
    restricted_to_mods: bool | msgspec.UnsetType = msgspec.UNSET
    new_mods_wanted: bool | msgspec.UnsetType = msgspec.UNSET
    question_answer: bool | msgspec.UnsetType = msgspec.UNSET
    downvote_accept_mode: int | msgspec.UnsetType = msgspec.UNSET
    language_ids: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    icon_id: int | msgspec.UnsetType | None = msgspec.UNSET
    banner_id: int | msgspec.UnsetType | None = msgspec.UNSET


class Created(msgspec.Struct, frozen=True):
    """A new community."""

    community_id: int
    name: str


# Columns whose names differ from those of CommunityChanges.
_COLUMNS = {"banner_id": "image_id"}


async def create(session: AsyncSession, viewer: Viewer, new: NewCommunity, *, domain: str) -> Created:
    """Make a community here, with the viewer as its owner, moderator and first member.

    Two at once with the same name give one community and one Conflict.

    Parameters:
        domain: this site's.

    Raises:
        Forbidden: only administrators make communities here.
        Invalid: the name or a text breaks a rule.
        Conflict: the name is taken by a community, an account or a feed.
        NotFound: the founder did not upload a picture.
    """
    only_admins = await session.scalar(select(Site.community_creation_admin_only))
    if not rules.may_create(viewer, administrators_only=bool(only_admins)):
        raise Forbidden(
            "Only administrators make communities here.", code="only_admins_can_create_communities"
        )
    name, title = rules.tidy_name(new.name), _shown(new.title)
    refuse({"name": rules.problem_with_name(name)})
    rules.check_texts(title, new.description, new.rules, new.posting_warning)
    await refuse_taken(session, name, domain)
    await _refuse_foreign_files(session, viewer, new.icon_id, new.banner_id)
    community = _community(viewer, new, name, title, domain)
    session.add(community)
    await session.flush()
    session.add(
        CommunityMember(user_id=viewer.id, community_id=community.id, is_moderator=True, is_owner=True)
    )
    await session.flush()
    await _set_languages(session, community.id, new.language_ids)
    await record(session, CommunityCreated(community_id=community.id))
    return Created(community.id, name)


async def edit(
    session: AsyncSession, viewer: Viewer, community_id: int, changes: CommunityChanges, *, domain: str
) -> None:
    """Change texts and settings of a community.

    Raises:
        NotFound: there is no such community, or it is another site's.
        Forbidden: the viewer does not moderate it.
        Invalid: a value breaks a rule.
    """
    await _moderated(session, viewer, community_id)
    values = {
        name: value for name, value in msgspec.structs.asdict(changes).items() if value is not msgspec.UNSET
    }
    language_ids = values.pop("language_ids", None)
    if "title" in values:
        values["title"] = _shown(values["title"])
    rules.check_texts(*[values.get(name) for name in ("title", "description", "rules", "posting_warning")])
    if values.get("downvote_accept_mode", 0) not in rules.DOWNVOTE_MODES:
        raise Invalid({"downvote_accept_mode": "There is no such mode."})
    await _refuse_foreign_files(session, viewer, values.get("icon_id"), values.get("banner_id"))
    if "description" in values:
        values["description_html"] = render_markdown(values["description"], domain=domain)
    if values:
        await _change(session, community_id, values)
    if language_ids is not None:
        await _set_languages(session, community_id, language_ids)
    await record(session, CommunityEdited(community_id=community_id, by_id=viewer.id))


async def _change(session: AsyncSession, community_id: int, values: dict[str, Any]) -> None:
    """Set columns; pictures that are shown no more go."""
    columns = {_COLUMNS.get(name, name): value for name, value in values.items()}
    pictures = [name for name in ("icon_id", "image_id") if name in columns]
    before: Sequence[int | None] = ()
    if pictures:
        held = select(*(getattr(Community, name) for name in pictures)).where(Community.id == community_id)
        before = (await session.execute(held.with_for_update(key_share=True))).one()
    await session.execute(update(Community).where(Community.id == community_id).values(**columns))
    await discard(session, before)


async def set_deleted(session: AsyncSession, viewer: Viewer, community_id: int, *, deleted: bool) -> None:
    """Delete a community, or restore it: by its owner or an administrator. Again is no error.

    Raises:
        NotFound: there is no such community here.
        Forbidden: the viewer is neither.
    """
    community = await _community_row(session, community_id, local=True)
    if not viewer.is_admin and not await _has_standing(session, viewer.id, community_id, owner=True):
        raise Forbidden
    if bool(community.banned) == deleted:
        return
    community.banned = deleted
    await session.flush()
    await record_in_mod_log(
        session,
        viewer,
        "delete_community" if deleted else "restore_community",
        community_id=community_id,
        link=f"c/{community.name}",
        link_text=community.title or "",
    )
    await record(session, CommunityDeleted(community_id=community_id, by_id=viewer.id, deleted=deleted))


async def join(session: AsyncSession, viewer: Viewer, community_id: int) -> bool:
    """Make the viewer a member; again is no error.

    Where members are admitted on request, and in another site's community, a request is written down instead.

    Returns:
        Whether the viewer is a member now; False while the request waits.

    Raises:
        NotFound: there is no such community, or it is private.
        Banned: the viewer is banned from it.
        Forbidden: members come by invitation only.
    """
    community = await _community_row(session, community_id, lock=False)
    standing = await session.get(CommunityMember, (viewer.id, community_id))
    if await _is_banned(session, viewer.id, community_id) or (standing is not None and standing.is_banned):
        raise Banned("You are banned from this community.", code="banned_from_community")
    if standing is not None:
        return True
    if community.private:
        raise NotFound
    if (community.invitations or 0) > rules.JOIN_APPLY:
        raise Forbidden("Members come by invitation only.", code="by_invitation")
    if community.ap_id is not None or community.invitations == rules.JOIN_APPLY:
        await _ask_to_join(session, viewer, community_id)
        return False
    if await admit(session, viewer.id, community_id):
        await record(session, MembershipChanged(community_id=community_id, account_id=viewer.id, joined=True))
    return True


async def admit(session: AsyncSession, account_id: int, community_id: int, *, via_feed: bool = False) -> bool:
    """Make an account a member without asking, and count it; its request is answered by that.

    Returns:
        Whether it was none before.
    """
    added = await session.execute(
        insert(CommunityMember)
        .values(
            user_id=account_id,
            community_id=community_id,
            is_moderator=False,
            is_owner=False,
            is_banned=False,
            notify_new_posts=False,
            joined_via_feed=via_feed,
            created_at=utcnow(),
        )
        .on_conflict_do_nothing()
        .returning(CommunityMember.user_id)
    )
    await _forget_request(session, account_id, community_id)
    if added.first() is None:
        return False
    await _count_members(session, [community_id], 1)
    return True


async def leave(session: AsyncSession, viewer: Viewer, community_id: int) -> bool:
    """End the viewer's membership, or withdraw the request for it; nothing happens if there is neither.

    Returns:
        Whether the viewer was a member.

    Raises:
        NotFound: there is no such community.
        Forbidden: the community is the viewer's own; they hand it over first.
    """
    community = await _community_row(session, community_id, lock=False, deleted_too=True)
    if await _has_standing(session, viewer.id, community_id, owner=True):
        raise Forbidden("Step down as a moderator before leaving the community.", code="owner_cannot_leave")
    requested = await _forget_request(session, viewer.id, community_id)
    gone = await session.execute(
        delete(CommunityMember)
        .where(
            CommunityMember.user_id == viewer.id,
            CommunityMember.community_id == community_id,
            CommunityMember.is_banned.is_not(True),
        )
        .returning(CommunityMember.user_id)
    )
    left = gone.first() is not None
    if left:
        await _count_members(session, [community_id], -1)
    if left or (requested and community.ap_id is not None):
        await record(
            session, MembershipChanged(community_id=community_id, account_id=viewer.id, joined=False)
        )
    return left


async def leave_all(session: AsyncSession, account_id: int) -> None:
    """End all memberships of an account that goes away."""
    gone = await session.scalars(
        delete(CommunityMember)
        .where(CommunityMember.user_id == account_id)
        .returning(CommunityMember.community_id)
    )
    await _count_members(session, sorted(gone.all()), -1)
    await session.execute(delete(CommunityJoinRequest).where(CommunityJoinRequest.user_id == account_id))


async def leave_unmoderated(session: AsyncSession, viewer: Viewer) -> None:
    """End the viewer's memberships of all communities that they do not moderate, and withdraw all requests."""
    await _end_memberships(session, viewer.id)
    withdrawn = await session.scalars(
        delete(CommunityJoinRequest)
        .where(CommunityJoinRequest.user_id == viewer.id)
        .returning(CommunityJoinRequest.community_id)
    )
    for community_id in filter(None, withdrawn):
        await record(
            session, MembershipChanged(community_id=community_id, account_id=viewer.id, joined=False)
        )


async def join_through_feed(session: AsyncSession, account_id: int, feed_id: int) -> None:
    """Make an account a member of those communities of a feed here that anybody may join and that did not ban it."""
    now = utcnow()
    banned = exists().where(
        CommunityBan.community_id == Community.id,
        CommunityBan.user_id == account_id,
        or_(CommunityBan.ban_until.is_(None), CommunityBan.ban_until > now),
    )
    open_ones = select(
        literal(account_id), Community.id, false(), false(), false(), false(), true(), literal(now)
    ).where(
        Community.id.in_(select(FeedItem.community_id).where(FeedItem.feed_id == feed_id)),
        Community.ap_id.is_(None),
        Community.banned.is_not(True),
        Community.private.is_not(True),
        func.coalesce(Community.invitations, rules.JOIN_ANYBODY) == rules.JOIN_ANYBODY,
        ~banned,
    )
    columns = [
        "user_id",
        "community_id",
        "is_moderator",
        "is_owner",
        "is_banned",
        "notify_new_posts",
        "joined_via_feed",
        "created_at",
    ]
    added = await session.scalars(
        insert(CommunityMember)
        .from_select(columns, open_ones)
        .on_conflict_do_nothing()
        .returning(CommunityMember.community_id)
    )
    joined = sorted(added.all())
    await _count_members(session, joined, 1)
    for community_id in joined:
        await record(
            session, MembershipChanged(community_id=community_id, account_id=account_id, joined=True)
        )


async def leave_those_of_feeds(session: AsyncSession, account_id: int, community_ids: list[int]) -> None:
    """End those of the memberships that came about by following a feed."""
    await _end_memberships(
        session,
        account_id,
        CommunityMember.joined_via_feed.is_(True),
        CommunityMember.community_id.in_(community_ids),
    )


async def set_watched(session: AsyncSession, viewer: Viewer, community_id: int, *, watched: bool) -> None:
    """Tell the viewer of new posts in a community, or no longer; again is no error.

    Raises:
        NotFound: there is no such community for this viewer.
        Banned: the viewer is banned from it.
    """
    if not watched:
        await notifications.unwatch(session, viewer.id, notifications.COMMUNITY, community_id)
        return
    place = await find_place(session, viewer, community_id)
    if place.closed:
        raise NotFound("There is no such community here.", code="no_such_community")
    if place.banned:
        raise Banned("You are banned from this community.", code="banned_from_community")
    await notifications.watch(session, viewer.id, notifications.COMMUNITY, community_id, place.name)


async def set_blocked(session: AsyncSession, viewer: Viewer, community_id: int, *, blocked: bool) -> None:
    """Let the viewer see nothing of a community, or see it again; again is no error.

    Raises:
        NotFound: there is no such community for this viewer.
    """
    if not blocked:
        await session.execute(
            delete(CommunityBlock).where(
                CommunityBlock.user_id == viewer.id, CommunityBlock.community_id == community_id
            )
        )
        return
    await find_place(session, viewer, community_id)
    statement = insert(CommunityBlock).values(
        user_id=viewer.id, community_id=community_id, created_at=utcnow()
    )
    await session.execute(statement.on_conflict_do_nothing())


async def set_moderator(
    session: AsyncSession, viewer: Viewer, community_id: int, account_id: int, *, added: bool
) -> None:
    """Make an account a moderator of a community here, or no longer one; again is no error.

    Its owner and the site's staff may; a moderator may step down. A new moderator becomes a member.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: the viewer may not, or the account is the owner's.
        Banned: the account is banned from the community.
    """
    community = await _community_row(session, community_id, local=True)
    steps_down = not added and account_id == viewer.id
    if not steps_down and not await _owns(session, viewer, community_id):
        raise Forbidden
    person = await _account(session, viewer, account_id)
    if await _has_standing(session, account_id, community_id, owner=True):
        if added:
            return
        raise Forbidden("The owner cannot be removed.", code="owner_is_moderator")
    if await _has_standing(session, account_id, community_id) == added:
        return
    if added:
        if await _is_banned(session, account_id, community_id):
            raise Banned("They are banned from this community.", code="banned_from_community")
        await admit(session, account_id, community_id)
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(is_moderator=added)
    )
    await _log_person(session, viewer, "add_mod" if added else "remove_mod", community, person)
    await record(
        session,
        ModeratorChanged(community_id=community_id, account_id=account_id, by_id=viewer.id, added=added),
    )


async def hand_over(session: AsyncSession, viewer: Viewer, community_id: int, account_id: int) -> None:
    """Make a moderator the owner of a community; the owner so far stays a moderator.

    Raises:
        NotFound: there is no such community here.
        Forbidden: the viewer is neither its owner nor of the site's staff, or the account does not moderate it.
    """
    await _community_row(session, community_id, local=True)
    if not await _owns(session, viewer, community_id):
        raise Forbidden
    if not await _has_standing(session, account_id, community_id):
        raise Forbidden("The new owner has to be a moderator.", code="not_a_moderator")
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.community_id == community_id, CommunityMember.is_owner.is_(True))
        .values(is_owner=False, is_moderator=True)
    )
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.community_id == community_id, CommunityMember.user_id == account_id)
        .values(is_owner=True, is_moderator=True)
    )
    await session.execute(update(Community).where(Community.id == community_id).values(user_id=account_id))


async def ban_member(
    session: AsyncSession,
    viewer: Viewer,
    community_id: int,
    account_id: int,
    *,
    reason: str = "",
    until: datetime | None = None,
) -> None:
    """Ban an account from a community; again replaces reason and end.

    Parameters:
        until: naive UTC; None for ever.

    Raises:
        NotFound: there is no such community here, or no such account.
        Forbidden: the viewer does not moderate it, or the account does.
        Invalid: the reason is too long.
    """
    community = await _moderated(session, viewer, community_id)
    refuse({"reason": too_long(reason, rules.REASON_LENGTH)})
    person = await _account(session, viewer, account_id)
    if account_id == viewer.id:
        raise Forbidden("You cannot ban yourself.")
    if await _has_standing(session, account_id, community_id) and not viewer.is_admin:
        raise Forbidden("A moderator cannot be banned.", code="target_moderates")
    statement = insert(CommunityBan).values(
        user_id=account_id,
        community_id=community_id,
        banned_by=viewer.id,
        reason=reason,
        created_at=utcnow(),
        ban_until=until,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[CommunityBan.user_id, CommunityBan.community_id],
            set_={"banned_by": viewer.id, "reason": reason, "ban_until": until},
        )
    )
    await _mark_banned(session, community_id, account_id, banned=True)
    await _forget_request(session, account_id, community_id)
    await _log_person(session, viewer, "ban_user", community, person, reason)
    await record(
        session, MemberBanned(community_id=community_id, account_id=account_id, by_id=viewer.id, banned=True)
    )


async def unban_member(
    session: AsyncSession, viewer: Viewer, community_id: int, account_id: int, *, reason: str = ""
) -> None:
    """Lift the ban of an account from a community; nothing happens if there is none. Raises as `ban_member`."""
    community = await _moderated(session, viewer, community_id)
    person = await _account(session, viewer, account_id)
    lifted = await session.execute(
        delete(CommunityBan)
        .where(CommunityBan.user_id == account_id, CommunityBan.community_id == community_id)
        .returning(CommunityBan.user_id)
    )
    await _mark_banned(session, community_id, account_id, banned=False)
    if lifted.first() is None:
        return
    await _log_person(session, viewer, "unban_user", community, person, reason)
    await record(
        session, MemberBanned(community_id=community_id, account_id=account_id, by_id=viewer.id, banned=False)
    )


async def _end_memberships(session: AsyncSession, account_id: int, *which: ColumnElement[bool]) -> None:
    """End memberships of an account, but for those of moderators."""
    gone = await session.scalars(
        delete(CommunityMember)
        .where(
            CommunityMember.user_id == account_id,
            CommunityMember.is_moderator.is_not(True),
            CommunityMember.is_owner.is_not(True),
            CommunityMember.is_banned.is_not(True),
            *which,
        )
        .returning(CommunityMember.community_id)
    )
    left = sorted(gone.all())
    await _count_members(session, left, -1)
    for community_id in left:
        await record(
            session, MembershipChanged(community_id=community_id, account_id=account_id, joined=False)
        )


def _shown(title: str) -> str:
    """A title as it may be shown; what is too long stays so, for the rules to refuse."""
    return clean_display_name(title, limit=len(title))


async def refuse_taken(session: AsyncSession, name: str, domain: str) -> None:
    """Raise Conflict if a community, an account or a feed has the name; nobody else takes it in this transaction."""
    await session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"pieloop:name:{name}", 0)))
    )
    taken = or_(
        exists().where(Community.ap_profile_id == rules.actor_url(domain, name)),
        exists().where(Community.name == name, Community.ap_id.is_(None)),
        exists().where(User.ap_profile_id == account_url(domain, name)),
        exists().where(func.lower(User.user_name) == name, User.ap_id.is_(None)),
        exists().where(Feed.ap_profile_id == feed_url(domain, name)),
    )
    if await session.scalar(select(taken)):
        raise Conflict("This name is taken.", code="name_taken", field="name")


async def _refuse_foreign_files(session: AsyncSession, viewer: Viewer, *file_ids: int | None) -> None:
    wanted = {file_id for file_id in file_ids if file_id is not None}
    if not wanted:
        return
    own = select(func.count()).where(UserFile.user_id == viewer.id, UserFile.file_id.in_(wanted))
    if await session.scalar(own) != len(wanted):
        raise NotFound("There is no such picture.")


def _community(viewer: Viewer, new: NewCommunity, name: str, title: str, domain: str) -> Community:
    """The row of a local community, with the columns that PieFed fills and its defaults for the others."""
    return Community(
        name=name,
        title=title,
        description=new.description,
        description_html=render_markdown(new.description, domain=domain),
        rules=new.rules,
        posting_warning=new.posting_warning or None,
        nsfw=new.nsfw,
        local_only=new.local_only,
        private=new.private,
        restricted_to_mods=new.restricted_to_mods,
        question_answer=new.question_answer,
        low_quality="memes" in name,
        icon_id=new.icon_id,
        image_id=new.banner_id,
        user_id=viewer.id,
        instance_id=LOCAL_INSTANCE,
        private_key=new.keys.private,
        public_key=new.keys.public,
        ap_profile_id=rules.actor_url(domain, name),
        ap_public_url=rules.actor_url(domain, name),
        ap_followers_url=f"{rules.actor_url(domain, name)}/followers",
        ap_domain=domain,
        subscriptions_count=1,
        total_subscriptions_count=1,
    )


async def _set_languages(session: AsyncSession, community_id: int, language_ids: Iterable[int]) -> None:
    """The languages that may be posted in: the wanted ones that exist, and the undetermined one in any case."""
    wanted = or_(Language.id.in_(set(language_ids)), Language.code == "und")
    await session.execute(delete(CommunityLanguage).where(CommunityLanguage.community_id == community_id))
    known = (await session.scalars(select(Language.id).where(wanted))).all()
    session.add_all(CommunityLanguage(community_id=community_id, language_id=id_) for id_ in known)
    await session.flush()


async def _community_row(
    session: AsyncSession,
    community_id: int,
    *,
    lock: bool = True,
    local: bool = False,
    deleted_too: bool = False,
) -> Community:
    community = await session.get(
        Community, community_id, with_for_update={"key_share": True} if lock else None
    )
    if community is None or (local and community.ap_id is not None):
        raise NotFound("There is no such community here.", code="no_such_community")
    if community.banned and not (lock or deleted_too):
        raise NotFound("There is no such community here.", code="no_such_community")
    return community


async def _moderated(session: AsyncSession, viewer: Viewer, community_id: int) -> Community:
    place = await find_place(session, viewer, community_id)
    if not rules.may_moderate(viewer, is_moderator=place.moderates):
        raise Forbidden
    return await _community_row(session, community_id, local=True)


async def _owns(session: AsyncSession, viewer: Viewer, community_id: int) -> bool:
    return viewer.runs_the_site or await _has_standing(session, viewer.id, community_id, owner=True)


async def _has_standing(
    session: AsyncSession, account_id: int, community_id: int, *, owner: bool = False
) -> bool:
    """Whether an account moderates a community, or owns it."""
    owns = CommunityMember.is_owner.is_(True)
    standing = owns if owner else or_(owns, CommunityMember.is_moderator.is_(True))
    known = exists().where(
        CommunityMember.user_id == account_id,
        CommunityMember.community_id == community_id,
        CommunityMember.is_banned.is_not(True),
        standing,
    )
    return bool(await session.scalar(select(known)))


async def _is_banned(session: AsyncSession, account_id: int, community_id: int) -> bool:
    ban = exists().where(
        CommunityBan.user_id == account_id,
        CommunityBan.community_id == community_id,
        or_(CommunityBan.ban_until.is_(None), CommunityBan.ban_until > utcnow()),
    )
    return bool(await session.scalar(select(ban)))


async def _mark_banned(session: AsyncSession, community_id: int, account_id: int, *, banned: bool) -> None:
    values = {"is_banned": banned} | ({"is_moderator": False, "is_owner": False} if banned else {})
    await session.execute(
        update(CommunityMember)
        .where(CommunityMember.user_id == account_id, CommunityMember.community_id == community_id)
        .values(**values)
    )


async def _account(session: AsyncSession, viewer: Viewer, account_id: int) -> User:
    person = await session.get(User, account_id) if is_id(account_id) else None
    if (
        person is None
        or person.deleted
        or not viewer.may_know_of(person.id, waits=person.ap_id is None and not person.verified)
    ):
        raise NotFound("There is no such person here.")
    return person


async def _ask_to_join(session: AsyncSession, viewer: Viewer, community_id: int) -> None:
    known = exists().where(
        CommunityJoinRequest.user_id == viewer.id, CommunityJoinRequest.community_id == community_id
    )
    if await session.scalar(select(known)):
        return
    session.add(
        CommunityJoinRequest(
            user_id=viewer.id, community_id=community_id, joined_via_feed=False, uuid=uuid4()
        )
    )
    await session.flush()
    await record(session, MembershipChanged(community_id=community_id, account_id=viewer.id, joined=True))


async def _forget_request(session: AsyncSession, account_id: int, community_id: int) -> bool:
    gone = await session.execute(
        delete(CommunityJoinRequest)
        .where(CommunityJoinRequest.user_id == account_id, CommunityJoinRequest.community_id == community_id)
        .returning(CommunityJoinRequest.id)
    )
    return gone.first() is not None


async def _count_members(session: AsyncSession, community_ids: list[int], change: int) -> None:
    """Keep the two counters; each statement adds to what is there, so that two at once both count."""
    if not community_ids:
        return
    await session.execute(
        update(Community)
        .where(Community.id.in_(community_ids))
        .values(
            subscriptions_count=func.greatest(func.coalesce(Community.subscriptions_count, 0) + change, 0),
            total_subscriptions_count=func.greatest(
                func.coalesce(Community.total_subscriptions_count, 0) + change, 0
            ),
        )
    )


async def _log_person(
    session: AsyncSession,
    viewer: Viewer,
    action: rules.PersonAction,
    community: Community,
    person: User,
    reason: str = "",
) -> None:
    name = person.ap_id or person.user_name or ""
    await record_in_mod_log(
        session,
        viewer,
        action,
        reason=reason,
        community_id=community.id,
        target_account_id=person.id,
        link=f"u/{name}",
        link_text=name,
    )
