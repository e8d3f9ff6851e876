"""WebFinger: from a name, as people write it, to the actor (https://www.rfc-editor.org/rfc/rfc7033).

A name may be a person's and a community's at once: both are told, the person first, each with its type.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec
from quart import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from service.federation.instance import actor_id
from service.federation.queries.actors import community_by_name, feed_by_name, person_by_name
from service.federation.write.rows import Standing
from service.forum.errors import Gone, NotFound
from service.http.context import resources
from service.http.passing.protocol.accepted import ACTIVITY
from service.http.site import the_site

blueprint = Blueprint("webfinger", __name__)

Kind = Literal["person", "community", "feed", "server"]
Document = dict[str, Any]

JRD = "application/jrd+json"
XRD = "application/xrd+xml"
AS_TYPE = "https://www.w3.org/ns/activitystreams#type"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
A_WHILE = "public, max-age=60"

KINDS: tuple[Kind, ...] = ("person", "community", "feed")
# As people write them before a name, and as addresses have them.
SIGNS: dict[str, tuple[Kind, ...]] = {"!": ("community",), "~": ("feed",)}
FOLDERS: dict[str, tuple[Kind, ...]] = {"u": ("person",), "c": ("community",), "f": ("feed",)}
# What PieFed says of each, whatever more there is to it: Lemmy looks for these words.
TYPES: dict[Kind, str] = {"person": "Person", "community": "Group", "feed": "Feed", "server": "Application"}

NOBODY = "There is no account with this name here."


class Known(msgspec.Struct, frozen=True):
    """An actor of this site that was found by a name."""

    kind: Kind
    name: str
    url: str
    page: str
    standing: Standing = "here"


@blueprint.get("/.well-known/webfinger")
async def webfinger() -> Response:
    """Say where the actor of a person, a community or a feed of this site is; of a private site's, nothing."""
    domain = resources().config.site.domain
    name, kinds = wanted_by(request.args.get("resource", ""), domain)
    found = [Known("server", domain, actor_id(domain), f"https://{domain}/about")]
    if name.lower() != domain:
        if (await the_site()).private_instance:
            raise NotFound(NOBODY)
        found = await _known(name, kinds, domain)
    response = Response(msgspec.json.encode(_document(found, domain)), content_type=f"{JRD}; charset=utf-8")
    response.headers["Cache-Control"] = A_WHILE
    return response


@blueprint.get("/.well-known/host-meta")
async def host_meta() -> Response:
    """Say where WebFinger is (RFC 6415); for programs that ask first."""
    template = f"{resources().config.site.base_url}/.well-known/webfinger?resource={{uri}}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="{JRD}" template="{template}"/>\n'
        "</XRD>\n"
    )
    response = Response(body, content_type=f"{XRD}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


def wanted_by(resource: str, domain: str) -> tuple[str, tuple[Kind, ...]]:
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


def _in_address(address: str, domain: str) -> tuple[str, tuple[Kind, ...]]:
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadRequest from error
    folder, _, name = parts.path.strip("/").partition("/")
    if parts.netloc.lower() == domain and folder == "actor" and not name:
        return domain, ("server",)
    if parts.netloc.lower() != domain or folder not in FOLDERS or not name or "/" in name:
        raise NotFound("That is no address of an actor here.")
    return unquote(name), FOLDERS[folder]


async def _known(name: str, kinds: tuple[Kind, ...], domain: str) -> list[Known]:
    """Return all who may be found under a name.

    Raises:
        NotFound, Gone: there is nobody; there was somebody.
    """
    queries: dict[Kind, Callable[..., Awaitable[Any]]] = {
        "person": person_by_name,
        "community": community_by_name,
        "feed": feed_by_name,
    }
    rows = []
    async with resources().database.read() as db:
        for kind in kinds:
            row = await queries[kind](db, name, domain)
            if row is not None:
                rows.append(Known(kind, row.name, row.url, row.url, row.standing))
    found = [row for row in rows if row.standing == "here"]
    if not found and any(row.standing == "deleted" and row.kind == "person" for row in rows):
        raise Gone("This account has been deleted.")
    if not found:
        raise NotFound(NOBODY)
    return found


def _document(found: list[Known], domain: str) -> Document:
    return {
        "subject": f"acct:{found[0].name}@{domain}",
        "aliases": sorted({one.url for one in found}),
        "links": [
            {"rel": PROFILE_PAGE, "type": "text/html", "href": found[0].page},
            *(_itself(one) for one in found),
            *(_intent(one, domain) for one in found if one.kind in {"person", "community"}),
        ],
    }


def _itself(one: Known) -> Document:
    return {"rel": "self", "type": ACTIVITY, "href": one.url, "properties": {AS_TYPE: TYPES[one.kind]}}


def _intent(one: Known, domain: str) -> Document:
    """Return where one is led who wants to do something from elsewhere (FEP-3b86)."""
    if one.kind == "person":
        return {
            "rel": "https://w3id.org/fep/3b86/Create",
            "template": f"https://{domain}/share?url={{object}}",
        }
    return {"rel": "https://w3id.org/fep/3b86/Follow", "template": "{object}/subscribe"}
