"""The front page, the page about the site, and the preview of what somebody writes."""

from time import monotonic
from typing import Any

from quart import Blueprint, current_app, request

from service.forum.accounts import queries as accounts
from service.forum.accounts.viewer import Viewer
from service.forum.choices import options
from service.forum.communities import queries as communities
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import NotSignedIn
from service.forum.feeds import queries as feeds
from service.forum.feeds.choices import Listing
from service.forum.feeds.rules import PostSelection
from service.forum.pages import queries as pages
from service.forum.posts.rules import checked_body
from service.http.condition.figures import figures, figures_at_hand
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.passing.long_texts import render_ahead
from service.http.passing.strangers import same_for_strangers
from service.http.site import site_shown, the_site
from service.http.web.frame.bodies import markdown, prepare_html
from service.http.web.frame.forms import is_htmx, posted
from service.http.web.frame.head import head_of_site
from service.http.web.frame.listing import PAGE, next_page, sort_links, tabs, wanted_sort
from service.http.web.frame.rendering import render

blueprint = Blueprint("home", __name__)

# What everybody finds above the front page; what else somebody has chosen stands beside it.
FEEDS = (Listing.ALL, Listing.LOCAL, Listing.SUBSCRIBED, Listing.POPULAR)
COMMUNITIES_SHOWN = 8
REMEMBERED = "pieloop_active_communities"
FRESH = 20.0  # seconds
ABOUT = "/about"
PREVIEWED = ("body", "about", "description", "sidebar", "announcement", "content")


@blueprint.get("/")
@blueprint.get("/home")
@blueprint.get("/home/<sort>")
@blueprint.get("/home/<sort>/<view_filter>")
@same_for_strangers
async def front_page(sort: str | None = None, view_filter: str | None = None) -> str:
    """Show a feed; the words stand in the query, or in the path as in PieFed's addresses."""
    viewer = current_viewer()
    feed = await _wanted_feed(view_filter or request.args.get("feed"))
    order = wanted_sort(viewer, sort)
    async with resources().database.read() as db:
        page = await feeds.page_of_posts(
            db,
            viewer,
            PostSelection(listing=feed),
            order,
            limit=PAGE,
            cursor=request.args.get("after"),
        )
        active = await _active_communities(db, viewer)
    chosen = request.args.get("sort") or sort
    return render(
        "home/home.html",
        here="home",
        head=head_of_site(site_shown()),
        page=page,
        feed_word=feed.value,
        feed_name=feed.label,
        feed_links=tabs(
            "/", "feed", feed.value, {"": ""} | dict(options(_offered(viewer), feed)), sort=chosen
        )[1:],
        sort_links=sort_links("/", order, feed=feed.value),
        next_url=next_page("/", page.next_cursor, feed=feed.value, sort=order.value),
        communities=active,
        figures=await figures_at_hand() if _is_first_sight(viewer) else None,
    )


def _is_first_sight(viewer: Viewer | None) -> bool:
    """Whether this is the front page as somebody finds it who knows nothing of the site yet."""
    return viewer is None and request.path == "/" and not request.args


def _offered(viewer: Viewer | None) -> tuple[Listing, ...]:
    """The lists above the front page: who is not signed in has joined nothing."""
    return tuple(one for one in FEEDS if viewer or one is not Listing.SUBSCRIBED)


async def _active_communities(db: Any, viewer: Viewer | None) -> list[CommunityRow]:
    """The sidebar's communities. What all strangers see alike is looked up once in a while only."""
    known: tuple[float, list[CommunityRow]] | None = (
        current_app.extensions.get(REMEMBERED) if viewer is None else None
    )
    if known is not None and monotonic() - known[0] < FRESH:
        return known[1]
    found = await communities.listing(db, viewer, size=COMMUNITIES_SHOWN)
    rows = [detail.community for detail in found.communities]
    if viewer is None:
        current_app.extensions[REMEMBERED] = (monotonic(), rows)
    return rows


async def _wanted_feed(word: str | None) -> Listing:
    viewer = current_viewer()
    usual = viewer.default_filter if viewer else (await the_site()).default_filter
    wanted = Listing.named(word, usual)
    if viewer is None and wanted in {Listing.SUBSCRIBED, Listing.MODERATING}:
        raise NotSignedIn
    return wanted


@blueprint.get("/about")
async def about() -> str:
    """Show what the site says of itself, its figures and who runs it."""
    async with resources().database.read() as db:
        administrators = await accounts.administrators(db)
        titles = await pages.titles(db)
        written = await pages.page_at(db, ABOUT) if ABOUT in {page.url for page in titles} else None
    await prepare_html(written.body_html if written else None)
    return render(
        "home/about.html",
        figures=await figures(),
        administrators=administrators,
        written=written,
        pages=[page for page in titles if page.url != ABOUT],
    )


@blueprint.post("/preview")
async def preview() -> str:
    """Show Markdown as it will look: in place for htmx, as a page of its own without.

    It may be as long as the text of a post, and no longer.
    """
    await limit("preview")
    form = await posted()
    source = checked_body(next((form[name] for name in PREVIEWED if form.get(name)), ""))
    await render_ahead(source)
    html = markdown(source)
    return str(html) if is_htmx() else render("home/preview.html", html=html)
