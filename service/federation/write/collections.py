"""Collections: what a community has to show, who runs it, how many follow it, and what was said below a post.

Source: https://www.w3.org/TR/activitypub/#collections, FEP-1b12, FEP-7888 (context), FEP-f228 (replies)
"""

from collections.abc import Sequence
from typing import Any

from service.federation.vocabulary import Document
from service.federation.write import activities, content
from service.federation.write.documents import everybody_of
from service.federation.write.rows import PostRow


def in_order(identity: str, items: Sequence[Any]) -> Document:
    """Return a whole collection whose order counts."""
    return {
        "type": "OrderedCollection",
        "id": identity,
        "totalItems": len(items),
        "orderedItems": list(items),
    }


def together(identity: str, items: Sequence[Any]) -> Document:
    """Return a whole collection whose order does not count."""
    return {"type": "Collection", "id": identity, "totalItems": len(items), "items": list(items)}


def counted(identity: str, total: int) -> Document:
    """Return a collection that tells how many are in it, and not who."""
    return {"type": "Collection", "id": identity, "totalItems": total, "items": []}


def outbox(identity: str, posts: Sequence[PostRow], new_ids: Sequence[tuple[str, str]]) -> Document:
    """Return the latest posts of a community as it announced them.

    Parameters:
        new_ids: of a Create and an Announce for each post, for those whose own are not known.
    """
    return in_order(identity, [_announced(row, *ids) for row, ids in zip(posts, new_ids, strict=True)])


def featured(identity: str, posts: Sequence[PostRow]) -> Document:
    """Return the pinned posts of a community, whole."""
    return in_order(identity, [content.post(row) for row in posts])


def context(identity: str, row: PostRow, comments: Sequence[str]) -> Document:
    """Return the ids of a post and of all that was said below it.

    Parameters:
        comments: their ids, the oldest first.
    """
    return in_order(identity, [row.url, *comments]) | {
        "name": row.title,
        "attributedTo": row.place.url,
        "audience": row.place.url,
    }


def replies(identity: str, items: Sequence[Document | str]) -> Document:
    """Return answers, whole; microblogs look for them on a first page, and their ids are enough for that.

    Parameters:
        items: what was said, or ids of what others said.
    """
    ids = [one if isinstance(one, str) else one["id"] for one in items]
    page = {
        "type": "OrderedCollectionPage",
        "id": f"{identity}?page=1",
        "partOf": identity,
        "orderedItems": ids,
    }
    return in_order(identity, items) | {"first": page}


def _announced(row: PostRow, create_id: str, announce_id: str) -> Document:
    page = content.post(row)
    created = activities.create(row.create_id or create_id, row.author.url, page)
    created |= {"to": everybody_of(row.place), "cc": [row.place.url]}
    return activities.announce(row.announce_id or announce_id, row.place, created)
