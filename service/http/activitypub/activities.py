"""Activities of ours at their own addresses, for who wants to see that we said so."""

from quart import Blueprint, Response

from service.federation.queries.sent import sent_activity
from service.forum.errors import NotFound
from service.http.activitypub.documents import CONTENT, answer_bytes, refusal
from service.http.activitypub.readers import admit
from service.http.context import resources

blueprint = Blueprint("activities", __name__)
blueprint.register_error_handler(Exception, refusal)


@blueprint.get("/activities/<kind>/<token>")
async def activity(kind: str, token: str) -> Response:
    """Return an activity as it was sent."""
    identity = f"https://{resources().config.site.domain}/activities/{kind}/{token}"
    async with resources().database.read() as db:
        row = await sent_activity(db, identity)
    if row is None:
        raise NotFound("There is no such activity here.")
    for_everybody = await admit(row.standing, "Activity", place=row.place)
    return answer_bytes(row.body, CONTENT, for_everybody=for_everybody)
