"""Templates -> pages: our own synchronous Jinja environment, what every page knows, and the helpers of the templates.

Handlers call `render`, and so does `errors`. What people wrote is made in bodies.py.
"""

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.ext import Extension
from markupsafe import Markup, escape
from quart import request

from service.forum.accounts.shapes import AuthorRow
from service.forum.attachments.rules import in_words as bytes_in_words
from service.forum.attachments.shapes import ImageRow
from service.forum.choices import options
from service.forum.communities.shapes import CommunityRow
from service.forum.posts.shapes import PostRow
from service.http.context import current_viewer
from service.http.passing.security import csrf_token
from service.http.site import site_shown
from service.http.web import assets, notices
from service.http.web.bodies import body, markdown, safe_body
from service.http.web.choices import TABLES, Theme
from service.http.web.language import language_of_page
from service.language.catalogues import Language, languages
from service.language.sentences import speaking, translated, translated_number
from service.storage.clock import utcnow

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "pieloop_theme"
NOWHERE = "#"  # where a link leads that must lead nowhere
SPRITE = assets.FOLDER / "icons.svg"

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTH, YEAR = 30 * DAY, 365 * DAY


def render(name: str, **context: Any) -> str:
    """Return the page made of template `name`, for whoever asks.

    Parameters:
        name: a path below `templates/`.
        context: what the template needs beyond what every page knows.
    """
    language = language_of_page()
    with speaking(language.catalogue):
        return _template(name).render(_common(language) | context)


def render_part(name: str, macro: str, *arguments: Any) -> str:
    """Return what one macro of a template makes: the answer to a small interaction of htmx.

    Parameters:
        name: a path below `templates/`.
        macro: the macro's name.
        arguments: the macro's arguments.
    """
    with speaking(language_of_page().catalogue):
        return str(getattr(_template(name).module, macro)(*arguments))


def prepare() -> None:
    """Read the catalogues and compile every template: the first visitor doesn't wait, and a fault stops the start."""
    languages()
    for name in _environment().list_templates(extensions=["html"]):
        _template(name)


def _common(language: Language) -> dict[str, Any]:
    """What every page knows. Only members get the token of forms at once: a stranger's page sets no cookie."""
    viewer = current_viewer()
    return {
        "viewer": viewer,
        "site": site_shown(),
        "language": language,
        "csrf": csrf_token() if viewer else "",
        "theme": chosen_theme(),
        "notice": notices.take(),
        "next": request.full_path.rstrip("?"),
        "here": "",
        "query": "",
    }


def chosen_theme() -> Theme:
    """Return the theme that this browser chose."""
    return Theme.stored(request.cookies.get(THEME_COOKIE), Theme.SYSTEM)


# The environment


