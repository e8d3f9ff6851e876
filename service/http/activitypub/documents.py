"""How documents are answered: their type, how long they keep, and what stands in the place of one."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import msgspec
import structlog
from quart import Response, request

from service.federation.errors import Refused
from service.federation.fetch import Later
from service.federation.intake.door import Blocked
from service.federation.intake.keyring import TooManyStrangers
from service.federation.vocabulary import Document
from service.federation.write.documents import encoded, tombstone
from service.forum.errors import Gone, NotFound
from service.http.context import resources
from service.http.errors import describe
from service.http.passing.protocol.accepted import ACTIVITY

log = structlog.get_logger()

VARY = "Accept"
IN_ADDRESSES = "%:/?#[]@!$&'()*+,;="  # what stands for itself, or was escaped before (RFC 3986)
# Seconds for which a document may be kept: an actor's is looked at again when a key does not fit.
ACTORS, CONTENT, LISTS, NOTHING = 60, 120, 30, 30
ONLY_SOME = "private, no-store"

# What cannot be answered just now, and the seconds after which to come back.
NOT_NOW = {TooManyStrangers: 30, Later: 30}


class Tombstone(Gone):
    """Something stood here.

    Parameters:
        former_type: what it was.
    """

    def __init__(self, former_type: str) -> None:
        super().__init__("This is gone.")
        self.former_type = former_type


def answer(document: Document, keep: int, *, for_everybody: bool = True, page: str | None = None) -> Response:
    """Return a document.

    Parameters:
        document: without its context.
        keep: seconds for which caches may keep it.
        for_everybody: what only some may have is kept by nobody.
        page: the address of the page that shows the same to people.
    """
    response = answer_bytes(encoded(document), keep, for_everybody=for_everybody)
    if page is not None:
        response.headers["Link"] = f'<{quote(page, safe=IN_ADDRESSES)}>; rel="alternate"; type="text/html"'
    return response


def answer_bytes(document: bytes, keep: int, *, for_everybody: bool = True) -> Response:
    """Return a document that was written before, with its context; see answer."""
    response = Response(document, content_type=ACTIVITY)
    response.headers["Cache-Control"] = f"public, max-age={keep}" if for_everybody else ONLY_SOME
    response.vary.add(VARY)
    return response


async def answered(make: Callable[[], Awaitable[Response]]) -> Response:
    """Return what is made, or, as a document or in JSON, why there is nothing."""
    try:
        return await make()
    except Exception as error:  # noqa: BLE001 - each is answered in the form that was asked for
        return refusal(error)


def refusal(error: Exception) -> Response:
    """Return why there is no document."""
    if isinstance(error, Tombstone):
        gone = encoded(tombstone(_asked(), former_type=error.former_type))
        return _kept(Response(gone, 410, content_type=ACTIVITY))
    if isinstance(error, Blocked):
        return _said(str(error), 403)
    for kind, seconds in NOT_NOW.items():
        if isinstance(error, kind):
            return _said(str(error), 503, seconds)
    if isinstance(error, Refused):
        return _said(str(error), 401)
    problem = describe(error)
    if problem.status == 500:
        log.error("document_not_made", exc_info=error)
    response = _said(problem.message, problem.status, problem.retry_after)
    return _kept(response) if isinstance(error, NotFound | Gone) else response


def _asked() -> str:
    """Return the address that was asked for, as ids are written."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return f"https://{resources().config.site.domain}{request.path}{query}"


def _said(words: str, status: int, come_back: int | None = None) -> Response:
    response = Response(msgspec.json.encode({"error": str(words)}), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.vary.add(VARY)
    if come_back is not None:
        response.headers["Retry-After"] = str(come_back)
    return response


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={NOTHING}"
    response.vary.add(VARY)
    return response
