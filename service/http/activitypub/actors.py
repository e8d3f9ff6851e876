"""Actors: a local account as other servers see it, at the address of its page, for who asks for ActivityPub there.

Source: https://www.w3.org/TR/activitypub/#actor-objects, and https://w3id.org/security/v1 for the key.
"""

from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts.queries.actors import ActorRow, actor_by_name
from service.http.api.shapes.values import address, moment
from service.http.context import resources

blueprint = Blueprint("actors", __name__)

ACTIVITY = "application/activity+json"
LINKED_DATA = "application/ld+json"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
PAGE = "accounts.profile"


@blueprint.before_app_request
async def answer_for_servers() -> Response | None:
    """Answer with the actor where the page of a person is asked for as ActivityPub; a host in the name is for pages."""
    name = str((request.view_args or {}).get("name", ""))
    if request.endpoint != PAGE or "@" in name or not wants_activity():
        return None
    config = resources().config.site
    async with resources().database.read() as db:
        row = await actor_by_name(db, name, domain=config.domain)
    return activity(actor(row, config.base_url))


@blueprint.after_app_request
async def answer_varies(response: Response) -> Response:
    """Let no cache give one the answer for the other."""
    if request.endpoint == PAGE:
        response.vary.add("Accept")
    return response


@blueprint.get("/u/<name>/outbox")
async def outbox(name: str) -> Response:
    """Return what an actor has to give on its own: nothing, as with PieFed; everything goes through communities."""
    config = resources().config.site
    async with resources().database.read() as db:
        row = await actor_by_name(db, name, domain=config.domain)
    return activity(
        {
            "@context": CONTEXT[0],
            "id": f"{row.id}/outbox",
            "type": "OrderedCollection",
            "totalItems": 0,
            "orderedItems": [],
        }
    )


def wants_activity() -> bool:
    """Whether ActivityPub is what the request accepts rather than a page."""
    accepted = request.accept_mimetypes
    as_activity = max(accepted[ACTIVITY], accepted[LINKED_DATA])
    named = any(kind.startswith((ACTIVITY, LINKED_DATA)) for kind, _ in accepted)
    return named and as_activity >= accepted["text/html"]


def activity(document: dict[str, Any]) -> Response:
    """Return a document of ActivityPub."""
    return Response(msgspec.json.encode(document), content_type=ACTIVITY)


def actor(row: ActorRow, origin: str) -> dict[str, Any]:
    """Return the actor's document.

    Parameters:
        row: the account.
        origin: the site's own address, put before relative ones.
    """
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "id": row.id,
        "type": "Service" if row.bot else "Person",
        "preferredUsername": row.name,
        "name": row.title,
        "url": row.url,
        "inbox": row.inbox,
        "outbox": f"{row.id}/outbox",
        "manuallyApprovesFollowers": row.approves_followers,
        "discoverable": row.searchable,
        "indexable": row.indexable,
        "published": moment(row.created),
        "publicKey": {"id": f"{row.id}#main-key", "owner": row.id, "publicKeyPem": row.public_key},
    }
    if row.about_html:
        document["summary"] = row.about_html
        document["source"] = {"content": row.about, "mediaType": "text/markdown"}
    for name, url in (("icon", row.avatar_url), ("image", row.cover_url)):
        if url:
            document[name] = {"type": "Image", "url": address(origin, url)}
    return document
