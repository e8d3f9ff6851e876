"""WebFinger: from a name, as people write it, to the actor (https://www.rfc-editor.org/rfc/rfc7033)."""

from urllib.parse import unquote, urlsplit

import msgspec
from quart import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from service.forum.discovery import KINDS, Kind, Known, find_actor
from service.forum.errors import NotFound
from service.http.activitypub.actors import ACTIVITY
from service.http.context import resources
from service.http.site import the_site

blueprint = Blueprint("webfinger", __name__)

JRD = "application/jrd+json"
AS_TYPE = "https://www.w3.org/ns/activitystreams#type"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
A_WHILE = "public, max-age=60"
# As people write them before a name, and as addresses have them.
SIGNS: dict[str, tuple[Kind, ...]] = {"!": ("community",), "~": ("feed",)}
FOLDERS: dict[str, tuple[Kind, ...]] = {"u": ("person",), "c": ("community",), "f": ("feed",)}

Wanted = tuple[str, tuple[Kind, ...]]


@blueprint.get("/.well-known/webfinger")
async def webfinger() -> Response:
    """Say where the actor of a person, a community or a feed of this site is; of a private site's, nothing."""
    domain = resources().config.site.domain
    name, kinds = wanted_by(request.args.get("resource", ""), domain)
    if (await the_site()).private_instance:
        raise NotFound("There is nobody of that name here.")
    async with resources().database.read() as db:
        known = await find_actor(db, name, domain=domain, kinds=kinds)
    response = Response(msgspec.json.encode(_document(known, domain)), content_type=f"{JRD}; charset=utf-8")
    response.headers["Cache-Control"] = A_WHILE
    return response


def wanted_by(resource: str, domain: str) -> Wanted:
    """Return the name that a resource speaks of, and what it may be the name of.

    Parameters:
        resource: `acct:name@host`, with `!` or `~` before the name of a community or feed, or the address of an actor.
        domain: this site's.

    Raises:
        BadRequest: it is neither.
        NotFound: it is of another host.
    """
    if resource.lower().startswith(("https://", "http://")):
        return _in_address(resource, domain)
    name, _, host = resource.removeprefix("acct:").strip().removeprefix("@").rpartition("@")
    bare = name.lstrip("".join(SIGNS))
    if not bare or not host:
        raise BadRequest
    if host.lower() != domain:
        raise NotFound("That is no name of this site's.")
    return bare, SIGNS.get(name[0], KINDS)


def _in_address(address: str, domain: str) -> Wanted:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadRequest from error
    folder, _, name = parts.path.strip("/").partition("/")
    if parts.netloc.lower() != domain or folder not in FOLDERS or not name or "/" in name:
        raise NotFound("That is no address of an actor here.")
    return unquote(name), FOLDERS[folder]


def _document(known: Known, domain: str) -> dict[str, object]:
    return {
        "subject": f"acct:{known.name}@{domain}",
        "aliases": sorted({known.id, known.url}),
        "links": [
            {"rel": PROFILE_PAGE, "type": "text/html", "href": known.url},
            {"rel": "self", "type": ACTIVITY, "href": known.id, "properties": {AS_TYPE: known.type}},
        ],
    }
