"""Where other servers put activities, at the addresses that PieFed has given them.

An activity is answered with 202 once it is on the disk; nothing of it is understood here. A refusal counts as delivered
for Lemmy, so trouble of our own is never answered by 4xx but by 503 with a time to come back.
"""

import structlog
from quart import Blueprint, Response

from service.federation.errors import Malformed, Refused
from service.federation.fetch import Later
from service.federation.intake.door import Blocked
from service.federation.intake.keyring import TooManyStrangers
from service.federation.intake.pace import TooFast
from service.http.activitypub.signed import received
from service.http.context import intake, resources
from service.http.errors import describe
from service.http.passing.bodies.policy import JSON, Policy, takes
from service.http.passing.shared import shared
from service.storage.transaction import StorageError

log = structlog.get_logger()

blueprint = Blueprint("inbox", __name__)

LARGEST = 1024 * 1024  # bytes
ASLEEP = 3600  # seconds after which those come back who find federation switched off

# The first class that fits, counts: status, and seconds after which to come back.
ANSWERS: tuple[tuple[type[Exception], int, int | None], ...] = (
    (Malformed, 400, None),
    (Blocked, 403, None),
    (TooManyStrangers, 503, 30),
    (Later, 503, 30),
    (Refused, 401, None),
    (StorageError, 503, 5),
)


def is_awake() -> bool:
    """Whether activities are taken in."""
    return resources().config.federation.enabled


@blueprint.post("/inbox")
@blueprint.post("/site_inbox")
@blueprint.post("/u/<name>/inbox")
@blueprint.post("/c/<name>/inbox")
@blueprint.post("/f/<path:name>/inbox")
@takes(Policy({JSON: LARGEST}, admits=is_awake))
async def take_in(name: str = "") -> Response:
    """Store an activity; for whom it is stands in it."""
    if not is_awake():
        return _answer(
            "This server does not take activities now. Keep them and try again later.", 503, ASLEEP
        )
    outcome = await intake().door.let_in(received(), shared().gate.left)
    shared().metrics.inbox.labels(outcome).inc()
    return _answer("", 202)


@blueprint.errorhandler(Exception)
async def refuse(error: Exception) -> Response:
    """Say in a line what is wrong, to programs; the sentences of refusals tell nothing of the inside."""
    metrics = shared().metrics
    if isinstance(error, Refused):
        metrics.inbox.labels(error.reason).inc()
        log.info("activity_refused", reason=error.reason, words=str(error))
    if isinstance(error, TooFast):
        return _answer(str(error), 429, round(error.wait) + 1)
    for kind, status, come_back in ANSWERS:
        if isinstance(error, kind):
            return _answer(str(error), status, come_back)
    problem = describe(error)
    if problem.status == 500:
        log.error("activity_not_taken", exc_info=error)
        return _answer(problem.message, 503, 60)
    return _answer(problem.message, problem.status, problem.retry_after)


def _answer(words: str, status: int, come_back: int | None = None) -> Response:
    response = Response(f"{words}\n" if words else "", status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    if come_back is not None:
        response.headers["Retry-After"] = str(come_back)
    return response