class Compact(Extension):
    """Takes the indentation out of templates before they are compiled; it is most of a page's white space.

    The line breaks stay, and trim_blocks is off: the formatter of templates breaks lines between attributes, and
    a break that vanishes there would glue two of them together.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return `source` without the space at the beginning of its lines and without empty lines."""
        return re.sub(r"\n\s+", "\n", source)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        extensions=[Compact, "jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(translated, translated_number, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= FILTERS
    environment.globals |= TABLES | {"asset": assets.address, "icons": Icons(), "sprite": _sprite()}
    return environment


@cache
def _template(name: str) -> Template:
    return _environment().get_template(name)


# The helpers


class Icons:
    """The signs of the sprite that stands in every page; a template writes `icons.up`.

    They are attributes, not a function: a card has six of them, and a call from a template costs more than the rest.
    """

    def __init__(self) -> None:
        for name in re.findall(r'symbol id="(\w+)"', SPRITE.read_text()):
            picture = f'<svg class="icon" aria-hidden="true"><use href="#{name}"></use></svg>'
            setattr(self, name, Markup(picture))  # noqa: S704 - names of our own


def _sprite() -> Markup:
    return Markup(re.sub(r"\n\s*", "", SPRITE.read_text()))  # noqa: S704 - a file of our own


def ago(when: datetime) -> Markup:
    """Return how long ago it was, with the exact time for machines and on hover.

    Parameters:
        when: naive UTC.
    """
    exact = when.isoformat(timespec="seconds")
    return Markup(f'<time datetime="{exact}Z" title="{exact.replace("T", " ")} UTC">{_age(when)}</time>')  # noqa: S704


def _age(when: datetime) -> str:
    seconds = (utcnow() - when).total_seconds()
    if seconds < MINUTE:
        return "now"
    for unit, letter, below in (
        (MINUTE, "min", HOUR),
        (HOUR, "h", DAY),
        (DAY, "d", MONTH),
        (MONTH, "mo", YEAR),
    ):
        if seconds < below:
            return f"{int(seconds // unit)} {letter}"
    return f"{int(seconds // YEAR)} y"


def exactly(when: datetime) -> Markup:
    """Return a time to the minute, for what lies ahead.

    Parameters:
        when: naive UTC.
    """
    exact = when.isoformat(timespec="minutes")
    return Markup(f'<time datetime="{exact}Z">{exact.replace("T", " ")}</time>')  # noqa: S704


def compact(number: int) -> str:
    """Return a number as short as people read it: 1234 -> 1.2k."""
    if -1000 < number < 1000:
        return str(number)
    for size, letter in ((1_000_000, "M"), (1000, "k")):
        if abs(number) >= size:
            return f"{number / size:.1f}".removesuffix(".0") + letter
    return str(number)


class HasFace(Protocol):
    """Anybody and anything with a name, and perhaps a picture."""

    name: str


def face(row: HasFace, shape: str = "") -> Markup:
    """Return the picture of a person or community, or the first letter of the name where there is none."""
    kind = f"face {shape}" if shape else "face"
    url = getattr(row, "avatar_url", None) or getattr(row, "icon_url", None)
    if url:
        picture = f'<img class="{kind}" src="{escape(image_url(url))}" alt="" width="24" height="24" loading="lazy">'
    else:
        picture = f'<span class="{kind} letter" aria-hidden="true">{escape(row.name[:1] or "?")}</span>'
    return Markup(picture)  # noqa: S704 - escaped above


def handle(row: AuthorRow | CommunityRow) -> str:
    """Return the name as people write it: `ana`, or `ana@elsewhere.example` for one from another site."""
    return row.name if row.local or not row.domain else f"{row.name}@{row.domain}"


def display_name(author: AuthorRow) -> str:
    """Return the chosen name of a person, else the handle."""
    return author.title or handle(author)


def home(author: AuthorRow) -> Markup | str:
    """Return where somebody of another site is at home, to stand behind the chosen name; the handle has it already."""
    if author.local or not author.domain or not author.title:
        return ""
    return Markup(f'<span class="home">@{escape(author.domain)}</span>')  # noqa: S704 - escaped


def person_path(author: AuthorRow) -> str:
    """Return where a person's page is."""
    return "/u/" + quote(handle(author), safe="@.-_")


def community_path(community: CommunityRow) -> str:
    """Return where a community's page is."""
    return "/c/" + quote(handle(community), safe="@.-_")


def post_path(post: PostRow) -> str:
    """Return where a post's page is."""
    return post.slug if post.slug.startswith("/c/") else f"/post/{post.id}"


def web_url(url: str | None) -> str:
    """Return `url` if it leads to the web or a torrent, else a harmless one: what came from elsewhere may run."""
    return url if url and url.lower().startswith(("http://", "https://", "magnet:?")) else NOWHERE


def image_url(url: str) -> str:
    """Return the address of a picture, ours or on the web; anything else becomes a harmless one."""
    is_ours = url.startswith("/") and not url.startswith("//")
    return url if is_ours or url.lower().startswith(("http://", "https://")) else NOWHERE


def sources(image: ImageRow) -> str:
    """Return the sizes of a picture that this site has, for `srcset`; '' where the browser has no choice."""
    sizes = {
        url: width
        for url, width in (
            (image.thumbnail_url, image.thumbnail_width),
            (image.medium_url, image.medium_width),
            (image.url, image.width),
        )
        if width and url.startswith("/")
    }
    return ", ".join(f"{image_url(url)} {width}w" for url, width in sizes.items()) if len(sizes) > 1 else ""


def sizes(image: ImageRow) -> str:
    """Return how wide a picture is shown, for `sizes`: as wide as the column of a post, never wider than it is."""
    widest = f"{image.width}px" if image.width else "100vw"
    return f"(width >= 62rem) min(48rem, {widest}), min(100vw, {widest})"


def with_query(path: str, **changes: str | None) -> str:
    """Return `path` with these query parameters, without the empty ones."""
    pairs = [f"{name}={quote(value, safe='')}" for name, value in changes.items() if value]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


# Filters, not functions: Jinja calls a filter directly, and a function through layers that cost more than its work.
FILTERS = {
    function.__name__: function
    for function in (
        ago,
        body,
        community_path,
        compact,
        display_name,
        exactly,
        face,
        handle,
        home,
        image_url,
        markdown,
        options,
        person_path,
        post_path,
        safe_body,
        sizes,
        sources,
        web_url,
    )
} | {"bytes": bytes_in_words}
