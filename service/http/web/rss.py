"""RSS feeds at PieFed's addresses: what a stranger sees of a community, a person, a website, a topic, a feed, the site.

They show what lists show to somebody who is not signed in, less the communities that keep to this site.
"""

import hashlib
from typing import Any
from urllib.parse import quote, urljoin

import msgspec
from markupsafe import escape
from quart import Blueprint, Response, request

from service.forum.accounts import queries as accounts
from service.forum.accounts.seals import is_sealed, seal_of
from service.forum.accounts.viewer import Viewer
from service.forum.checks import is_id
from service.forum.communities import queries as communities
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import NotFound
from service.forum.feeds import queries as feeds
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.queries import catalogue
from service.forum.feeds.rules import PostSelection
from service.forum.posts.shapes import PostRow
from service.forum.tags import queries as tags
from service.http.context import resources
from service.http.passing.limits import limit
from service.http.site import the_site
from service.http.web.frame.helpers import (
    community_actions,
    community_path,
    display_name,
    image_url,
    person_path,
    post_path,
    web_url,
    with_query,
)
from service.http.web.frame.listing import search_words
from service.language import _
from service.text.rss import MIMETYPE, Channel, Item, rss

blueprint = Blueprint("rss", __name__)

ITEMS = 20
CACHED = "public, max-age=300"


@blueprint.get("/feed")
async def of_the_site() -> Response:
    """Give the newest posts of the front page."""
    site = await the_site()
    return await _answer(PostSelection(), site.name, site.description or site.name, "/", "/feed")


@blueprint.get("/community/<name>/feed")
async def of_a_community(name: str) -> Response:
    """Give the newest posts of a community."""
    async with resources().database.read() as db:
        detail = await communities.community_by_name(db, None, name, domain=resources().config.site.domain)
    community = detail.community
    if community.local_only:
        raise NotFound(_("This community is only for members of this site, so it has no RSS feed."))
    return await _answer(
        PostSelection(community_id=community.id),
        community.title,
        detail.description or community.title,
        community_path(community),
        feed_of(community),
    )


@blueprint.get("/u/<name>/feed")
async def of_a_person(name: str) -> Response:
    """Give the newest posts of a person."""
    async with resources().database.read() as db:
        found = await accounts.profile_by_name(db, None, name, domain=resources().config.site.domain)
    shown, path = display_name(found.person), person_path(found.person)
    return await _answer(
        PostSelection(person_id=found.person.id),
        shown,
        _("Posts by %(shown)s", shown=shown),
        path,
        f"{path}/feed",
    )


@blueprint.get("/d/<int:domain_id>/feed")
async def of_a_website(domain_id: int) -> Response:
    """Give the newest posts that lead to a website."""
    async with resources().database.read() as db:
        host = await feeds.website_name(db, domain_id)
    path = f"/d/{domain_id}"
    return await _answer(
        PostSelection(domain_id=domain_id), host, _("Links to %(host)s", host=host), path, f"{path}/feed"
    )


@blueprint.get("/tag/<name>/feed")
async def of_a_tag(name: str) -> Response:
    """Give the newest posts that have a tag."""
    async with resources().database.read() as db:
        tag = await tags.one(db, name)
    link, shown = f"/tag/{quote(tag.name, safe='')}", f"#{tag.shown}"
    return await _answer(
        PostSelection(tag_id=tag.id), shown, _("Posts tagged %(tag)s", tag=shown), link, f"{link}/feed"
    )


@blueprint.get("/search/feed")
async def of_a_search() -> Response:
    """Give the newest posts that have some words."""
    words = search_words()
    if not words:
        raise NotFound(_("Add your search to the URL: /search/feed?q=words."))
    await limit("search")
    return await _answer(
        PostSelection(search=words),
        words,
        _("Posts matching “%(words)s”", words=words),
        with_query("/search", q=words),
        with_query("/search/feed", q=words),
    )


@blueprint.get("/subscriptions/<int:account_id>/<seal>.rss")
async def of_subscriptions(account_id: int, seal: str) -> Response:
    """Give the newest posts of what a member joined, to whoever has the address: it dies with the password."""
    async with resources().database.read() as db:
        if not is_sealed(seal, *await _sealed(db, account_id)):
            raise NotFound
        reader = await accounts.viewer_of_account(db, account_id)
    if reader is None:
        raise NotFound
    title = _("Communities %(name)s has joined", name=reader.title or reader.name)
    selection = PostSelection(listing=Listing.SUBSCRIBED)
    link = f"/subscriptions/{account_id}/{seal}.rss"
    response = await _answer(selection, title, title, "/?feed=subscribed", link, reader=reader)
    response.headers["Cache-Control"] = "private, max-age=300"
    return response


