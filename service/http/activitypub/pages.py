"""Documents at the addresses of pages: who asks for ActivityPub gets the one, who asks for a page the other."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from quart import Blueprint, Response, redirect, request

from service.federation.queries.people import actor_elsewhere
from service.forum.errors import NotFound
from service.http.activitypub import actors, content
from service.http.activitypub.documents import VARY, answered
from service.http.context import resources
from service.http.passing.protocol.accepted import wants_document

blueprint = Blueprint("documents", __name__)

SAFE = {"GET", "HEAD"}


async def _person(name: str) -> Response:
    return await (_elsewhere("person", name) if "@" in name else actors.person(name))


async def _community(name: str) -> Response:
    return await (_elsewhere("community", name) if "@" in name else actors.community(name))


async def _post(post_id: int, **_: str) -> Response:
    return await content.post(post_id)


async def _server(**_: str) -> Response:
    return await actors.server()


# The pages' handlers, and what stands at the same addresses for other servers.
DOCUMENTS: dict[str, Callable[..., Awaitable[Response]]] = {
    "people.show": _person,
    "communities.show": _community,
    "groups.feed": actors.feed,
    "posts.show": _post,
    "comments.lead_to_page": content.comment,
    "home.front_page": _server,
}


@blueprint.before_app_request
async def answer_for_servers() -> Response | None:
    """Answer with the document where the page is asked for as ActivityPub."""
    document = _document()
    if document is None or request.method not in SAFE or not wants_document():
        return None
    return await answered(partial(document, **(request.view_args or {})))


@blueprint.after_app_request
async def answer_varies(response: Response) -> Response:
    """Let no cache give one the answer for the other."""
    if _document() is not None:
        response.vary.add(VARY)
    return response


def _document() -> Callable[..., Awaitable[Response]] | None:
    """Return what makes the document at this address; of those of the front page one is the server's."""
    if request.endpoint == "home.front_page" and request.path != "/":
        return None
    return DOCUMENTS.get(request.endpoint or "")


async def _elsewhere(kind: Any, handle: str) -> Response:
    """Lead to the actor of another server's, who speaks for itself."""
    async with resources().database.read() as db:
        url = await actor_elsewhere(db, kind, handle)
    if url is None:
        raise NotFound("There is no such actor here.")
    return redirect(url, 301)  # type: ignore[return-value]
