"""What changes the text of a list's statement, apart from what changes only its values."""

import msgspec

from service.forum.accounts.columns import Scope
from service.forum.feeds.choices import Listing
from service.forum.feeds.queries.viewer_filters import (
    ViewerFilters,
)
from service.forum.feeds.rules import (
    Key,
)

NARROWED = (
    "community_id",
    "topic_id",
    "feed_id",
    "domain_id",
    "tag_id",
    "flair_id",
    "person_id",
    "instance_id",
    "search",
    "url",
    "minimum_upvotes",
    "since",
)


class Shape(msgspec.Struct, frozen=True):
    """All that changes the text of a feed's statement; what changes only its values is a parameter."""

    listing: Listing
    by: tuple[str, ...]
    saved: bool
    liked: bool
    keys: tuple[Key, ...]
    windowed: bool
    unsorted: bool
    after: bool
    below_pinned: bool | None
    seen_as: Scope
    personal: bool
    syndicated: bool
    filters: ViewerFilters
