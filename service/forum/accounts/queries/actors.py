"""Local accounts as other servers know them: actors with a public key."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.columns import picture
from service.forum.accounts.queries.viewers import banned_at
from service.forum.accounts.rules import actor_url, storable
from service.forum.attachments.columns import address_of, address_sql
from service.forum.errors import Gone, NotFound
from service.storage.clock import utcnow
from service.storage.tables import User

_AVATAR, _COVER = picture("avatar"), picture("cover")


class ActorRow(msgspec.Struct, frozen=True):
    """A local account in good standing.

    Attributes:
        id: the actor's identifier, in lower case.
        url: the address of its page, as its name is written.
        about: Markdown; `about_html` is what is made of it.
        public_key: PEM.
    """

    id: str
    url: str
    inbox: str
    name: str
    title: str
    about: str
    about_html: str
    public_key: str
    bot: bool
    indexable: bool
    searchable: bool
    approves_followers: bool
    avatar_url: str | None
    cover_url: str | None
    created: datetime


async def actor_by_name(db: AsyncConnection, name: str, *, domain: str) -> ActorRow:
    """The actor of a name in any case.

    Parameters:
        domain: this site's.

    Raises:
        NotFound: there is none, or the account may not act (yet).
        Gone: the account was deleted.
    """
    wanted = actor_url(domain, name.strip())
    if not storable(wanted):
        raise NotFound
    statement = (
        select(
            User.ap_profile_id,
            User.ap_public_url,
            User.ap_inbox_url,
            User.user_name,
            User.title,
            User.about,
            User.about_html,
            User.public_key,
            User.bot,
            User.indexable,
            User.searchable,
            User.ap_manually_approves_followers,
            address_sql(_AVATAR.file_path, _AVATAR.thumbnail_path, _AVATAR.source_url).label("avatar"),
            address_sql(_COVER.file_path, _COVER.thumbnail_path, _COVER.source_url).label("cover"),
            User.created,
            User.deleted,
            func.coalesce(User.verified, False).label("verified"),
            banned_at(utcnow()).label("banned_now"),
        )
        .outerjoin(_AVATAR, _AVATAR.id == User.avatar_id)
        .outerjoin(_COVER, _COVER.id == User.cover_id)
        .where(User.ap_profile_id == wanted, User.ap_id.is_(None))
    )
    row = (await db.execute(statement)).one_or_none()
    if row is None or row.public_key is None:
        raise NotFound("There is no account with this name here.")
    if row.deleted:
        raise Gone("This account has been deleted.")
    if not row.verified or row.banned_now:
        raise NotFound("There is no account with this name here.")
    return ActorRow(
        row.ap_profile_id,
        row.ap_public_url or row.ap_profile_id,
        row.ap_inbox_url or f"{row.ap_profile_id}/inbox",
        row.user_name,
        row.title or row.user_name,
        row.about or "",
        row.about_html or "",
        row.public_key,
        bool(row.bot),
        row.indexable is not False,
        row.searchable is not False,
        bool(row.ap_manually_approves_followers),
        address_of(row.avatar) or None,
        address_of(row.cover) or None,
        row.created or datetime(1970, 1, 1),
    )
