"""Reads of the mod log."""

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.forum.accounts.columns import as_seen_by, author_loader, picture, scope_of
from service.forum.accounts.viewer import Viewer
from service.forum.communities.columns import community_loader
from service.forum.communities.roles import moderates_in
from service.forum.moderation.rules import BY_ADMIN, GROUPS
from service.forum.moderation.shapes import ModLogEntry, ModLogPage
from service.forum.visibility import readable_by
from service.storage.rows import Loader, if_there, or_false
from service.storage.statements import literal_limit
from service.storage.tables import Community, ModLog, User

_ACTOR, _TARGET = aliased(User, name="actor"), aliased(User, name="target")
_ACTOR_AVATAR, _TARGET_AVATAR = picture("actor_avatar"), picture("target_avatar")
_ICON = picture("icon")


async def mod_log(
    db: AsyncConnection,
    viewer: Viewer | None,
    *,
    community_id: int | None = None,
    actor_id: int | None = None,
    target_id: int | None = None,
    post_id: int | None = None,
    comment_id: int | None = None,
    group: str = "All",
    page: int = 1,
    size: int = 20,
) -> ModLogPage:
    """The entries that the viewer may read: public ones, those of communities they moderate, and all for the staff.

    Parameters:
        group: "All" or one of the API's groups, see `rules.GROUPS`; an unknown one is empty.
        page: from 1.
        size: entries a page.
    """
    wanted = {
        ModLog.community_id: community_id,
        ModLog.user_id: actor_id,
        ModLog.target_user_id: target_id,
        ModLog.post_id: post_id,
        ModLog.reply_id: comment_id,
    }
    statement = (
        select(*_ENTRY.columns)
        .outerjoin(_ACTOR, _ACTOR.id == ModLog.user_id)
        .outerjoin(_ACTOR_AVATAR, _ACTOR_AVATAR.id == _ACTOR.avatar_id)
        .outerjoin(_TARGET, _TARGET.id == ModLog.target_user_id)
        .outerjoin(_TARGET_AVATAR, _TARGET_AVATAR.id == _TARGET.avatar_id)
        .outerjoin(Community, Community.id == ModLog.community_id)
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .where(
            _visible_to(viewer),
            _in_group(group),
            *[column == value for column, value in wanted.items() if value is not None],
        )
        .order_by(ModLog.id.desc())
        .limit(literal_limit(size + 1))
        .offset(literal_limit((page - 1) * size))
    )
    entries = [_ENTRY.load(row) for row in await db.execute(statement, as_seen_by(viewer))]
    return ModLogPage(entries[:size], len(entries) > size)


def _visible_to(viewer: Viewer | None) -> ColumnElement[bool]:
    if viewer is not None and viewer.runs_the_site:
        return true()
    readable = or_(ModLog.community_id.is_(None), readable_by(scope_of(viewer)))
    if viewer is None:
        return and_(ModLog.public.is_(True), readable)
    return or_(and_(ModLog.public.is_(True), readable), moderates_in(viewer.id, ModLog.community_id))


def _in_group(group: str) -> ColumnElement[bool]:
    if group == "All":
        return true()
    actions = GROUPS.get(group)
    if actions is None:
        return false()
    in_community = {
        "ModBanFromCommunity": ModLog.community_id.is_not(None),
        "ModBan": ModLog.community_id.is_(None),
    }
    return and_(ModLog.action.in_(actions), in_community.get(group, true()))


_ENTRY = Loader(
    ModLogEntry,
    {
        "by_admin": or_false(ModLog.type == BY_ADMIN),
        "comment_id": ModLog.reply_id,
        "actor": if_there(author_loader(_ACTOR, _ACTOR_AVATAR, introduced=True)),
        "target": if_there(author_loader(_TARGET, _TARGET_AVATAR, introduced=True)),
        "community": if_there(community_loader(_ICON)),
    },
    ModLog,
)
