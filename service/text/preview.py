"""What a web page says about itself: the title, description and picture that a link to it is shown with.

Only text fields leave here, never markup; whoever shows them escapes them like any other text.
"""

import codecs
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

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

# The encodings of the web, by Python's names. Python knows more, some of which are slow, or no encodings of text.
_ENCODINGS = (
    "utf-8 ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 "
    "iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866 "
    "cp874 koi8-r koi8-u mac-roman gb2312 gbk gb18030 big5 euc_jp shift_jis iso2022_jp euc_kr"
)
ENCODINGS = frozenset(_ENCODINGS.split())
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


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
    head.scan(_decode(body[:MAX_PAGE], content_type))
    base = _web_url(url, head.base) or url
    return Preview(
        title=shorten(_first(head.found, TITLES), MAX_TITLE),
        description=shorten(_first(head.found, DESCRIPTIONS), MAX_DESCRIPTION),
        image_url=_web_url(base, _first(head.found, IMAGES)),
        canonical_url=_web_url(base, _first(head.found, ("canonical", "og:url"))),
    )


class _Head(Scanner):
    """Collects the first value of each property, up to the end of the head."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.base = ""
        self.charset = ""
        self._tags = 0
        self._title: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags += 1
        if tag == "body" or self._tags > MAX_TAGS:
            raise Enough
        given = {name: (value or "")[:MAX_RAW] for name, value in reversed(attrs)}
        match tag:
            case "meta":
                self._read_meta(given)
            case "link":
                self._read_link(given)
            case "base":
                self.base = self.base or given.get("href", "")
            case "title" if "title" not in self.found:
                self._title = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            raise Enough
        if tag == "title" and self._title is not None:
            self._keep("title", "".join(self._title))
            self._title = None

    def handle_data(self, data: str) -> None:
        if self._title is not None and len(self._title) < 100:
            self._title.append(data[:MAX_RAW])

    def _read_meta(self, given: dict[str, str]) -> None:
        self.charset = self.charset or given.get("charset", "")
        if given.get("http-equiv", "").lower() == "content-type":
            self.charset = self.charset or _charset_of(given.get("content", ""))
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


def _decode(body: bytes, content_type: str) -> str:
    """Decode a page as browsers do: byte order mark, header, the page's own word, and else UTF-8 if it fits."""
    for mark, encoding in MARKS:
        if body.startswith(mark):
            return body.removeprefix(mark).decode(encoding, "replace")
    encoding = _known(_charset_of(content_type)) or _known(_declared(body)) or ""
    if encoding:
        return body.decode(encoding, "replace")
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(body)  # the last character may be cut
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _declared(body: bytes) -> str:
    head = _Head()
    head.scan(body[:2_048].decode("latin-1"))
    return head.charset


def _charset_of(content_type: str) -> str:
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(" \"'")
    return ""


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label[:40].encode("ascii").decode()).name if label else ""
    except (LookupError, ValueError):
        return None
    # Pages that say latin-1 mean windows-1252, and so do browsers.
    name = "cp1252" if name in {"ascii", "iso8859-1"} else name
    return name if name in ENCODINGS else None
