"""The posts of a list: their cards, which this process may have kept, and what they are to the viewer."""

from collections.abc import Mapping
from functools import partial
from sys import getsizeof
from typing import Any

import msgspec
from sqlalchemy import Label
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.filters import Place
from service.forum.accounts.viewer import Viewer
from service.forum.posts.choices import PostType
from service.forum.posts.queries import bare_cards, overlay
from service.forum.posts.shapes import NOT_MINE, PostRow
from service.forum.posts.wishes import as_wished
from service.storage.kept_rows import NOTHING, KeptRows, Kind, kept_rows, version_of
from service.storage.tables import Community, Post

# By these, others than those who run the place change what stands on a post without changing the post.
_ANSWERED = {PostType.POLL, PostType.EVENT}

VERSION: tuple[Label[int], ...] = (version_of(Post), version_of(Community))


async def listed_posts(
    db: AsyncConnection, viewer: Viewer | None, versions: Mapping[int, Any], place: Place | None
) -> list[PostRow]:
    """Return posts in the order of `versions`; the caller knows that they may be listed.

    Parameters:
        versions: by id, the values of VERSION.
        place: where they stand, for the viewer's keyword filters; None where they were sought on purpose.
    """
    mine = await overlay(db, viewer, list(versions)) if viewer is not None and versions else {}

    def is_theirs(post: PostRow) -> bool:
        # Nothing is known of one that has gone meanwhile.
        moderates = mine.get(post.id, NOT_MINE).moderates
        return viewer is not None and (viewer.id == post.author.id or moderates)

    cards = await kept_for(db, viewer).read(_CARDS, versions, partial(bare_cards, db), unless=is_theirs)
    return [
        as_wished(viewer, _as_seen(cards[post_id], mine.get(post_id, NOT_MINE)), place)
        for post_id in versions
        if post_id in cards
    ]


def kept_for(db: AsyncConnection, viewer: Viewer | None) -> KeptRows:
    """Return what is kept; nothing for those who run the site, and can change what belongs to anything."""
    return NOTHING if viewer is not None and viewer.runs_the_site else kept_rows(db)


def _size(post: PostRow) -> int | None:
    if post.type in _ANSWERED:
        return None
    return getsizeof(post.body) + getsizeof(post.body_html)


_CARDS: Kind[PostRow] = Kind("post", _size)


def _as_seen(post: PostRow, mine: Any) -> PostRow:
    return post if mine is NOT_MINE else msgspec.structs.replace(post, mine=mine)
