"""The outside of an activity: what it is known by, in which lane it waits, and who is said to send it. Pure."""

import hashlib
import zlib

import msgspec

from service.federation.errors import Malformed
from service.federation.origin import host_of
from service.federation.read.activities import own_id
from service.federation.vocabulary import (
    ACTIVITIES,
    Document,
    as_document,
    as_id,
    document_from,
    kind_of,
)

LANES = 256
KEY_BYTES = 16


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an activity before anybody understands it.

    Attributes:
        key: the first 16 bytes of the SHA-256 of its id; of its body and its sender's host where it has no id of its
            sender's server, so that nobody can use up the ids of others.
        kind: its type.
        actor: who is said to send it.
        host: the actor's server.
        lane: 0 to 255; what has the same lane is worked on in the order in which it came.
        object_id: what it is about, if that has an id.
        body: the bytes that came.
    """

    key: bytes
    kind: str
    actor: str
    host: str
    lane: int
    object_id: str | None
    body: bytes

    @property
    def is_farewell(self) -> bool:
        """Whether an account says that it is deleted."""
        return self.kind == "Delete" and self.object_id == self.actor


def envelope_from(body: bytes) -> Envelope:
    """Read the outside of what came.

    Parameters:
        body: the bytes.

    Raises:
        Malformed: it is no activity, or nobody is said to send it.
    """
    document = document_from(body)
    kind, actor = kind_of(document), as_id(document.get("actor"))
    host = host_of(actor)
    if kind not in ACTIVITIES:
        raise Malformed(f"type: {kind or 'nothing'} is no activity that is known here.")
    if actor is None or host is None:
        raise Malformed("actor: an activity needs one.")
    return Envelope(
        key=_key(document, actor, host, body),
        kind=kind,
        actor=actor,
        host=host,
        lane=lane_of(_root(document, kind, actor)),
        object_id=as_id(document.get("object")),
        body=body,
    )


def key_of(identity: str) -> bytes:
    """Return what an id is known by; ids of any length and alphabet fit into the index."""
    return hashlib.sha256(identity.encode(errors="replace")).digest()[:KEY_BYTES]


def lane_of(root: str) -> int:
    """Return the lane of all that belongs to one community, object or actor."""
    return zlib.crc32(root.encode(errors="replace")) % LANES


def _key(document: Document, actor: str, host: str, body: bytes) -> bytes:
    identity = own_id(document, actor)
    return key_of(identity if identity is not None else f"{host} {hashlib.sha256(body).hexdigest()}")


def _root(document: Document, kind: str, actor: str) -> str:
    """Return what keeps its order: the community for what it announces, else the audience, the object, the actor."""
    if kind == "Announce":
        return actor
    inner = as_document(document.get("object")) or {}
    audience = as_id(document.get("audience")) or as_id(inner.get("audience"))
    # An Undo belongs to what it undoes: to the object of the activity within.
    undone = as_id(inner.get("object")) if kind_of(inner) in ACTIVITIES else None
    return audience or undone or as_id(document.get("object")) or actor
