"""What every document has in common: its context, its times, its bytes, and the ids of what we do."""

import secrets
import string
from datetime import datetime
from typing import Any

import msgspec

from service.federation.vocabulary import Document
from service.federation.write.rows import PlaceRow

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]

_LETTERS = string.ascii_letters + string.digits
_TOKEN_LENGTH = 15  # as PieFed's; more than 89 bits


def encoded(document: Document) -> bytes:
    """Return a document as it is sent or served, with its context."""
    return msgspec.json.encode({"@context": CONTEXT} | document)


def new_id(domain: str, kind: str) -> str:
    """Return an id for an activity of ours that was never used, and never will be, whatever backup is restored.

    Parameters:
        domain: this site's.
        kind: the activity's type.
    """
    token = "".join(secrets.choice(_LETTERS) for _ in range(_TOKEN_LENGTH))
    return f"https://{domain}/activities/{kind.lower()}/{token}"


def everybody_of(place: PlaceRow) -> list[str]:
    """Return whom a thing is for that stands in a community, or an activity that happens there.

    Of a private community, it is for the followers alone; Lemmy refuses anything else that comes from one.
    """
    return [place.followers] if place.standing == "members" else [PUBLIC]


def quotable(place: PlaceRow) -> Document:
    """Return who may quote what stands in a community (FEP-044f): everybody, and nobody where it is private."""
    return {"canQuote": {"automaticApproval": [] if place.standing == "members" else [PUBLIC]}}


def stamp(moment: datetime) -> str:
    """Return a naive UTC time as the network writes it."""
    return f"{moment.isoformat()}+00:00"


def without_nothing(document: dict[str, Any]) -> Document:
    """Return a document without the fields that have no value."""
    return {name: value for name, value in document.items() if value is not None}


def tombstone(identity: str, *, former_type: str) -> Document:
    """Return what stands where something stood.

    Parameters:
        identity: the id that was asked for.
        former_type: what it was.
    """
    return {"type": "Tombstone", "id": identity, "formerType": former_type}
