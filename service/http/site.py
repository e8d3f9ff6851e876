"""What every page knows of the site: its row, looked up at most once in a while."""

from time import monotonic
from typing import Any, cast

import msgspec
from quart import Blueprint, current_app, g, request

from service.forum import site as stored
from service.forum.accounts.choices import RegistrationMode
from service.forum.feeds.choices import Listing
from service.forum.site import SiteRow
from service.http.context import resources
from service.storage.clock import utcnow

blueprint = Blueprint("site", __name__)

REMEMBERED = "pieloop_site"
FRESH = 1.0  # seconds: how long another process's change may take to be seen
NO_PAGES = ("/api/", "/static/", "/media/", "/livez", "/readyz", "/metrics", "/nodeinfo", "/.well-known/")


class _Remembered(msgspec.Struct, frozen=True):
    """The site's row and when it was read."""

    row: SiteRow
    read_at: float


@blueprint.before_app_request
async def look_up_site() -> None:
    """Put the site's row into `g.site` before a page."""
    if not request.path.startswith(NO_PAGES):
        g.site = await the_site()


async def the_site() -> SiteRow:
    """Return the site's row, at most a second old."""
    known: _Remembered | None = current_app.extensions.get(REMEMBERED)
    if known is not None and monotonic() - known.read_at < FRESH:
        return known.row
    # Kept for all, also for whoever has just changed it.
    async with resources().database.read(newest=True) as db:
        row = await stored.site(db)
    current_app.extensions[REMEMBERED] = _Remembered(row, monotonic())
    return row


def forget_site() -> None:
    """Let the next page read the row anew: it was changed here."""
    current_app.extensions.pop(REMEMBERED, None)


def site_shown() -> SiteRow:
    """Return the site's row for rendering; while the database is away the last known one, else the configured name."""
    if "site" in g:
        return cast("SiteRow", g.site)
    known: _Remembered | None = current_app.extensions.get(REMEMBERED)
    return known.row if known is not None else _unknown_site()


def _unknown_site() -> SiteRow:
    now = utcnow()
    values: dict[str, Any] = dict.fromkeys(SiteRow.__struct_fields__, "")
    values |= {
        "name": resources().config.site.name,
        "icon_url": None,
        "registration_mode": RegistrationMode.CLOSED,
    }
    values |= {"default_filter": Listing.ALL, "language_id": None, "created_at": now, "updated": now}
    return SiteRow(**values)
