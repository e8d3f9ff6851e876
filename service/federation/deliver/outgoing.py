"""An activity of ours as the log takes it: its bytes, who signs it, and where it goes."""

from typing import Literal

import msgspec

from service.federation.vocabulary import Document

ActorKind = Literal["person", "community", "feed", "site"]


class Signer(msgspec.Struct, frozen=True):
    """A local actor whose key signs.

    Attributes:
        kind: which table has it.
        id: its row there.
    """

    kind: ActorKind
    id: int


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """An activity to be sent.

    Attributes:
        id: the activity's own id.
        kind: its type, with the type of what it wraps for an activity around another one, such as `Announce/Like`
            or `Announce/Undo/Like`; for counting, and for what some servers get in another form.
        body: the document with its `@context`, as UTF-8.
        signer: whose key signs it; the actor of the document.
        lane: what it is about, see lanes; what is about the same thing arrives in the order of the log.
        author_id: the local person whose activity a community announces here, if it is one of ours.
        community_id: it goes to the servers of all followers of this community.
        to_everybody: it goes to all servers that we know.
        inboxes: it goes to these inboxes.
    """

    id: str
    kind: str
    body: bytes
    signer: Signer
    lane: str
    author_id: int | None = None
    community_id: int | None = None
    to_everybody: bool = False
    inboxes: tuple[str, ...] = ()


def kind_of(document: Document) -> str:
    """Return the kind of an activity as `Outgoing` has it: `Announce/Create/Page`, `Announce/Undo/Like`, `Follow`."""
    kinds = []
    inner: object = document
    while isinstance(inner, dict) and isinstance(kind := inner.get("type"), str):
        kinds.append(kind)
        inner = inner.get("object")
    return "/".join(kinds)[:60]
