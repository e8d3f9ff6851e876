"""Collections: their items, their length, and where they go on."""

import msgspec

from service.federation.errors import Malformed
from service.federation.vocabulary import (
    COLLECTIONS,
    Document,
    as_document,
    as_id,
    as_list,
    documents_in,
    ids_in,
    kind_of,
    number,
)


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection or one of its pages.

    Attributes:
        ids: the items' ids, in their order.
        items: those that are embedded.
        total: how long the whole is said to be.
        following: the address of what comes next: the first page of a collection, or the next one.
    """

    ids: tuple[str, ...]
    items: tuple[Document, ...]
    total: int | None
    following: str | None


def collection_from(document: Document) -> Collection:
    """Read a collection; a first page that is embedded counts as its own items.

    Raises:
        Malformed: it is none.
    """
    if kind_of(document) not in COLLECTIONS:
        raise Malformed(f"type: {kind_of(document) or 'nothing'} is no collection.")
    page = as_document(document.get("first")) or document
    listed = as_list(page.get("orderedItems") or page.get("items"))
    following = page.get("next") or (document.get("first") if page is document else None)
    return Collection(
        ids=tuple(ids_in(listed)),
        items=tuple(documents_in(listed)),
        total=number(document.get("totalItems")),
        following=as_id(following),
    )
