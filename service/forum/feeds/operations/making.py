"""Making a feed, changing it, deleting and restoring it."""

import re

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.accounts.keys import KeyPair
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.operations import discard
from service.forum.attachments.queries import own_picture
from service.forum.checks import is_id, refuse, storable, too_long
from service.forum.communities import rules as communities
from service.forum.communities.operations import (
    refuse_taken,
)
from service.forum.communities.standing import refuse_unfit
from service.forum.errors import Forbidden, Invalid
from service.forum.events import FeedCreated, FeedDeleted, FeedEdited, FeedItemChanged
from service.forum.feeds.operations.rows import own_feed
from service.forum.feeds.rules import actor_url
from service.forum.phrases import refuse_phrases
from service.language import _
from service.storage.clock import utcnow
from service.storage.outbox import record
from service.storage.tables import (
    Community,
    CommunityMember,
    Feed,
    FeedItem,
    FeedMember,
    RemovedFeed,
)
from service.text.display_name import clean_display_name
from service.text.markdown import render_markdown

TITLE_LENGTH = 256
DESCRIPTION_LENGTH = 10_000
COMMUNITIES_MAX = 200
DEPTH_MAX = 8

_BETWEEN = re.compile(r"[\s,]+")


class NewFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A collection of communities to be made.

    Attributes:
        keys: A new pair of `accounts.keys.make_keys`.
        communities: Their names, `name@host` for those of other sites, between white space or commas.
        icon_url, banner_url: Addresses of pictures that the maker uploaded.
        site_wide: The site shows it in its menu; for administrators.
        shows_children: It shows the posts of the feeds below it too.
    """

    name: str
    title: str
    keys: KeyPair
    description: str = ""
    communities: str = ""
    icon_url: str | None = None
    banner_url: str | None = None
    nsfw: bool = False
    nsfl: bool = False
    public: bool = True
    site_wide: bool = False
    shows_children: bool = False
    parent_id: int | None = None


class FeedChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change in a feed; UNSET is left as it is."""

    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    communities: str | UnsetType = UNSET
    icon_url: str | UnsetType | None = UNSET
    banner_url: str | UnsetType | None = UNSET
    nsfw: bool | UnsetType = UNSET
    nsfl: bool | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    site_wide: bool | UnsetType = UNSET
    shows_children: bool | UnsetType = UNSET
    parent_id: int | UnsetType | None = UNSET


# Columns whose names differ from those of FeedChanges.
_COLUMNS = {
    "site_wide": "is_instance_feed",
    "shows_children": "show_posts_in_children",
    "parent_id": "parent_feed_id",
}
_PLAIN = ("nsfw", "nsfl", "public", "site_wide", "shows_children", "parent_id")


async def create(session: AsyncSession, viewer: Viewer, new: NewFeed, *, domain: str) -> int:
    """Make a feed here, which its maker follows; return its id.

    Parameters:
        domain: this site's.

    Raises:
        Invalid: name, a text, a community or the feed above it breaks a rule, or it is not fit for the site.
        Conflict: the name is taken by a community, an account or a feed.
        Forbidden: only administrators make feeds for the whole site.
    """
    # Apps make the name of the title, with its blanks.
    name = "_".join(new.name.lower().split())
    refuse({"name": communities.problem_with_name(name, offices=viewer.is_admin)})
    title = _checked_title(new.title)
    _check_description(new.description)
    _check_site_wide(viewer, new.site_wide)
    await refuse_phrases(session, {"name": name, "title": title, "description": new.description})
    await refuse_taken(session, name)
    members = await _communities(session, viewer, new.communities, domain)
    await _check_parent(session, viewer, new.parent_id, None)
    await refuse_unfit(session, nsfw=new.nsfw, nsfl=new.nsfl)
    url = actor_url(domain, name)
    feed = Feed(
        user_id=viewer.id,
        name=name,
        machine_name=name,
        title=title,
        description=new.description,
        description_html=render_markdown(new.description, domain=domain),
        nsfw=new.nsfw,
        nsfl=new.nsfl,
        public=new.public,
        is_instance_feed=new.site_wide,
        show_posts_in_children=new.shows_children,
        parent_feed_id=new.parent_id,
        icon_id=await own_picture(session, viewer, "icon_url", new.icon_url, domain=domain),
        image_id=await own_picture(session, viewer, "banner_url", new.banner_url, domain=domain),
        public_key=new.keys.public,
        private_key=new.keys.private,
        instance_id=LOCAL_INSTANCE,
        ap_profile_id=url,
        ap_public_url=url,
        ap_followers_url=f"{url}/followers",
        ap_following_url=f"{url}/following",
        ap_outbox_url=f"{url}/outbox",
        ap_domain=domain,
        subscriptions_count=1,
        num_communities=len(members),
    )
    session.add(feed)
    await session.flush()
    session.add(FeedMember(feed_id=feed.id, user_id=viewer.id, is_owner=True))
    session.add_all(FeedItem(feed_id=feed.id, community_id=id_) for id_ in members)
    await session.flush()
    await record(session, FeedCreated(feed_id=feed.id))
    return feed.id


