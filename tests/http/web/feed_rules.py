"""What validators of feeds ask of RSS 2.0: the specification, and the profile of the RSS Advisory Board.

https://www.rssboard.org/rss-specification and https://www.rssboard.org/rss-profile; feedparser is the reader.
"""

import re
from collections import Counter
from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime

import feedparser
from lxml import etree, html

ATOM, CREATOR = "{http://www.w3.org/2005/Atom}link", "{http://purl.org/dc/elements/1.1/}creator"
OF_CHANNELS = {"title", "link", "description", "lastBuildDate", ATOM}
OF_ITEMS = {"title", "link", "description", "guid", "pubDate", "enclosure", CREATOR}
# A whole address as RFC 3986 has it, but for the brackets that browsers leave in it.
ADDRESS = re.compile(
    r"https?://[\w.:\[\]@-]+([/?#]([\w.~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-F]{2})*)?",
    re.ASCII | re.IGNORECASE,
)
DANGEROUS = {"script", "style", "iframe", "object", "embed", "form", "input", "base", "meta", "link"}


def broken_rules(document: bytes, address: str) -> list[str]:
    """Return what is wrong with a feed.

    Parameters:
        document: as it was sent.
        address: where.
    """
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, huge_tree=False))
    except etree.XMLSyntaxError as error:
        return [str(error)]
    return [*_of_the_channel(root, address), *_of_items(root), *_of_a_reader(document, root)]


def _of_the_channel(root: etree._Element, address: str) -> Iterator[str]:
    if root.tag != "rss" or root.get("version") != "2.0" or [one.tag for one in root] != ["channel"]:
        yield "is no channel of RSS 2.0"
        return
    own = [one for one in root[0] if one.tag != "item"]
    yield from _of_its_elements("channel", own, OF_CHANNELS, {"title", "link", "description", ATOM})
    for link in root[0].iterfind(ATOM):
        if (link.get("rel"), link.get("type")) != ("self", "application/rss+xml"):
            yield "names itself wrongly"
        if link.get("href") != address:
            yield f"says that it stands at {link.get('href')}"


def _of_items(root: etree._Element) -> Iterator[str]:
    items = list(root.iter("item"))
    for item in items:
        yield from _of_its_elements("item", list(item), OF_ITEMS, OF_ITEMS - {"description", "enclosure"})
        yield from _of_html(item.findtext("description") or "")
    for guid, times in Counter(item.findtext("guid") for item in items).items():
        if times > 1:
            yield f"has the guid {guid} {times} times"


def _of_its_elements(
    whose: str, elements: list[etree._Element], known: set[str], required: set[str]
) -> Iterator[str]:
    tags = Counter(str(one.tag) for one in elements)
    yield from (f"{whose} has <{tag}> {times} times" for tag, times in tags.items() if times > 1)
    yield from (f"{whose} has <{tag}>" for tag in tags.keys() - known)
    yield from (f"{whose} has no <{tag}>" for tag in required - tags.keys())
    for one in elements:
        text = one.text or ""
        if len(one):
            yield f"<{one.tag}> of the {whose} has elements in it"
        if one.tag in required - {ATOM} and not text.strip():
            yield f"<{one.tag}> of the {whose} is blank"
        if one.tag in ("pubDate", "lastBuildDate") and format_datetime(parsedate_to_datetime(text)) != text:
            yield f"{text} is no date of RFC 822"
        if one.tag == "guid" and one.get("isPermaLink") not in ("true", "false"):
            yield "a guid does not say whether it is a link"
        if one.tag == "enclosure":
            yield from _of_an_enclosure(one)
        address = one.get("href") or one.get("url") or (text if one.tag in ("link", "guid") else None)
        if address is not None and not ADDRESS.fullmatch(address):
            yield f"<{one.tag}> of the {whose} has {address!r} for an address"


def _of_an_enclosure(enclosure: etree._Element) -> Iterator[str]:
    if not re.fullmatch(r"[a-z]+/[\w.+-]+", enclosure.get("type", "")):
        yield f"an enclosure is of the kind {enclosure.get('type')!r}"
    if not enclosure.get("length", "").isdecimal():
        yield f"an enclosure has {enclosure.get('length')!r} bytes"


def _of_html(text: str) -> Iterator[str]:
    for element in html.fragments_fromstring(f"<div>{text}</div>")[0].iter():
        if element.tag in DANGEROUS or any(name.startswith("on") for name in element.attrib):
            yield f"a description has {etree.tostring(element)!r}"
        for name in ("href", "src"):
            address = element.get(name)
            if address is not None and not re.match("https?://|mailto:", address):
                yield f"a description leads to {address!r}"


def _of_a_reader(document: bytes, root: etree._Element) -> Iterator[str]:
    read = feedparser.parse(document, response_headers={"content-type": "application/rss+xml; charset=utf-8"})
    if read.bozo or read.version != "rss20":
        yield f"a reader has read it as {read.version!r}: {read.get('bozo_exception')}"
    items = list(root.iter("item"))
    if len(read.entries) != len(items):
        yield f"a reader has found {len(read.entries)} of {len(items)} items"
    for entry, item in zip(read.entries, items, strict=False):
        if not entry.get("published_parsed") or entry.get("id") != item.findtext("guid"):
            yield f"a reader has read an item as {entry}"
