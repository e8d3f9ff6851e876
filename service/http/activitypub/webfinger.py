"""WebFinger: from a name, as people write it, to the actor (https://www.rfc-editor.org/rfc/rfc7033)."""

from urllib.parse import urlsplit

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts.queries.actors import actor_by_name
from service.forum.errors import Invalid, NotFound
from service.http.activitypub.actors import ACTIVITY
from service.http.context import resources

blueprint = Blueprint("webfinger", __name__)

JRD = "application/jrd+json"
AS_TYPE = "https://www.w3.org/ns/activitystreams#type"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
PERSON_PATH = "/u/"


@blueprint.get("/.well-known/webfinger")
async def webfinger() -> Response:
    """Say where the actor of a local account is."""
    resource = request.args.get("resource", "")
    if not resource:
        raise Invalid({"resource": "Say whom you are looking for: resource=acct:name@host."})
    domain = resources().config.site.domain
    async with resources().database.read() as db:
        actor = await actor_by_name(db, name_in(resource, domain), domain=domain)
    document = {
        "subject": f"acct:{actor.name}@{domain}",
        "aliases": sorted({actor.id, actor.url}),
        "links": [
            {"rel": PROFILE_PAGE, "type": "text/html", "href": actor.url},
            {
                "rel": "self",
                "type": ACTIVITY,
                "href": actor.id,
                "properties": {AS_TYPE: "Service" if actor.bot else "Person"},
            },
        ],
    }
    return Response(msgspec.json.encode(document), content_type=f"{JRD}; charset=utf-8")


def name_in(resource: str, domain: str) -> str:
    """Return the name that a resource speaks of: `acct:name@host`, or the address of an actor here.

    Raises:
        NotFound: it is nobody of this site's.
    """
    if resource.lower().startswith(("https://", "http://")):
        return _name_in_address(resource, domain)
    name, _, host = resource.removeprefix("acct:").lstrip("@").partition("@")
    if host.lower() != domain:
        raise NotFound("That is no name of this site's.")
    return name


def _name_in_address(address: str, domain: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise NotFound from error
    if parts.netloc.lower() != domain or not parts.path.startswith(PERSON_PATH):
        raise NotFound("That is no address of somebody here.")
    return parts.path.removeprefix(PERSON_PATH)
