"""Local accounts, communities and feeds, and this server: what their documents are made of, by id or by name."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from service.federation.queries.columns import absolute, flair_row, standing_of_community
from service.federation.write.rows import CommunityRow, FeedRow, LanguageRow, PersonRow, SiteRow, Standing
from service.forum.accounts.columns import WANTED, picture
from service.forum.attachments.columns import address_sql
from service.forum.bans import is_banned
from service.forum.checks import storable
from service.forum.flairs.queries import flairs_of_community
from service.forum.local_names import is_named
from service.forum.site import SITE_ID
from service.forum.visibility import is_fit
from service.storage.clock import EPOCH, utcnow
from service.storage.statements import array_of_any_length
from service.storage.tables import Community, CommunityLanguage, Feed, Language, Site, User, UserExtraField

MOST_CHILDREN = 200
ICON = "/favicon.ico"

_Row = TypeVar("_Row")

_ICON, _IMAGE = picture("icon"), picture("image")
_IDS: Any = bindparam("ids", type_=ARRAY(Integer))


async def people(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, PersonRow]:
    """Local accounts by their ids; those that were deleted, or may not be found, say so.

    Parameters:
        domain: this site's.
    """
    rows = await db.execute(_people().where(_among(User)), {"ids": [*ids], "now": utcnow()})
    return {row.id: _person(row, domain) for row in rows}


async def communities(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, CommunityRow]:
    """Local communities by their ids; as people."""
    rows = await db.execute(_communities().where(_among(Community)), {"ids": [*ids]})
    return {row.id: _community(row, domain) for row in rows}


async def feeds(db: AsyncConnection, ids: Iterable[int], domain: str) -> dict[int, FeedRow]:
    """Local feeds by their ids; as people."""
    rows = await db.execute(_feeds().where(_among(Feed)), {"ids": [*ids]})
    return {row.id: _feed(row, domain) for row in rows}


async def person_by_name(db: AsyncConnection, name: str, domain: str) -> PersonRow | None:
    """A local account by its name in any case."""
    return await _by_name(db, _person_by_name(), _person, name, domain)


async def community_by_name(db: AsyncConnection, name: str, domain: str) -> CommunityRow | None:
    """A local community by its name in any case."""
    return await _by_name(db, _community_by_name(), _community, name, domain)


async def feed_by_name(db: AsyncConnection, name: str, domain: str) -> FeedRow | None:
    """A local feed by its name in any case; a private one's has its owner's behind a slash."""
    return await _by_name(db, _feed_by_name(), _feed, name, domain)


async def server(db: AsyncConnection, domain: str) -> SiteRow | None:
    """This server; None before it was set up."""
    row = (await db.execute(_server())).first()
    if row is None:
        return None
    origin = f"https://{domain}"
    return SiteRow(
        origin=origin,
        domain=domain,
        name=row.name or domain,
        description=row.description or "",
        icon=absolute(domain, row.logo or row.icon) or f"{origin}{ICON}",
        public_key=row.public_key or "",
        published=row.created_at or EPOCH,
        updated=row.updated or row.created_at or EPOCH,
    )


async def _by_name(
    db: AsyncConnection, statement: Any, row: Callable[[Any, str], _Row], name: str, domain: str
) -> _Row | None:
    if not storable(name):
        return None
    asked = {"wanted": name.strip().lower(), "now": utcnow()}
    found = (await db.execute(statement, asked)).first()
    return None if found is None else row(found, domain)


def _among(table: Any) -> ColumnElement[bool]:
    listed: ColumnElement[bool] = table.id == any_(array_of_any_length(_IDS))
    return listed


@cache
def _person_by_name() -> Any:
    # A deleted account keeps its name, but somebody may have it who came later.
    order = User.deleted.is_(True), User.id
    return _people().where(is_named(User, WANTED)).order_by(*order)


@cache
def _community_by_name() -> Any:
    order = Community.banned.is_(True), Community.id
    return _communities().where(is_named(Community, WANTED)).order_by(*order)


@cache
def _feed_by_name() -> Any:
    named = or_(is_named(Feed, WANTED), and_(Feed.is_local, func.lower(Feed.machine_name) == WANTED))
    return _feeds().where(named).order_by(func.lower(Feed.name) != WANTED, Feed.id)


@cache
def _people() -> Any:
    standing: ColumnElement[Standing] = case(
        (User.deleted.is_(True), literal_column("'deleted'")),
        (or_(User.verified.is_not(True), is_banned()), literal_column("'withheld'")),
        else_=literal_column("'here'"),
    )
    field = func.json_build_array(UserExtraField.label, UserExtraField.text)
    fields = (
        select(cast(func.json_agg(aggregate_order_by(field, UserExtraField.id)), JSON))
        .where(UserExtraField.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )
    return (
        select(
            User.id,
            User.user_name,
            User.title,
            func.coalesce(User.ap_public_url, User.ap_profile_id).label("url"),
            User.public_key,
            User.about,
            User.about_html,
            User.bot,
            User.searchable,
            User.indexable,
            User.ap_manually_approves_followers,
            User.accept_private_messages,
            User.matrix_user_id,
            User.created,
            standing.label("standing"),
            fields.label("fields"),
            *_pictures(),
        )
        .outerjoin(_ICON, _ICON.id == User.avatar_id)
        .outerjoin(_IMAGE, _IMAGE.id == User.cover_id)
    )


@cache
def _communities() -> Any:
    language = func.json_build_array(Language.code, Language.name)
    languages = (
        select(cast(func.json_agg(aggregate_order_by(language, Language.id)), JSON))
        .join(CommunityLanguage, CommunityLanguage.language_id == Language.id)
        .where(CommunityLanguage.community_id == Community.id)
        .correlate(Community)
        .scalar_subquery()
    )
    return (
        select(
            Community.id,
            Community.name,
            Community.title,
            func.coalesce(Community.ap_public_url, Community.ap_profile_id).label("url"),
            Community.public_key,
            Community.description,
            Community.description_html,
            Community.private,
            Community.posting_warning,
            or_(Community.nsfw.is_(True), Community.nsfl.is_(True)).label("sensitive"),
            Community.restricted_to_mods,
            Community.question_answer,
            Community.default_post_type,
            Community.new_mods_wanted,
            Community.private_mods,
            Community.ai_generated,
            Community.post_url_type,
            Community.theme,
            Community.created_at,
            Community.last_active,
            standing_of_community().label("standing"),
            flairs_of_community(Community.id).label("flairs"),
            languages.label("languages"),
            *_pictures(),
        )
        .outerjoin(_ICON, _ICON.id == Community.icon_id)
        .outerjoin(_IMAGE, _IMAGE.id == Community.image_id)
    )


@cache
def _feeds() -> Any:
    child = aliased(Feed, name="child")
    children = (
        select(cast(func.json_agg(child.ap_profile_id), JSON))
        .where(child.parent_feed_id == Feed.id, child.public.is_(True))
        .correlate(Feed)
        .scalar_subquery()
    )
    standing: ColumnElement[Standing] = case(
        (or_(Feed.public.is_not(True), Feed.banned.is_(True), ~is_fit(Feed)), literal_column("'withheld'")),
        else_=literal_column("'here'"),
    )
    return (
        select(
            Feed.id,
            Feed.name,
            Feed.machine_name,
            Feed.title,
            func.coalesce(Feed.ap_public_url, Feed.ap_profile_id).label("url"),
            Feed.public_key,
            Feed.description,
            Feed.description_html,
            or_(Feed.nsfw.is_(True), Feed.nsfl.is_(True)).label("sensitive"),
            Feed.created_at,
            Feed.last_edit,
            standing.label("standing"),
            children.label("children"),
            *_pictures(),
        )
        .outerjoin(_ICON, _ICON.id == Feed.icon_id)
        .outerjoin(_IMAGE, _IMAGE.id == Feed.image_id)
    )


@cache
def _server() -> Select[Any]:
    return (
        select(
            Site.name,
            Site.description,
            Site.logo,
            address_sql(_ICON.file_path, _ICON.thumbnail_path, _ICON.source_url).label("icon"),
            Site.public_key,
            Site.created_at,
            Site.updated,
        )
        .outerjoin(_ICON, _ICON.id == Site.icon_id)
        .where(Site.id == SITE_ID)
    )


def _pictures() -> list[Any]:
    return [
        address_sql(of.file_path, of.thumbnail_path, of.source_url).label(name)
        for of, name in ((_ICON, "icon"), (_IMAGE, "image"))
    ]


def _person(row: Any, domain: str) -> PersonRow:
    return PersonRow(
        id=row.id,
        url=row.url or f"https://{domain}/u/{row.user_name}",
        name=row.user_name,
        title=row.title or row.user_name,
        domain=domain,
        public_key=row.public_key or "",
        standing=row.standing,
        about=row.about or "",
        about_html=row.about_html or "",
        bot=bool(row.bot),
        discoverable=row.searchable is not False,
        indexable=row.indexable is not False,
        approves_followers=bool(row.ap_manually_approves_followers),
        accepts_messages=3 if row.accept_private_messages is None else row.accept_private_messages,
        icon=absolute(domain, row.icon),
        image=absolute(domain, row.image),
        matrix=row.matrix_user_id,
        fields=tuple((label or "", text or "") for label, text in row.fields or ()),
        published=row.created or EPOCH,
    )


def _community(row: Any, domain: str) -> CommunityRow:
    return CommunityRow(
        id=row.id,
        url=row.url or f"https://{domain}/c/{row.name}",
        name=row.name,
        title=row.title or row.name,
        domain=domain,
        public_key=row.public_key or "",
        standing=row.standing,
        about=row.description or "",
        about_html=row.description_html or "",
        # Lemmy takes this for the word that a community is private.
        approves_followers=bool(row.private),
        posting_warning=row.posting_warning,
        sensitive=row.sensitive,
        moderators_only=bool(row.restricted_to_mods),
        question_answer=bool(row.question_answer),
        default_post_type=row.default_post_type,
        new_moderators_wanted=bool(row.new_mods_wanted),
        private_moderators=bool(row.private_mods),
        generated=bool(row.ai_generated),
        post_url_type=row.post_url_type or "friendly",
        theme=row.theme or "",
        icon=absolute(domain, row.icon),
        image=absolute(domain, row.image),
        flairs=tuple(flair_row(values, domain, row.name) for values in row.flairs or ()),
        languages=tuple(LanguageRow(code, name or "") for code, name in row.languages or () if code),
        published=row.created_at or EPOCH,
        updated=row.last_active,
    )


def _feed(row: Any, domain: str) -> FeedRow:
    name = row.name or row.machine_name
    return FeedRow(
        id=row.id,
        url=row.url or f"https://{domain}/f/{name}",
        name=name,
        title=row.title or name,
        domain=domain,
        public_key=row.public_key or "",
        standing=row.standing,
        about=row.description or "",
        about_html=row.description_html or "",
        sensitive=row.sensitive,
        icon=absolute(domain, row.icon),
        image=absolute(domain, row.image),
        children=tuple(child for child in (row.children or ())[:MOST_CHILDREN] if child),
        published=row.created_at or EPOCH,
        updated=row.last_edit,
    )
