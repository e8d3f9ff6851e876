"""The site itself: its face and policies, its figures, its settings, its languages."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Select, and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum.accounts.choices import RegistrationMode
from service.forum.accounts.columns import NOW, picture
from service.forum.accounts.viewer import Viewer, administrator
from service.forum.attachments.columns import address_of, address_sql
from service.forum.checks import refuse, too_long
from service.forum.choices import Choice
from service.forum.errors import Invalid, NotFound
from service.forum.feeds.choices import FRONT_PAGES_FOR_STRANGERS, Listing
from service.language import _
from service.storage.clock import EPOCH, utcnow
from service.storage.tables import (
    Appearance,
    CmsPage,
    Comment,
    Community,
    Language,
    Post,
    Setting,
    Site,
    User,
)
from service.text.markdown import render_markdown

SITE_ID = 1

_ICON = picture("icon")


class SiteRow(msgspec.Struct, frozen=True):
    """The site's face and policies; the values are those of the columns of the same name.

    Attributes:
        has_privacy, has_terms: The site has written such a page.
        look: Changes with the site's own colour and style sheet; '' where it has neither.
    """

    name: str
    description: str
    icon_url: str | None
    sidebar: str
    sidebar_html: str
    about: str
    about_html: str
    legal_information: str
    legal_information_html: str
    announcement: str
    announcement_html: str
    content_warning: str
    enable_downvotes: bool
    enable_nsfw: bool
    enable_nsfl: bool
    allow_local_image_posts: bool
    community_creation_admin_only: bool
    registration_mode: RegistrationMode
    application_question: str
    private_instance: bool
    default_theme: str
    default_filter: Listing
    language_id: int | None
    language: str
    contact_email: str
    tos_url: str
    privacy_url: str
    created_at: datetime
    updated: datetime
    has_privacy: bool
    has_terms: bool
    look: str


class Statistics(msgspec.Struct, frozen=True):
    """The figures of this site alone: local accounts, posts, comments and communities.

    Attributes:
        active_day, active_week, active_month, active_half_year: Accounts that were here in that time.
    """

    users: int
    posts: int
    comments: int
    communities: int
    active_day: int
    active_week: int
    active_month: int
    active_half_year: int


class LanguageRow(msgspec.Struct, frozen=True):
    """A language; code `und` is for texts in none in particular."""

    id: int
    code: str
    name: str


# What an administrator may change, and how long a text may be.
TEXT_LIMITS = {
    "name": 256,
    "description": 256,
    "sidebar": 50_000,
    "about": 50_000,
    "legal_information": 50_000,
    "application_question": 5_000,
    "contact_email": 255,
    "tos_url": 256,
    "privacy_url": 256,
    "default_theme": 20,
}
_CHOICES: dict[str, tuple[Choice, ...]] = {
    "default_filter": FRONT_PAGES_FOR_STRANGERS,
    "registration_mode": tuple(RegistrationMode),
}
_SWITCHES = frozenset(
    {
        "enable_downvotes",
        "enable_nsfw",
        "enable_nsfl",
        "allow_local_image_posts",
        "community_creation_admin_only",
        "private_instance",
    }
)
_RENDERED = ("sidebar", "about", "legal_information")


async def site(db: AsyncConnection) -> SiteRow:
    """The site's face and policies.

    Raises:
        NotFound: the site was never established.
    """
    row = (await db.execute(_SITE)).one_or_none()
    if row is None:
        raise NotFound(_("This site hasn't been set up yet."))
    return SiteRow(
        **{name: _value(name, value) for name, value in zip(SiteRow.__struct_fields__, row, strict=True)}
    )


async def public_key(db: AsyncConnection) -> str:
    """The site's public key, in PEM; "" before it has one."""
    return await db.scalar(select(Site.public_key).where(Site.id == SITE_ID)) or ""


async def statistics(db: AsyncConnection) -> Statistics:
    """The site's figures, in one statement."""
    total, day, week, month, half_year, posts, comments, communities = (
        await db.execute(_statistics(), {"now": utcnow()})
    ).one()
    return Statistics(total, posts, comments, communities, day, week, month, half_year)


async def languages(db: AsyncConnection) -> list[LanguageRow]:
    """All languages, the undetermined one first."""
    statement = select(Language.id, Language.code, Language.name).order_by(
        Language.code != "und", Language.name
    )
    return [LanguageRow(id_, code or "", name or "") for id_, code, name in await db.execute(statement)]


async def setting(db: AsyncConnection, name: str, default: Any) -> Any:
    """The value of a further setting, which PieFed stores as JSON under a name; `default` if there is none."""
    value = (await db.execute(select(Setting.value).where(Setting.name == name))).scalar_one_or_none()
    return default if value is None else json.loads(value)


async def settings(db: AsyncConnection | AsyncSession, names: Sequence[str]) -> dict[str, Any]:
    """Return those of these further settings that are stored, by name."""
    rows = await db.execute(select(Setting.name, Setting.value).where(Setting.name.in_(names)))
    return {name: json.loads(value) for name, value in rows if value is not None}


