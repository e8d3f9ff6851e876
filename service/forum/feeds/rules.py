"""Which feeds there are, what orders them, and where a page of one ends. Pure.

A page ends at a cursor: the sort keys of its last post, so that the next page begins right below it however many
posts arrived meanwhile. Posts whose sort key is NULL (old rows) follow at the end of the feed, newest id first: they
are the second part of every feed, and a cursor says which part it is in.
"""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

import msgspec

from service.forum.errors import Invalid
from service.forum.feeds.choices import Listing, NsfwFilter, Sort
from service.language import _

LIMIT_MAX = 100
# Page numbers cost the database all the pages before: an API client can go this many posts deep.
OFFSET_MAX = 10_000


def actor_url(domain: str, name: str) -> str:
    """The identifier of a local feed, unique whatever the case of its name."""
    return f"https://{domain}/f/{name.lower()}"


class PostSelection(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts are wanted; everything that is given must hold.

    Attributes:
        listing: Whose communities; a community, topic or feed narrows it further.
        person_id: By this author; their posts are shown even to who blocked them.
        instance_id: By people of this server.
        saved, liked: Only what the viewer bookmarked, or voted up (nothing for an anonymous one).
        search: Words to find in title and text.
        url: The address that the posts link to, to the letter.
        minimum_upvotes: How many at least.
        since: Posted then or later; naive UTC.
        nsfw: None follows the viewer's settings. An anonymous one sees none.
        pinned: Put what is pinned on the first page.
        pins_lead: What is pinned site-wide is on top of that page; otherwise it stands there where the order has it, as
            apps know it from PieFed.
        syndicated: Read elsewhere, so without communities that keep to this site.
    """

    listing: Listing = Listing.ALL
    community_id: int | None = None
    topic_id: int | None = None
    feed_id: int | None = None
    domain_id: int | None = None
    tag_id: int | None = None
    flair_id: int | None = None
    person_id: int | None = None
    instance_id: int | None = None
    saved: bool = False
    liked: bool = False
    search: str | None = None
    url: str | None = None
    minimum_upvotes: int | None = None
    since: datetime | None = None
    nsfw: NsfwFilter | None = None
    pinned: bool = True
    pins_lead: bool = True
    syndicated: bool = False

    @property
    def is_personal(self) -> bool:
        """Whether the viewer picked these posts, or this person, on purpose: then what hides posts does not apply."""
        return self.saved or self.liked or self.person_id is not None


class Key(msgspec.Struct, frozen=True):
    """One column of an order."""

    name: str
    kind: Any
    descending: bool = True


_Int = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
_Time = Annotated[datetime, msgspec.Meta(tz=False)]
# By this bots would fill the list that is to give small communities room: it leaves them out, as in PieFed.
SCALED = "ranking_scaled"
_POSTED = Key("posted_at", _Time)
_KEYS = {
    Sort.HOT: (Key("ranking", _Int), _POSTED),
    Sort.NEW: (_POSTED,),
    Sort.OLD: (Key("posted_at", _Time, descending=False),),
    Sort.ACTIVE: (Key("last_active", _Time),),
    Sort.SCALED: (Key(SCALED, _Int), Key("ranking", _Int), _POSTED),
}
_TOP_KEYS = (Key("votes", _Int), _POSTED)
# What is pinned site-wide leads the sorts whose index begins with it; in a community, pinned posts lead every sort.
SITE_PIN = "instance_sticky"
_SITE_PINNED = {Sort.HOT, Sort.NEW, Sort.SCALED}


def keys_of(selection: PostSelection, sort: Sort) -> tuple[Key, ...]:
    """Return the columns that order a feed, without the closing `id`."""
    keys = _TOP_KEYS if sort.is_top else _KEYS[sort]
    pin = _pin_of(selection, sort)
    return keys if pin is None else (Key(pin, bool), *keys)


def _pin_of(selection: PostSelection, sort: Sort) -> str | None:
    if not selection.pinned or selection.is_personal or selection.search or selection.url:
        return None
    if selection.community_id is not None:
        return "sticky"
    return SITE_PIN if sort in _SITE_PINNED else None


CURSOR_LENGTH = 300  # characters; ours have half as many, and what is nested deeply has more


class Cursor(msgspec.Struct, frozen=True):
    """Where a page ended.

    Attributes:
        unsorted: In the second part of the feed, among the posts without a sort key.
        values: The sort keys of the last post (none in the second part), then its id.
    """

    unsorted: bool
    values: tuple[Any, ...]


def write_cursor(sort: Sort, cursor: Cursor) -> str:
    """Return the cursor as an opaque string for an address."""
    packed = msgspec.json.encode([sort.value, int(cursor.unsorted), *cursor.values])
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(selection: PostSelection, sort: Sort, text: str | None) -> Cursor | None:
    """Return the cursor that a reader sent back; None for the first page.

    Raises:
        Invalid: it is not one of ours, or belongs to another sort.
    """
    if not text:
        return None
    try:
        if len(text) > CURSOR_LENGTH:
            raise ValueError("longer than any of ours")
        packed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        written, unsorted, *values = msgspec.json.decode(packed, type=list[Any])
        kinds = (_Int,) if unsorted else (*(key.kind for key in keys_of(selection, sort)), _Int)
        if written != sort.value or len(kinds) != len(values):
            raise ValueError("another sort")
        checked = tuple(msgspec.convert(value, kind) for value, kind in zip(values, kinds, strict=True))
        return Cursor(bool(unsorted), checked)
    except (ValueError, UnicodeEncodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise Invalid({"cursor": _("This page can't be found. Go back to the first page.")}) from error


def page_size(limit: int) -> int:
    """Return the number of posts on a page, from 1 to 100."""
    return min(max(limit, 1), LIMIT_MAX)
