"""Reads the lists of blocks that other sites publish, in the forms of Mastodon, Lemmy and PieFed.

What cannot be read leaves everything as it is: a site that is away for an hour lifts no block of ours.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.federation.asking import Unreadable, json_at
from service.forum.instances.hosts import host_from
from service.forum.instances.pasted import MILDER, REASON_LENGTH, Published
from service.outbound.client import OutboundClient

LARGEST = 5_000_000  # bytes
MOST_ENTRIES = 50_000

# Where programs publish it; which of the two is asked first depends on what the site runs.
MASTODONS = "/api/v1/instance/domain_blocks"
LEMMYS = "/api/v3/federated_instances"
# Of a name that is shown with stars: the SHA-256 of the name itself.
DIGEST = re.compile(r"[0-9a-f]{64}")
LIKE_LEMMY = {"lemmy", "piefed"}


async def published(client: OutboundClient, domain: str, software: str) -> list[Published]:
    """Return whom a site blocks; those that it only silences are not among them.

    Parameters:
        client: the way out.
        domain: the site.
        software: what it runs; '' while that is not known.

    Raises:
        Unreadable: it cannot be asked, publishes no list, or one in a form that is not known.
    """
    paths = (LEMMYS, MASTODONS) if software.lower() in LIKE_LEMMY else (MASTODONS, LEMMYS)
    problem = ""
    for path in paths:
        try:
            return entries_in(await json_at(client, f"https://{domain}{path}", largest=LARGEST))
        except Unreadable as error:
            problem = problem or str(error)
    raise Unreadable(problem)


def entries_in(answer: Any) -> list[Published]:
    """Return the entries of a list as it was answered; what names no server is passed over.

    Raises:
        Unreadable: it is in no form that is known.
    """
    rows = answer if isinstance(answer, list) else _blocked_in(answer)
    if len(rows) > MOST_ENTRIES:
        raise Unreadable(f"The server's blocklist has more than {MOST_ENTRIES:,} entries.")
    return list(_entries(rows))


def _blocked_in(answer: Any) -> list[Any]:
    """The list of an answer as Lemmy gives it."""
    known = answer.get("federated_instances") if isinstance(answer, dict) else None
    if not isinstance(known, dict):
        raise Unreadable("The server doesn't publish a blocklist.")
    blocked = known.get("blocked")
    if not isinstance(blocked, list):
        raise Unreadable("The server doesn't publish a blocklist.")
    return blocked


def _entries(rows: list[Any]) -> Iterator[Published]:
    for row in rows:
        fields: Mapping[str, Any] = row if isinstance(row, dict) else {"domain": row}
        if str(fields.get("severity") or "").lower() in MILDER:
            continue
        domain, comment = fields.get("domain"), fields.get("comment")
        if not isinstance(domain, str):
            continue
        reason = comment.replace("\0", "").strip()[:REASON_LENGTH] if isinstance(comment, str) else ""
        digest = fields.get("digest")
        if "*" in domain.removeprefix("*.") and isinstance(digest, str) and DIGEST.fullmatch(digest):
            yield Published("", reason, digest)
        elif host := host_from(domain):
            yield Published(host, reason)
