"""Whose requests may show what was there a moment ago, so that standbys can be read for them.

Visitors, and members who have not written lately. Who has is noted in Redis, so that every web process knows; while
Redis does not answer, members' reads go to the primary. What other servers ask, and the ways in, always do: who
registers has no account yet by which anybody could be known.
"""

from datetime import timedelta

import structlog
from quart import Quart, Response, request

from service.forum.accounts.viewer import Viewer
from service.http.context import current_viewer, resources
from service.http.doors import READS, REMOTE_PICTURES, Door, door_of
from service.http.passing.identity import is_for_everybody, is_from_server
from service.http.passing.windows import UNAVAILABLE
from service.storage.clock import utcnow
from service.storage.late_reads import Late, current_reads

log = structlog.get_logger()

NOT_LATE = (
    "/auth/",
    REMOTE_PICTURES,
)  # one is about accounts that were just made, the other writes and looks again


def register_late_reads(app: Quart) -> None:
    """Decide before each request, after it was found out who asks; note after it whether they wrote."""
    app.before_request(let_reads_be_late)
    app.after_request(note_who_wrote)


async def let_reads_be_late() -> None:
    """Say how late the reads of this request may be."""
    reads = current_reads()
    if reads is None or resources().database.replicas is None:
        return
    reads.begin(await _how_late(current_viewer()) if _may_be_late() else Late.NOT)


async def note_who_wrote(response: Response) -> Response:
    """Let the member's reads go to the primary for a while, whichever process answers them."""
    reads, viewer = current_reads(), current_viewer()
    if reads is None or not reads.wrote or viewer is None or resources().database.replicas is None:
        return response
    seconds = resources().config.database.read_after_write
    try:
        await resources().redis.set(_key(viewer), 1, px=round(seconds * 1000))
    except UNAVAILABLE as error:
        log.warning("write_not_noted", error=error)
    return response


def _may_be_late() -> bool:
    path = request.path
    if request.method not in READS or path.startswith(NOT_LATE) or is_for_everybody(path) or is_from_server():
        return False
    return door_of(path) in {Door.PAGES, Door.API}


async def _how_late(viewer: Viewer | None) -> Late:
    if viewer is None:
        return Late.IF_NEED_BE
    return Late.NOT if _has_just_come(viewer) or await _wrote_lately(viewer) else Late.BOUNDED


def _has_just_come(viewer: Viewer) -> bool:
    """Whether the session is as young as a write: to begin it was one, and the account may be as young."""
    lately = utcnow() - timedelta(seconds=resources().config.database.read_after_write)
    return viewer.signed_in_at is not None and viewer.signed_in_at >= lately


async def _wrote_lately(viewer: Viewer) -> bool:
    try:
        return bool(await resources().redis.exists(_key(viewer)))
    except UNAVAILABLE:
        return True


def _key(viewer: Viewer) -> str:
    return f"pieloop:wrote:{viewer.id}"
