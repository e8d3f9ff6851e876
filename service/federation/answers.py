"""What a peer's answer to a delivery means for the delivery, for the peer, and for when we try again. Pure.

Lemmy takes every 4xx but 408 and 429 for "delivered"; so do we: what is refused once is refused again. But it says so,
too, where it was only too slow to work an activity off.
"""

import random
from typing import Literal

import msgspec

from service.federation.fetch import retry_after
from service.outbound.client import Response

FIRST_PAUSE = 60.0  # seconds
LONGEST_PAUSE = 86_400.0
JITTER = 0.1
DORMANT_AFTER = 3 * 86_400.0  # without a success
PROBE_EVERY = 86_400.0

Means = Literal["done", "again", "other signature", "inbox gone", "peer gone"]

FOR_THE_PEER = {408, 425, 429}
GONE_FOR_GOOD = {410, 418}
TOO_SLOW = {"inbox_timeout"}  # what servers answer with a 400 although another attempt may succeed


class Verdict(msgspec.Struct, frozen=True):
    """What follows from an answer.

    Attributes:
        means: `done`: taken, or refused for good; `again`: the peer has trouble, everything for it waits; `other
            signature`: try the other form once; `inbox gone`: this follower is to be removed; `peer gone`: nothing is
            sent there until it speaks to us again.
        refused: done, but not taken.
        wait: seconds that the peer asks us to wait.
    """

    means: Means
    refused: bool = False
    wait: float | None = None


def verdict(answer: Response, *, shared_inbox: bool, now: float) -> Verdict:
    """Judge an answer.

    Parameters:
        answer: the peer's.
        shared_inbox: whether the delivery went to the inbox of the whole server.
        now: seconds since 1970.
    """
    status = answer.status
    if 200 <= status < 300:
        return Verdict("done")
    if status == 401:
        return Verdict("other signature")
    if status in GONE_FOR_GOOD and shared_inbox:
        return Verdict("peer gone", refused=True)
    if status in {404, 410} and not shared_inbox:
        return Verdict("inbox gone", refused=True)
    # Who is led elsewhere was not refused: a proxy shows another page for a while, or somebody else's.
    if status in FOR_THE_PEER or status >= 500 or 300 <= status < 400:
        return Verdict("again", wait=retry_after(answer.retry_after, now))
    if status == 400 and _error_in(answer.body) in TOO_SLOW:
        return Verdict("again")
    return Verdict("done", refused=True)


def _error_in(body: bytes) -> str:
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""
    return str(said.get("error")) if isinstance(said, dict) else ""


def pause(failures: int, wait: float | None, chance: random.Random) -> float:
    """Return how many seconds a peer is left alone after so many failures in a row.

    Parameters:
        failures: this one included.
        wait: what the peer asked for; never less than that, and never more than a day.
        chance: for the jitter, so that not all peers are tried at the same moment.
    """
    own = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 20)) * chance.uniform(
        1 - JITTER, 1 + JITTER
    )
    return min(LONGEST_PAUSE * (1 + JITTER), max(own, wait or 0.0))


def is_dormant(seconds_since_success: float) -> bool:
    """Whether a peer is not worth more than one probe a day."""
    return seconds_since_success > DORMANT_AFTER
