"""The column of one's own communities and feeds, beside every page on wide screens.

It is looked up at most once a minute for each member, and anew once they have changed something: pages cost nothing
for it. Another process learns of a change when its minute is over.
"""

from collections import OrderedDict
from time import monotonic

import msgspec
from quart import Blueprint, Response, current_app, g, request

from service.forum.accounts.viewer import Viewer
from service.forum.communities import queries as communities
from service.forum.feeds.queries import catalogue
from service.http.context import current_viewer, resources
from service.http.doors import READS
from service.http.site import NO_PAGES
from service.http.web.frame.forms import is_htmx, is_navigation
from service.http.web.frame.helpers import community_path
from service.http.web.frame.places import OwnPlaces, Place
from service.http.web.groups.feeds import feed_path

blueprint = Blueprint("own", __name__)

REMEMBERED = "pieloop_own_places"
FRESH = 60.0  # seconds
MEMBERS = 2000  # whose places one process remembers


class _Remembered(msgspec.Struct, frozen=True):
    places: OwnPlaces
    until: float


@blueprint.before_app_request
async def look_up_own_places() -> None:
    """Put the viewer's places into `g.own` before a page."""
    viewer = current_viewer()
    if viewer is not None and _is_for_page():
        g.own = await _places_of(viewer)


@blueprint.after_app_request
async def forget_own_places(response: Response) -> Response:
    """Look them up anew after the viewer has changed something: they may have joined a community."""
    viewer = current_viewer()
    if viewer is not None and request.method not in READS:
        _remembered().pop(viewer.id, None)
    return response


def _is_for_page() -> bool:
    """Whether a whole page is asked for, not a picture or a part."""
    is_page = "Sec-Fetch-Dest" not in request.headers or is_navigation()
    return is_page and not is_htmx() and not request.path.startswith(NO_PAGES)


async def _places_of(viewer: Viewer) -> OwnPlaces:
    remembered = _remembered()
    known = remembered.get(viewer.id)
    if known is not None and known.until > monotonic():
        return known.places
    async with resources().database.read() as db:
        joined = await communities.most_used(db, viewer)
        feeds = await catalogue.followed_feeds(db, viewer)
    places = OwnPlaces(
        communities=[Place(one.title, community_path(one), one.icon_url) for one in joined],
        feeds=[Place(one.title, feed_path(one), one.icon_url) for one in feeds],
    )
    remembered[viewer.id] = _Remembered(places, monotonic() + FRESH)
    if len(remembered) > MEMBERS:
        remembered.popitem(last=False)
    return places


def _remembered() -> OrderedDict[int, _Remembered]:
    remembered: OrderedDict[int, _Remembered] = current_app.extensions.setdefault(REMEMBERED, OrderedDict())
    return remembered
