"""Where people are led who want to do something from elsewhere: the addresses that WebFinger names, as PieFed has them.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/3b86/fep-3b86.md (activity intents)
"""

from urllib.parse import quote

from quart import Blueprint, Response, request

from service.http.web.frame.forms import go
from service.http.web.frame.helpers import with_query

blueprint = Blueprint("intents", __name__)


@blueprint.get("/share")
async def share() -> Response:
    """Lead to where a post about an address is begun."""
    return go(with_query("/submit", url=request.args.get("url"), title=request.args.get("title")))


@blueprint.get("/c/<name>/subscribe")
async def subscribe(name: str) -> Response:
    """Lead to where one can join: a link alone changes nothing."""
    return go(f"/c/{quote(name, safe='@')}")


@blueprint.get("/activitypub/externalInteraction")
@blueprint.get("/authorize_interaction")
async def interact() -> Response:
    """Lead to what somebody saw elsewhere, by its address."""
    return go(with_query("/search", q=request.args.get("uri")))
