"""What a web page says about itself: the title, description and picture that a link to it is shown with.

Only text fields leave here, never markup; whoever shows them escapes them like any other text.
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from service.text.encodings import decode
from service.text.plain import shorten
from service.text.scanning import Enough, Scanner

MAX_PAGE = 1_048_576
MAX_TAGS = 4_000
MAX_TITLE = 300
MAX_DESCRIPTION = 1_000
MAX_URL = 2_048
MAX_RAW = 10_000  # of one value, before white space is folded

# By what a property is called on the page; the first that has a value counts.
TITLES = ("og:title", "twitter:title", "title")
DESCRIPTIONS = ("og:description", "twitter:description", "description")
IMAGES = (
    "og:image:secure_url",
    "og:image",
    "og:image:url",
    "twitter:image",
    "twitter:image:src",
    "image_src",
)
PAGE = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]{0,512}<\0?[A-Za-z!?]")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a page says about itself. Empty text and None where it says nothing.

    Attributes:
        title: plain text.
        description: plain text.
        image_url: absolute, http or https.
        canonical_url: the address that the page wants to be known by; absolute, http or https.
    """

    title: str
    description: str
    image_url: str | None
    canonical_url: str | None


def parse_preview(body: bytes, content_type: str, url: str) -> Preview:
    """Read the head of a page. Never raises: a page that makes no sense says nothing.

    Parameters:
        body: HTML; at most MAX_PAGE bytes are read.
        content_type: the header, for its charset.
        url: where the body came from in the end; relative addresses are resolved against it.
    """
    head = _Head()
    head.scan(decode(body[:MAX_PAGE], content_type))
    base = _web_url(url, head.base) or url
    return Preview(
        title=shorten(_first(head.found, TITLES), MAX_TITLE),
        description=shorten(_first(head.found, DESCRIPTIONS), MAX_DESCRIPTION),
        image_url=_web_url(base, _first(head.found, IMAGES)),
        canonical_url=_web_url(base, _first(head.found, ("canonical", "og:url"))),
    )


def looks_like_a_page(body: bytes) -> bool:
    """Whether what names no type is a page: it begins with a tag, as browsers tell."""
    return PAGE.match(body) is not None


class _Head(Scanner):
    """Collects the first value of each property: up to the end of the head, and on where that says too little."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.base = ""
        self._tags = 0
        self._drawings = 0  # how deep within SVG, whose titles are of its parts
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags += 1
        if self._tags > MAX_TAGS or (tag == "body" and self._is_complete()):
            raise Enough
        given = {name: (value or "")[:MAX_RAW] for name, value in reversed(attrs)}
        match tag:
            case "meta":
                self._read_meta(given)
            case "link":
                self._read_link(given)
            case "base":
                self.base = self.base or given.get("href", "")
            case "svg":
                self._drawings += 1
            case "title" if "title" not in self.found and not self._drawings:
                self._title = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "head" and self._is_complete():
            raise Enough
        if tag == "svg":
            self._drawings = max(0, self._drawings - 1)
        if tag == "title" and self._title is not None:
            self._keep("title", "".join(self._title))
            self._title = None

    def handle_data(self, data: str) -> None:
        if self._title is not None and len(self._title) < 100:
            self._title.append(data[:MAX_RAW])

    def _is_complete(self) -> bool:
        return bool(
            _first(self.found, TITLES) and _first(self.found, DESCRIPTIONS) and _first(self.found, IMAGES)
        )

    def _read_meta(self, given: dict[str, str]) -> None:
        for name in (given.get("property", ""), given.get("name", "")):
            if name.lower() != "title":  # that name is the element's
                self._keep(name.lower(), given.get("content", ""))

    def _read_link(self, given: dict[str, str]) -> None:
        for relation in given.get("rel", "").lower().split()[:10]:
            if relation in {"canonical", "image_src"}:
                self._keep(relation, given.get("href", ""))

    def _keep(self, name: str, value: str) -> None:
        if name and value.strip():
            self.found.setdefault(name, value)


def _first(found: dict[str, str], names: tuple[str, ...]) -> str:
    return next((found[name] for name in names if name in found), "")


def _web_url(base: str, reference: str) -> str | None:
    """Return the absolute address that a reference means, if it is one of the web."""
    reference = reference.strip()
    if not reference or len(reference) > MAX_URL or not reference.isprintable():
        return None
    try:
        url = urljoin(base, reference)
        parts = urlsplit(url)
    except ValueError:
        return None
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return url if is_web and len(url) <= MAX_URL else None
