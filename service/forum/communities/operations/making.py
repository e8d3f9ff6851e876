"""Making a community, changing it, deleting and restoring it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE, Author
from service.forum.accounts.keys import KeyPair
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.operations import discard
from service.forum.checks import refuse
from service.forum.communities import rules
from service.forum.communities.choices import DownvoteMode, Joining
from service.forum.communities.operations.rows import holds_role, lock_community, moderated
from service.forum.communities.shapes import CommunitySettings
from service.forum.communities.standing import refuse_unfit
from service.forum.errors import Conflict, Forbidden, Invalid, NotFound
from service.forum.events import (
    CommunityCreated,
    CommunityDeleted,
    CommunityEdited,
)
from service.forum.local_names import is_named
from service.forum.moderation.operations import record_in_mod_log
from service.forum.phrases import refuse_phrases
from service.forum.site import setting
from service.language import _
from service.storage.locking import lock_name
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    CommunityLanguage,
    CommunityMember,
    Feed,
    Language,
    Site,
    User,
    UserFile,
)
from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown


class NewCommunity(CommunitySettings, frozen=True, kw_only=True):
    """A local community to be made.

    Attributes:
        keys: A new pair of `accounts.keys.make_keys`.
    """

    name: str
    title: str
    keys: KeyPair


class Created(msgspec.Struct, frozen=True):
    """A new community."""

    community_id: int
    name: str


# Columns whose names differ from those of CommunitySettings.
_COLUMNS = {"banner_id": "image_id"}
_SETTINGS = frozenset(CommunitySettings.__struct_fields__)


async def create(session: AsyncSession, viewer: Viewer, new: NewCommunity, *, domain: str) -> Created:
    """Make a community here, with the viewer as its owner, moderator and first member.

    Two at once with the same name give one community and one Conflict.

    Parameters:
        domain: this site's.

    Raises:
        Forbidden: only administrators make communities here.
        Invalid: the name or a text breaks a rule, or the site takes nothing that is not safe for work.
        Conflict: the name is taken by a community, an account or a feed.
        NotFound: the founder did not upload a picture.
    """
    only_admins = await session.scalar(select(Site.community_creation_admin_only))
    if not rules.may_create(viewer, administrators_only=bool(only_admins)):
        raise Forbidden(
            _("Only administrators can create communities here."), code="only_admins_can_create_communities"
        )
    name, title = rules.tidy_name(new.name), _shown(new.title)
    refuse({"name": rules.problem_with_name(name, offices=viewer.is_admin)})
    rules.check_texts(title, new.description, new.rules, new.posting_warning)
    rules.check_joining(new.invitations)
    await refuse_phrases(session, msgspec.structs.asdict(new))
    await refuse_unfit(session, nsfw=new.nsfw)
    await refuse_taken(session, name)
    await _refuse_foreign_files(session, viewer, new.icon_id, new.banner_id)
    for_memes = "memes" in name and await setting(await session.connection(), "meme_comms_low_quality", False)
    community = _community(viewer, new, name, title, domain, low_quality=bool(for_memes))
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
    session: AsyncSession, by: Author, community_id: int, changes: Mapping[str, Any], *, domain: str
) -> None:
    """Change texts and settings of a community.

    Parameters:
        changes: names of `CommunitySettings` with their new values; Markdown is rendered here.
        domain: this site's.

    Raises:
        NotFound: there is no such community, or it is another site's.
        Forbidden: they do not moderate it.
        Invalid: a value breaks a rule.
    """
    community = await moderated(session, by, community_id)
    if not community.is_local:
        raise NotFound(_("This community doesn't exist here."), code="no_such_community")
    values = dict(changes)
    refuse({name: _("This can't be changed.") for name in values if name not in _SETTINGS})
    if community.private:
        values["local_only"] = True
    local_only = bool(values.get("local_only", community.local_only))
    changes_who_sees = not community.private and local_only != bool(community.local_only)
    withdrawn = local_only if changes_who_sees else None
    await refuse_unfit(session, nsfw=values.get("nsfw", community.nsfw), nsfl=community.nsfl)
    language_ids = values.pop("language_ids", None)
    if "title" in values:
        values["title"] = _shown(values["title"])
    rules.check_texts(*[values.get(name) for name in ("title", "description", "rules", "posting_warning")])
    await refuse_phrases(session, values)
    rules.check_joining(values.get("invitations", Joining.ANYBODY))
    if values.get("downvote_accept_mode", DownvoteMode.EVERYBODY) not in tuple(DownvoteMode):
        raise Invalid({"downvote_accept_mode": _("Choose one of the options.")})
    await _refuse_foreign_files(session, by, values.get("icon_id"), values.get("banner_id"))
    if "description" in values:
        values["description_html"] = render_markdown(values["description"], domain=domain)
    if values:
        await _change(session, community_id, values)
    if language_ids is not None:
        await _set_languages(session, community_id, language_ids)
    event = CommunityEdited(community_id=community_id, by_id=by.id, withdrawn=withdrawn)
    await record(session, event, federate=by.local)


async def _change(session: AsyncSession, community_id: int, values: dict[str, Any]) -> None:
    """Set columns; pictures that are shown no more go."""
    columns = {_COLUMNS.get(name, name): value for name, value in values.items()}
    pictures = [name for name in ("icon_id", "image_id") if name in columns]
    before: Sequence[int | None] = ()
    if pictures:
        stored = select(*(getattr(Community, name) for name in pictures)).where(Community.id == community_id)
        before = (await session.execute(stored.with_for_update(key_share=True))).one()
    await session.execute(update(Community).where(Community.id == community_id).values(**columns))
    await discard(session, before)


async def set_deleted(session: AsyncSession, viewer: Viewer, community_id: int, *, deleted: bool) -> None:
    """Delete a community, or restore it: by its owner or an administrator. Idempotent.

    Raises:
        NotFound: there is no such community here.
        Forbidden: the viewer is neither.
    """
    community = await lock_community(session, community_id, local=True)
    owned = await holds_role(session, viewer.id, community_id, owner=True)
    if not viewer.is_admin and not owned:
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
    event = CommunityDeleted(community_id=community_id, by_id=viewer.id, deleted=deleted, removed=not owned)
    await record(session, event, federate=True)


async def refuse_taken(session: AsyncSession, name: str) -> None:
    """Raise Conflict if a community, an account or a feed has the name; nobody else takes it in this transaction.

    The name under which somebody votes privately is taken as well: votes travel as that account's.
    """
    await lock_name(session, f"name:{name}")
    taken = or_(
        exists().where(is_named(Community, name)),
        exists().where(is_named(User, name)),
        exists().where(is_named(Feed, name)),
        exists().where(func.lower(User.alt_user_name) == name),
    )
    if await session.scalar(select(taken)):
        raise Conflict(_("This name is taken."), code="name_taken", field="name")


def _shown(title: str) -> str:
    """A title as it may be shown; what is too long stays so, for the rules to refuse."""
    return clean_display_name(title, limit=len(title))


async def _refuse_foreign_files(session: AsyncSession, author: Author, *file_ids: int | None) -> None:
    wanted = {file_id for file_id in file_ids if file_id is not None}
    if not wanted:
        return
    own = select(func.count()).where(UserFile.user_id == author.id, UserFile.file_id.in_(wanted))
    if await session.scalar(own) != len(wanted):
        raise NotFound(_("This image doesn't exist."))


def _community(
    viewer: Viewer, new: NewCommunity, name: str, title: str, domain: str, *, low_quality: bool
) -> Community:
    """The row of a local community, with the columns that PieFed fills and its defaults for the others."""
    given = {name: getattr(new, name) for name in _SETTINGS - {"language_ids"}}
    columns = {_COLUMNS.get(name, name): value for name, value in given.items()}
    columns |= {
        "title": title,
        "description_html": render_markdown(new.description, domain=domain),
        "posting_warning": new.posting_warning or None,
        "local_only": new.local_only or new.private,
    }
    return Community(
        **columns,
        name=name,
        low_quality=low_quality,
        user_id=viewer.id,
        instance_id=LOCAL_INSTANCE,
        private_key=new.keys.private,
        public_key=new.keys.public,
        ap_profile_id=rules.actor_url(domain, name),
        ap_public_url=rules.actor_url(domain, name),
        ap_followers_url=f"{rules.actor_url(domain, name)}/followers",
        ap_moderators_url=f"{rules.actor_url(domain, name)}/moderators",
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
