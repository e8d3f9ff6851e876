"""What browsers and robots ask a site for beside its pages: whom to warn, how to search it, how it looks as an app."""

from datetime import timedelta

import msgspec
from quart import Blueprint, Response

from service.http.context import resources
from service.http.passing.strangers import same_for_strangers
from service.http.site import the_site
from service.http.web.frame import assets
from service.http.web.frame.head import absolute
from service.http.web.frame.language import language_of_page
from service.http.web.frame.rendering import render
from service.language import _
from service.language.sentences import said, speaking
from service.storage.clock import utcnow
from service.text.opensearch import MIMETYPE as OPENSEARCH
from service.text.opensearch import opensearch

blueprint = Blueprint("machines", __name__)

AN_HOUR = "public, max-age=3600"
STANDS_FOR = timedelta(days=30)
SHORTCUTS = {_("New post"): "/submit", _("Notifications"): "/notifications"}


@blueprint.get("/.well-known/security.txt")
async def security() -> Response:
    """Say whom to tell of a weakness: https://www.rfc-editor.org/rfc/rfc9116."""
    base, contact = resources().config.site.base_url, (await the_site()).contact_email
    lines = (
        f"Contact: {f'mailto:{contact}' if contact else f'{base}/about'}",
        f"Expires: {utcnow() + STANDS_FOR:%Y-%m-%dT00:00:00Z}",
        f"Canonical: {base}/.well-known/security.txt",
    )
    return kept("".join(f"{line}\n" for line in lines), "text/plain; charset=utf-8")


@blueprint.get("/opensearch.xml")
async def search() -> Response:
    """Let browsers search the site from their address bar."""
    site, base = await the_site(), resources().config.site.base_url
    icon = absolute(site.icon_url or assets.address("icon.svg"))
    return kept(
        opensearch(site.name, site.description or site.name, base, icon), f"{OPENSEARCH}; charset=utf-8"
    )


@blueprint.get("/offline")
@same_for_strangers
async def offline() -> str:
    """Say that there is no network: browsers keep this page and show it then."""
    return render("pages/offline.html")


@blueprint.get("/manifest.json")
async def manifest() -> Response:
    """Describe the site as an app that a phone or a desktop installs: https://www.w3.org/TR/appmanifest/."""
    site = await the_site()
    icon = {"src": site.icon_url, "sizes": "any"} if site.icon_url else _own_icon()
    described = {
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "name": site.name,
        "short_name": site.name,
        "description": site.description,
        "theme_color": "#f4f6f6",
        "background_color": "#f4f6f6",
        "icons": [icon],
        "shortcuts": _shortcuts(),
        "share_target": {"action": "/share", "method": "GET", "params": {"title": "title", "url": "url"}},
    }
    return kept(msgspec.json.encode(described), "application/manifest+json; charset=utf-8")


def _shortcuts() -> list[dict[str, str]]:
    with speaking(language_of_page()):
        return [{"name": said(words), "url": url} for words, url in SHORTCUTS.items()]


def _own_icon() -> dict[str, str]:
    return {"src": assets.address("icon.svg"), "sizes": "any", "type": "image/svg+xml"}


def kept(body: str | bytes, content_type: str) -> Response:
    """Answer with what browsers and robots may keep for an hour."""
    return Response(body, content_type=content_type, headers={"Cache-Control": AN_HOUR})
