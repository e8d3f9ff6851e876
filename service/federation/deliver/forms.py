"""In which form a server gets an activity: votes together where they are understood, ids where only they are. Pure.

Sources: https://codeberg.org/fediverse/fep/src/branch/main/fep/1a11/fep-1a11.md (votes in one Announce); what microblog
servers make of an Announce is a boost of the object that it names.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.federation.deliver.outgoing import Signer, new_id
from service.federation.deliver.rows import Row

VOTES = {"Announce/Like", "Announce/Dislike", "Announce/Undo/Like", "Announce/Undo/Dislike"}
TAKES_BATCHES = {"piefed", "pieloop"}
MICROBLOGS = {
    "akkoma",
    "fedibird",
    "firefish",
    "glitchcafe",
    "gotosocial",
    "hometown",
    "iceshrimp",
    "iceshrimp.net",
    "mastodon",
    "misskey",
    "pleroma",
    "sharkey",
}
STREAMS = "https://www.w3.org/ns/activitystreams"

Form = tuple[bytes, Signer]


def is_vote(kind: str) -> bool:
    """Whether an activity is a vote, or a vote taken back, that a community announces."""
    return kind in VOTES


def takes_batches(software: str | None) -> bool:
    """Whether servers of a kind understand several votes in one Announce."""
    return (software or "").lower() in TAKES_BATCHES


def is_microblog(software: str | None) -> bool:
    """Whether servers of a kind know no activities within an Announce."""
    return (software or "").lower() in MICROBLOGS


def form_for(row: Row, *, microblog: bool) -> Form | None:
    """Return what a server gets of an activity, and who signs it; None where it can make nothing of it.

    Parameters:
        row: the activity.
        microblog: whether the server is one of `is_microblog`.
    """
    if not microblog or not row.kind.startswith("Announce/"):
        return row.body, row.signer
    if row.kind.startswith("Announce/Create/"):
        return _announced_by_id(row.body), row.signer
    if row.kind.startswith(("Announce/Update/", "Announce/Delete")) and row.author_id is not None:
        return _from_the_author(row.body), Signer("person", row.author_id)
    return None


def batch(rows: Sequence[Row], domain: str) -> Form:
    """Return several announced votes of one community as one Announce.

    Parameters:
        rows: at least one; in the order in which they are to have their effect.
        domain: this site's, for the id.
    """
    if len(rows) == 1:
        return rows[0].body, rows[0].signer
    announces = [_decode(row.body) for row in rows]
    together = announces[0] | {
        "id": new_id(domain, "Announce"),
        "object": [announce["object"] for announce in announces],
    }
    return msgspec.json.encode(together), rows[0].signer


def _announced_by_id(body: bytes) -> bytes:
    announce = _decode(body)
    thing = announce["object"]["object"]
    return msgspec.json.encode(announce | {"object": thing["id"] if isinstance(thing, dict) else thing})


def _from_the_author(body: bytes) -> bytes:
    announce = _decode(body)
    return msgspec.json.encode({"@context": announce.get("@context", STREAMS)} | announce["object"])


def _decode(body: bytes) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(body)
    return document
