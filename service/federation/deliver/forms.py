"""In which form a server gets an activity: votes together where they are understood, ids where only they are. Pure.

Sources: https://codeberg.org/fediverse/fep/src/branch/main/fep/1a11/fep-1a11.md (votes in one Announce); what microblog
servers make of an Announce is a boost of the object that it names.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from service.federation.deliver.outgoing import Signer
from service.federation.deliver.rows import Row
from service.federation.write.documents import new_id

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
# Servers on which communities are at home: what is made for microblogs alone would be there a second time.
WITH_COMMUNITIES = {"kbin", "lemmy", "mbin", "piefed", "pieloop"}
REFUSES_POLLS = {"lemmy"}
# Marks in the kind of what some servers get instead of something else, or beside it.
AS_PAGE = "poll-as-Page"
FOR_NAMED = "+microblogs"
BATCH = "Announce/several"  # votes that were put together before they came into the log
POLLS = (AS_PAGE, "/Question")
# Words that are none of ActivityStreams: GoToSocial answers them with a 500, as if it were in trouble.
COINED = {"ChooseAnswer", "Lock", "PollVote", "Resolve", "Warn"}
# To a microblog, a moderator's ban would be that the moderator wants to see nothing of somebody.
MEANT_OTHERWISE = {"Block"}
STREAMS = "https://www.w3.org/ns/activitystreams"

Form = tuple[bytes, Signer]


def is_vote(kind: str) -> bool:
    """Whether an activity is a vote, or a vote taken back, that a community announces."""
    return kind in VOTES


def takes_batches(software: str) -> bool:
    """Whether servers of a kind understand several votes in one Announce."""
    return software in TAKES_BATCHES


def form_for(row: Row, software: str) -> Form | None:
    """Return what a server gets of an activity, and who signs it; None where it is to get nothing of it.

    Parameters:
        row: the activity.
        software: what the server runs, in lower case; "" where nobody knows.
    """
    if row.kind.endswith(FOR_NAMED) and software in WITH_COMMUNITIES:
        return None
    if row.kind.endswith(AS_PAGE) != (software in REFUSES_POLLS) and row.kind.endswith(POLLS):
        return None
    if software not in MICROBLOGS:
        return row.body, row.signer
    if not (COINED | MEANT_OTHERWISE).isdisjoint(row.kind.split("/")):
        return None
    if not row.kind.startswith("Announce/"):
        return row.body, row.signer
    if row.kind.startswith("Announce/Create"):
        return _announced_by_id(row.body), row.signer
    if row.kind.startswith(("Announce/Update", "Announce/Delete")) and row.author_id is not None:
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
    """A boost, which microblogs put where it belongs in time."""
    announce = _decode(body)
    thing = announce["object"]["object"]
    if not isinstance(thing, dict):
        return msgspec.json.encode(announce | {"object": thing})
    dated = {name: thing[name] for name in ("published",) if name in thing}
    return msgspec.json.encode(announce | {"object": thing["id"]} | dated)


def _from_the_author(body: bytes) -> bytes:
    announce = _decode(body)
    return msgspec.json.encode({"@context": announce.get("@context", STREAMS)} | announce["object"])


def _decode(body: bytes) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(body)
    return document
