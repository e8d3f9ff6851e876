"""Where other servers put activities, at the addresses that PieFed has given them.

Nothing is understood yet. A refusal would count as delivered and be lost (Lemmy drops what is answered by 4xx), so
every server is asked to come back: what it has for us waits in its own queue.
"""

from quart import Blueprint, Response

from service.http.passing.bodies.policy import takes, unread

blueprint = Blueprint("inbox", __name__)

COME_BACK = {"Retry-After": "3600", "Cache-Control": "no-store"}  # seconds


@blueprint.post("/inbox")
@blueprint.post("/site_inbox")
@blueprint.post("/u/<name>/inbox")
@blueprint.post("/c/<name>/inbox")
@blueprint.post("/f/<path:name>/inbox")
@takes(unread())
async def ask_to_come_back(name: str = "") -> Response:
    """Answer that we are not ready."""
    words = "This server does not take activities yet. Keep them and try again later.\n"
    return Response(words, 503, COME_BACK, content_type="text/plain; charset=utf-8")
