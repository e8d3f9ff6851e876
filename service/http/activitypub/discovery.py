"""NodeInfo: what software this is and how large it is. Clients ask each of these addresses directly.

Source: https://nodeinfo.diaspora.software/schema.html
"""

from typing import Any

from quart import Blueprint, Response

from service.forum import site
from service.forum.site import Statistics
from service.http.answer import answer
from service.http.compatibility import SOFTWARE, VERSION
from service.http.condition.figures import figures
from service.http.context import resources

blueprint = Blueprint("discovery", __name__)

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema"
# What peers find out before they send: activities of groups, many in one, contexts, reactions, who may index.
CAPABILITIES = ["fep-1b12", "fep-1a11", "fep-7888", "fep-c0e0", "fep-5feb"]
FIVE_MINUTES = {"Cache-Control": "public, max-age=300"}


@blueprint.get("/.well-known/nodeinfo")
async def links() -> Response:
    """Say where the documents are."""
    base = resources().config.site.base_url
    versions = ("2.0", "2.1")
    return _cached({"links": [{"rel": f"{SCHEMA}/{v}", "href": f"{base}/nodeinfo/{v}"} for v in versions]})


@blueprint.get("/nodeinfo/2.0")
@blueprint.get("/nodeinfo/2.0.json")
async def version_2_0() -> Response:
    """Return the document in version 2.0."""
    return _cached(await _document("2.0"))


@blueprint.get("/nodeinfo/2.1")
@blueprint.get("/nodeinfo/2.1.json")
async def version_2_1() -> Response:
    """Return the document in version 2.1."""
    return _cached(await _document("2.1"))


async def _document(version: str) -> dict[str, Any]:
    """Apps have to find out what speaks here before somebody signs in; how much goes on a private site tells nobody."""
    async with resources().database.read() as db:
        about = await site.site(db)
    counted = None if about.private_instance else await figures()
    return {
        "version": version,
        "software": {"name": SOFTWARE, "version": VERSION},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": about.registration_mode != "Closed",
        "usage": {"users": {}} if counted is None else _usage(counted),
        "metadata": {"nodeName": about.name, "capabilities": CAPABILITIES},
    }


def _usage(counted: Statistics) -> dict[str, Any]:
    return {
        "users": {
            "total": counted.users,
            "activeHalfyear": counted.active_half_year,
            "activeMonth": counted.active_month,
        },
        "localPosts": counted.posts,
        "localComments": counted.comments,
    }


def _cached(document: dict[str, Any]) -> Response:
    response = answer(document)
    response.headers.update(FIVE_MINUTES)
    return response
