"""How a page looks: as whoever asks chose it for their account, else for their browser; and pages without images."""

import re
from functools import lru_cache
from typing import cast

from markupsafe import Markup
from quart import Response, g, request

from service.forum.accounts.looks import Images, Lists, Look
from service.http.context import current_viewer
from service.http.web.frame.helpers import with_query

COOKIE = "pieloop_look"
YEAR = 31_536_000  # seconds
WITH_IMAGES = "images"  # the parameter by which one page is asked for with all of them

_IMAGE = re.compile(r'<img((?:\s+[a-z-]+(?:="[^"]*")?)+)\s*/?>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)(?:="([^"]*)")?')


def look_of_page() -> Look:
    """Return how the page looks to who asks."""
    if "look" not in g:
        viewer = current_viewer()
        g.look = viewer.look if viewer and viewer.look else Look.of(request.cookies.get(COOKIE, ""))
    return cast("Look", g.look)


def shows_large_images() -> bool:
    """Whether lists show images in their whole width."""
    return look_of_page().lists is Lists.LARGE


def keep_in_browser(response: Response, look: Look) -> None:
    """Let the browser remember a look: nobody has to be signed in for it."""
    if look.words:
        response.set_cookie(COOKIE, look.words, max_age=YEAR, httponly=True, samesite="Lax", path="/")
    else:
        response.delete_cookie(COOKIE, path="/")


@lru_cache(256)
def attributes_of(look: Look) -> Markup:
    """Return what style sheets ask about: attributes of the page's root, of what is not as usual."""
    chosen = ((name, getattr(look, name)) for name in look.__struct_fields__)
    return Markup("").join(Markup(' data-{}="{}"').format(name, value) for name, value in chosen if value)


def address_with_images() -> str | None:
    """Return where the same page is found with its images; None where it has them."""
    return with_query(request.path, **request.args | {WITH_IMAGES: "1"}) if saves_data() else None


def saves_data() -> bool:
    """Whether images are to wait until somebody asks for them: by the look, or by a browser that saves data."""
    if WITH_IMAGES in request.args:
        return False
    return look_of_page().images is Images.ASKED_FOR or request.headers.get("Save-Data", "").lower() == "on"


def without_images(html: str) -> str:
    """Return a page as it is, or with images that are not loaded yet, where data are saved.

    What people wrote has no `<img` that did not go through the sanitiser, and no attribute without quotes.
    """
    return _IMAGE.sub(_waiting, html) if saves_data() else html


def _waiting(image: re.Match[str]) -> str:
    """Return what stands for an image until it is asked for: its words, and all that a script needs to make it."""
    attributes = dict(_ATTRIBUTE.findall(image[1]))
    if attributes.get("src", "").startswith("/static/"):
        return image[0]
    kept = "".join(f' data-{name}="{value}"' for name, value in attributes.items() if name != "class")
    classes = f"waits {attributes.get('class', '')}".strip()
    return f'<span class="{classes}"{kept}>{attributes.get("alt", "")}</span>'