async def address_of_subscriptions(db: Any, account_id: int) -> str:
    """Return the address at which programs read what a member joined; nobody else can guess it."""
    seal = seal_of(*await _sealed(db, account_id))
    return f"{resources().config.site.base_url}/subscriptions/{account_id}/{seal}.rss"


async def _sealed(db: Any, account_id: int) -> tuple[str, int, str, str]:
    password = await accounts.password_hash_of(db, account_id) if is_id(account_id) else None
    return "subscriptions", account_id, resources().config.site.secret_key, password or ""


@blueprint.get("/topic/<path:path>.rss")
async def of_a_topic(path: str) -> Response:
    """Give the newest posts of a topic; the last part of the path is its name."""
    wanted = path.rpartition("/")[2].lower()
    async with resources().database.read() as db:
        topics = await catalogue.topics(db, None, with_communities=False)
    topic = next((row for row in topics if row.name.lower() == wanted), None)
    if topic is None:
        raise NotFound(_("This topic doesn't exist."))
    link = f"/topic/{quote(path)}"
    return await _answer(PostSelection(topic_id=topic.id), topic.title, topic.title, link, f"{link}.rss")


@blueprint.get("/f/<path:path>.rss")
async def of_a_feed(path: str) -> Response:
    """Give the newest posts of a public feed; the last part of the path is its name."""
    async with resources().database.read() as db:
        row = await catalogue.feed_by_name(
            db, None, path.rpartition("/")[2], domain=resources().config.site.domain
        )
    link = f"/f/{quote(path)}"
    return await _answer(
        PostSelection(feed_id=row.id), row.title, row.description or row.title, link, f"{link}.rss"
    )


def feed_of(community: CommunityRow) -> str:
    """Return the address of a community's feed."""
    return f"{community_actions(community)}/feed"


async def _answer(
    feed: PostSelection,
    title: str,
    description: str,
    link: str,
    own_link: str,
    *,
    reader: Viewer | None = None,
) -> Response:
    """Return the posts of a feed as RSS; 304 if the reader has them already.

    Parameters:
        reader: as whom they are read; None for a stranger.
    """
    base_url, site = resources().config.site.base_url, await the_site()
    async with resources().database.read() as db:
        page = await feeds.page_of_posts(db, reader, _syndicated(feed), Sort.NEW, limit=ITEMS)
    channel = Channel(
        title if title == site.name else f"{title} · {site.name}",
        description,
        base_url + link,
        base_url + own_link,
    )
    changed = max(
        (max(post.posted_at, post.edited_at or post.posted_at) for post in page.posts), default=None
    )
    body = rss(channel, [_item(post, base_url) for post in page.posts], changed, base_url=base_url)
    response = Response(body, content_type=f"{MIMETYPE}; charset=utf-8")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.last_modified = changed
    response.headers["Cache-Control"] = CACHED
    conditional: Response = await response.make_conditional(request)
    return conditional


def _syndicated(feed: PostSelection) -> PostSelection:
    return msgspec.structs.replace(feed, pinned=False, syndicated=True)


def _item(post: PostRow, base_url: str) -> Item:
    picture = post.image.url if post.image else post.url
    return Item(
        title=post.title,
        link=base_url + post_path(post),
        guid=post.ap_id if post.ap_id.startswith(("https://", "http://")) else f"{base_url}/post/{post.id}",
        author=display_name(post.author),
        html=_link_of(post) + _gallery_of(post, base_url) + (post.body_html or ""),
        published=post.posted_at,
        enclosure=base_url + picture if picture and picture.startswith("/") else picture,
    )


def _gallery_of(post: PostRow, base_url: str) -> str:
    """What is enclosed is the first picture; the others stand in the text."""
    shown = [
        (urljoin(base_url, image_url(image.medium_url)), image.alt_text or "") for image in post.pictures[1:]
    ]
    return "".join(f'<p><img src="{escape(url)}" alt="{escape(words)}"></p>' for url, words in shown)


def _link_of(post: PostRow) -> str:
    if not post.url:
        return ""
    return f'<p><a href="{escape(web_url(post.url))}">{escape(post.domain_name or post.url)}</a></p>'
