"""What there is to find, for search engines: a list of lists, one for places and one for each month's posts."""

from datetime import datetime

from quart import Blueprint, Response

from service.forum.communities import queries
from service.forum.errors import NotFound
from service.forum.feeds.choices import Listing
from service.forum.posts.announced import announced_posts
from service.forum.site import SiteRow
from service.http.context import resources
from service.http.passing.strangers import same_for_strangers
from service.http.site import the_site
from service.http.web.frame.helpers import community_path
from service.http.web.machines import kept
from service.storage.clock import utcnow
from service.text.sitemap import sitemap, sitemap_index

blueprint = Blueprint("sitemaps", __name__)

PLACES = ("/", "/communities", "/explore", "/topics", "/feeds", "/about")
COMMUNITIES = 1000
MOST_MONTHS = 600  # fifty years
BEFORE_ALL = datetime(1970, 1, 1)


@blueprint.get("/sitemap.xml")
async def lists() -> Response:
    """List the lists."""
    site, base = await _public_site(), resources().config.site.base_url
    months = [(f"{base}/sitemap/{month:%Y-%m}.xml", None) for month in _months(site.created_at)]
    return _xml(sitemap_index([(f"{base}/sitemap/places.xml", None), *months]))


@blueprint.get("/sitemap/places.xml")
@same_for_strangers
async def places() -> Response:
    """List the pages that are always there, and the communities of this site."""
    await _public_site()
    base = resources().config.site.base_url
    async with resources().database.read() as db:
        page = await queries.listing(db, None, which=Listing.LOCAL, size=COMMUNITIES)
    communities = [community_path(one.community) for one in page.communities]
    return _xml(sitemap([(base + path, None) for path in (*PLACES, *communities)]))


@blueprint.get("/sitemap/<int(fixed_digits=4):year>-<int(fixed_digits=2):month>.xml")
@same_for_strangers
async def posts(year: int, month: int) -> Response:
    """List the posts of a month; the first month has what is older, too."""
    site, base = await _public_site(), resources().config.site.base_url
    months = _months(site.created_at)
    begins = next((one for one in months if (one.year, one.month) == (year, month)), None)
    if begins is None:
        raise NotFound
    since = BEFORE_ALL if begins == months[-1] else begins
    async with resources().database.read() as db:
        found = await announced_posts(db, since, _next_month(begins))
    return _xml(sitemap([(base + (post.slug or f"/post/{post.id}"), post.changed_at) for post in found]))


async def _public_site() -> SiteRow:
    site = await the_site()
    if site.private_instance:
        raise NotFound
    return site


def _months(first: datetime) -> list[datetime]:
    """The months from now back to the first, each by its beginning."""
    month = utcnow().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = [month]
    while month > first and len(found) < MOST_MONTHS:
        month = _month_before(month)
        found.append(month)
    return found


def _next_month(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _month_before(month: datetime) -> datetime:
    return month.replace(year=month.year - (month.month == 1), month=(month.month - 2) % 12 + 1)


def _xml(body: str) -> Response:
    return kept(body, "application/xml; charset=utf-8")