async def change_setting(session: AsyncSession, viewer: Viewer, name: str, value: Any) -> None:
    """Store a further setting; for administrators."""
    administrator(viewer)
    encoded = json.dumps(value)
    refuse({"name": too_long(name, 50), "value": too_long(encoded, 1024)})
    await _store_setting(session, name, encoded)


async def change(session: AsyncSession, viewer: Viewer, changes: Mapping[str, Any], *, domain: str) -> None:
    """Change the site's face and policies; for administrators.

    Parameters:
        changes: columns of `SiteRow` (texts and switches) with their new values; Markdown is rendered here.
        domain: this site's.

    Raises:
        NotSignedIn, Forbidden: the viewer is no administrator.
        Invalid: a column cannot be changed, or its value breaks a rule.
    """
    administrator(viewer)
    _check_changes(changes)
    values = dict(changes)
    for name in _RENDERED:
        if name in values:
            values[f"{name}_html"] = render_markdown(values[name], domain=domain)
    await session.execute(update(Site).where(Site.id == SITE_ID).values(**values, updated=utcnow()))


@lru_cache
def _statistics() -> Select[Any]:
    here = and_(User.is_local, User.verified.is_(True), User.banned.is_not(True), User.deleted.is_not(True))

    def seen_within(days: int) -> Any:
        return func.count().filter(User.last_seen >= NOW - timedelta(days=days))

    users = select(
        func.count().label("users"), seen_within(1), seen_within(7), seen_within(30), seen_within(182)
    ).where(here)
    people = users.subquery()
    posts = _count(select(func.count()).where(Post.is_local, Post.deleted.is_not(True)))
    comments = _count(select(func.count()).where(Comment.is_local, Comment.deleted.is_not(True)))
    communities = _count(select(func.count()).where(Community.is_local, Community.banned.is_not(True)))
    return select(people, posts, comments, communities)


async def _store_setting(session: AsyncSession, name: str, encoded: str) -> None:
    statement = insert(Setting).values(name=name, value=encoded)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Setting.name], set_={"value": statement.excluded.value}
        )
    )


def _check_changes(changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name in _CHOICES and value not in _CHOICES[name]:
            raise Invalid(
                {
                    name: _(
                        "Choose one of these: %(name)s.", name=", ".join(one.label for one in _CHOICES[name])
                    )
                }
            )
        if name in _CHOICES or (name in _SWITCHES and isinstance(value, bool)):
            continue
        if name not in TEXT_LIMITS or not isinstance(value, str):
            raise Invalid({name: _("This value isn't valid.")})
    refuse({name: too_long(changes[name], limit) for name, limit in TEXT_LIMITS.items() if name in changes})
    if "name" in changes and not changes["name"].strip():
        raise Invalid({"name": _("Enter a name.")})


def _count(statement: Select[int]) -> Any:
    return statement.scalar_subquery()


def _value(name: str, value: Any) -> Any:
    """The value of a column, or what its NULL stands for."""
    if name == "icon_url":
        return address_of(value) or None
    if name in _CHOICES:
        return type(_NULLS[name]).stored(value, _NULLS[name])
    if value is None:
        return _NULLS.get(name, "")
    if name in _FURTHER:
        return str(json.loads(value) or "")
    return value


# Of the face, what PieFed keeps as further settings.
_FURTHER = frozenset({"announcement", "announcement_html", "content_warning"})


def _further(name: str) -> Any:
    return select(Setting.value).where(Setting.name == name).scalar_subquery()


_CODE = select(Language.code).where(Language.id == Site.language_id).scalar_subquery()

# What does not stand in the site's row: pages that the foot of every page links to, and how the site looks.
_BESIDE = {
    "has_privacy": exists().where(CmsPage.url == "/privacy"),
    "has_terms": exists().where(CmsPage.url == "/terms"),
    "look": select(func.md5(func.concat(Appearance.accent, Appearance.css)))
    .where(func.concat(Appearance.accent, Appearance.css) != "")
    .scalar_subquery(),
}

_NULLS: dict[str, Any] = {
    "enable_downvotes": True,
    "enable_nsfw": False,
    "enable_nsfl": False,
    "allow_local_image_posts": True,
    "community_creation_admin_only": False,
    "private_instance": False,
    "registration_mode": RegistrationMode.CLOSED,
    "default_filter": Listing.ALL,
    "language_id": None,
    "created_at": EPOCH,
    "updated": EPOCH,
}

_SITE = (
    select(
        *[
            address_sql(_ICON.file_path, _ICON.thumbnail_path, _ICON.source_url)
            if name == "icon_url"
            else _BESIDE[name]
            if name in _BESIDE
            else _further(name)
            if name in _FURTHER
            else _CODE
            if name == "language"
            else getattr(Site, name)
            for name in SiteRow.__struct_fields__
        ]
    )
    .outerjoin(_ICON, _ICON.id == Site.icon_id)
    .where(Site.id == SITE_ID)
)