async def edit(
    session: AsyncSession, viewer: Viewer, feed_id: int, changes: FeedChanges, *, domain: str
) -> None:
    """Change a feed. Raises as `create`, and NotFound or Forbidden as `own_feed`."""
    feed = await own_feed(session, viewer, feed_id)
    await refuse_phrases(session, {"title": changes.title, "description": changes.description})
    if changes.title is not UNSET:
        feed.title = _checked_title(changes.title)
    if changes.description is not UNSET:
        _check_description(changes.description)
        feed.description = changes.description
        feed.description_html = render_markdown(changes.description, domain=domain)
    if changes.site_wide is not UNSET and changes.site_wide != bool(feed.is_instance_feed):
        _check_site_wide(viewer, True)
    await refuse_unfit(
        session,
        nsfw=feed.nsfw if changes.nsfw is UNSET else changes.nsfw,
        nsfl=feed.nsfl if changes.nsfl is UNSET else changes.nsfl,
    )
    if changes.parent_id is not UNSET:
        await _check_parent(session, viewer, changes.parent_id, feed.id)
    for name in _PLAIN:
        if (value := getattr(changes, name)) is not UNSET:
            setattr(feed, _COLUMNS.get(name, name), value)
    pictures = [feed.icon_id, feed.image_id]
    if changes.icon_url is not UNSET:
        feed.icon_id = await own_picture(session, viewer, "icon_url", changes.icon_url, domain=domain)
    if changes.banner_url is not UNSET:
        feed.image_id = await own_picture(session, viewer, "banner_url", changes.banner_url, domain=domain)
    if changes.communities is not UNSET:
        members = await _communities(session, viewer, changes.communities, domain)
        await _replace_items(session, viewer, feed, members)
    feed.last_edit = utcnow()
    await session.flush()
    await discard(session, [id_ for id_ in pictures if id_ not in {feed.icon_id, feed.image_id}])
    await record(session, FeedEdited(feed_id=feed_id, by_id=viewer.id), federate=viewer.local)


async def set_deleted(session: AsyncSession, viewer: Viewer, feed_id: int, *, deleted: bool) -> None:
    """Delete a feed, or restore it. Idempotent. Raises as `own_feed`.

    Forbidden, too, if an administrator took it down.
    """
    feed = await own_feed(session, viewer, feed_id, deleted_too=True)
    if bool(feed.banned) == deleted:
        return
    if await session.get(RemovedFeed, feed_id) is not None:
        raise Forbidden(_("An administrator has removed this feed."))
    feed.banned = deleted
    await session.flush()
    await record(
        session, FeedDeleted(feed_id=feed_id, by_id=viewer.id, deleted=deleted), federate=viewer.local
    )


def _checked_title(title: str) -> str:
    """The title as it may be shown; Invalid if it is none."""
    shown = clean_display_name(title, limit=len(title))
    refuse({"title": too_long(shown, TITLE_LENGTH) if shown else _("Enter a title.")})
    return shown


def _check_description(description: str) -> None:
    refuse({"description": too_long(description, DESCRIPTION_LENGTH)})


def _check_site_wide(viewer: Viewer, site_wide: bool) -> None:
    if site_wide and not viewer.is_admin:
        raise Forbidden(_("Only administrators can create feeds for the whole site."))


async def _check_parent(
    session: AsyncSession, viewer: Viewer, parent_id: int | None, feed_id: int | None
) -> None:
    """Raise Invalid unless the feed above is another one of the viewer's, not below this one, and not too deep."""
    above = parent_id
    for _step in range(DEPTH_MAX):
        if above is None:
            return
        parent = await session.get(Feed, above) if is_id(above) and above != feed_id else None
        if parent is None or parent.user_id != viewer.id or parent.banned:
            raise Invalid({"parent_feed_id": _("This feed can't be nested there.")})
        above = parent.parent_feed_id
    raise Invalid({"parent_feed_id": _("This is nested too deeply.")})


async def _communities(session: AsyncSession, viewer: Viewer, text: str, domain: str) -> list[int]:
    """The ids of the communities that a text names, in its order; Invalid names the first that there is not."""
    names = [name.lstrip("!").lower() for name in _BETWEEN.split(text) if name]
    if len(names) > COMMUNITIES_MAX:
        raise Invalid(
            {
                "communities": _(
                    "Add at most %(communities_max)s communities.", communities_max=COMMUNITIES_MAX
                )
            }
        )
    if not storable(text):
        raise Invalid({"communities": _("This contains a character that can't be searched for.")})
    wanted = {name.removesuffix(f"@{domain}"): name for name in names}
    here = and_(Community.is_local, func.lower(Community.name).in_([one for one in wanted if "@" not in one]))
    known = or_(here, Community.ap_id.in_([*wanted]))
    called = func.coalesce(Community.ap_id, func.lower(Community.name))
    rows = await session.execute(
        select(called, Community.id).where(known, Community.banned.is_not(True), _readable(viewer))
    )
    found = {row[0]: row[1] for row in rows}
    missing = next((name for name in wanted if name not in found), None)
    if missing is not None:
        raise Invalid({"communities": _("The community %(missing)s doesn't exist.", missing=missing[:100])})
    return [found[name] for name in wanted]


def _readable(viewer: Viewer) -> ColumnElement[bool]:
    member = exists().where(
        CommunityMember.community_id == Community.id,
        CommunityMember.user_id == viewer.id,
        CommunityMember.is_banned.is_not(True),
    )
    return or_(Community.private.is_not(True), member)


async def _replace_items(session: AsyncSession, viewer: Viewer, feed: Feed, community_ids: list[int]) -> None:
    here = FeedItem.feed_id == feed.id
    known = set(filter(None, await session.scalars(select(FeedItem.community_id).where(here))))
    gone, new = sorted(known.difference(community_ids)), [id_ for id_ in community_ids if id_ not in known]
    await session.execute(delete(FeedItem).where(here, FeedItem.community_id.in_(gone)))
    session.add_all(FeedItem(feed_id=feed.id, community_id=id_) for id_ in new)
    feed.num_communities = len(community_ids)
    for community_id in gone + new:
        event = FeedItemChanged(
            feed_id=feed.id, community_id=community_id, by_id=viewer.id, added=community_id not in known
        )
        await record(session, event, federate=viewer.local)
