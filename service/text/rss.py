"""RSS 2.0: a channel and its items -> an XML document that every reader takes, whatever people wrote."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from mimetypes import guess_type
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

import msgspec

from service.text.addresses import as_link
from service.text.plain import CONCEALING, ELLIPSIS
from service.text.pruning import prune
from service.text.sanitising import ATTRIBUTES, SILENT, TAGS, sanitise

ATOM, DUBLIN_CORE = "http://www.w3.org/2005/Atom", "http://purl.org/dc/elements/1.1/"
MIMETYPE = "application/rss+xml"
# So much of a text stands in a feed; who wants the rest follows the link.
LONGEST = 4_000
REMEMBERED = 512

register_namespace("atom", ATOM)
register_namespace("dc", DUBLIN_CORE)

# What XML 1.0 has no way to write, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ALLOWED = {tag: frozenset(names) for tag, names in ATTRIBUTES.items()}
# A spoiler is for who opens it, which a list of news may not be able to offer.
_LEFT_OUT = SILENT | CONCEALING


class Channel(msgspec.Struct, frozen=True):
    """What a feed is about.

    Attributes:
        link: The page whose posts it has.
        own_link: The address of the feed itself.
    """

    title: str
    description: str
    link: str
    own_link: str


class Item(msgspec.Struct, frozen=True):
    """One post.

    Attributes:
        guid: Its identifier, an address.
        html: What was written; it is shortened and sanitised here.
        published: Naive UTC.
        enclosure: The address of a picture or film that belongs to it; None without one.
    """

    title: str
    link: str
    guid: str
    author: str
    html: str
    published: datetime
    enclosure: str | None = None


def rss(channel: Channel, items: Sequence[Item], changed: datetime | None, *, base_url: str) -> bytes:
    """Return the document, in UTF-8.

    Parameters:
        channel: what it is about.
        items: its posts, in order.
        changed: when the newest of them was written or edited, naive UTC; None for an empty feed.
        base_url: what relative addresses are resolved against.
    """
    root = Element("rss", {"version": "2.0"})
    head = SubElement(root, "channel")
    link = _address(channel.link)
    _add(head, "title", channel.title, link)
    _add(head, "link", link)
    _add(head, "description", channel.description, link)
    SubElement(
        head,
        f"{{{ATOM}}}link",
        {"href": _address(channel.own_link), "rel": "self", "type": MIMETYPE},
    )
    if changed is not None:
        _add(head, "lastBuildDate", _date(changed))
    for item in items:
        _add_item(head, item, base_url)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _add_item(head: Element, item: Item, base_url: str) -> None:
    entry = SubElement(head, "item")
    link = _address(item.link)
    _add(entry, "title", item.title, link)
    _add(entry, "link", link)
    _add(entry, "guid", _address(item.guid)).set("isPermaLink", "true")
    _add(entry, f"{{{DUBLIN_CORE}}}creator", item.author)
    _add(entry, "pubDate", _date(item.published))
    _add(entry, "description", _excerpt(item.html, base_url))
    kind = guess_type(item.enclosure.partition("?")[0])[0] if item.enclosure else None
    if item.enclosure and kind and not kind.startswith("text/"):
        SubElement(entry, "enclosure", {"url": _address(item.enclosure), "type": kind, "length": "0"})


def _add(parent: Element, tag: str, text: str, otherwise: str = "") -> Element:
    """Add an element; where nothing of its text can be seen, with another text."""
    element, shown = SubElement(parent, tag), _writable(text)
    element.text = shown if shown.strip() else otherwise
    return element


@lru_cache(maxsize=REMEMBERED)
def _excerpt(html: str, base_url: str) -> str:
    shown = sanitise(prune(html[:LONGEST], TAGS, _ALLOWED, _LEFT_OUT), base_url)
    return shown + f"<p>{ELLIPSIS}</p>" if len(html) > LONGEST else shown


def _writable(text: str) -> str:
    return _NO_XML.sub("", text)


def _address(address: str) -> str:
    """Return an address as validators want it; browsers would leave the bar."""
    return as_link(address).replace("|", "%7C")


def _date(when: datetime) -> str:
    return format_datetime(when.replace(tzinfo=UTC))
