"""Documents of people, communities, feeds and this server, and their collections.

Those of people, communities and the server at `/` stand at the addresses of pages: see `pages`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from quart import Blueprint, Response, request

from service.federation import completing
from service.federation.queries import actors as found
from service.federation.queries import collections as listed
from service.federation.queries.content import posts
from service.federation.vocabulary import Document
from service.federation.write import actors as write
from service.federation.write import collections
from service.federation.write.documents import new_id
from service.federation.write.rows import CommunityRow, FeedRow, PersonRow, PostRow, SiteRow
from service.forum.errors import NotFound
from service.forum.site import SITE_ID
from service.http.activitypub.documents import ACTORS, LISTS, answer, refusal
from service.http.activitypub.readers import admit, admit_to_actor
from service.http.context import resources

blueprint = Blueprint("actors", __name__)

blueprint.register_error_handler(Exception, refusal)

Row = TypeVar("Row", PersonRow, CommunityRow, FeedRow)
Query = Callable[[Any, str, str], Awaitable[Row | None]]


# People


async def person(name: str) -> Response:
    """Return the document of an account."""
    row = await _person(name)
    return answer(write.person(row), ACTORS, page=row.url)


@blueprint.get("/u/<name>/outbox")
async def outbox_of_person(name: str) -> Response:
    """Return what a person has to give on their own: nothing, as with PieFed; everything goes through communities."""
    row = await _person(name)
    return answer(collections.in_order(f"{row.url}/outbox", []), LISTS)


@blueprint.get("/u/<name>/followers")
async def followers_of_person(name: str) -> Response:
    """Tell how many follow a person, and not who."""
    row = await _person(name)
    async with resources().database.read() as db:
        total = await listed.followers_of_person(db, row.id)
    return answer(collections.counted(f"{row.url}/followers", total), LISTS)


async def _person(name: str) -> PersonRow:
    row = await _by_name(found.person_by_name, name)
    await admit_to_actor(row.standing, "Person")
    return await _with_key("person", row, found.person_by_name)


# Communities


async def community(name: str) -> Response:
    """Return the document of a community."""
    row = await _by_name(found.community_by_name, name)
    for_everybody = await admit_to_actor(row.standing, "Group", place=row.id)
    row = await _with_key("community", row, found.community_by_name)
    return answer(write.group(row), ACTORS, for_everybody=for_everybody, page=row.url)


@blueprint.get("/c/<name>/outbox")
async def outbox(name: str) -> Response:
    """Return the latest posts of a community as it announced them, the pinned ones first."""

    async def document(db: Any, row: CommunityRow) -> Document:
        shown = await _posts(db, await listed.latest_posts(db, row.id))
        ids = [(new_id(_domain(), "Create"), new_id(_domain(), "Announce")) for _ in shown]
        return collections.outbox(f"{row.url}/outbox", shown, ids)

    return await _of_community(name, document)


@blueprint.get("/c/<name>/featured")
async def featured(name: str) -> Response:
    """Return the pinned posts of a community."""

    async def document(db: Any, row: CommunityRow) -> Document:
        return collections.featured(
            f"{row.url}/featured", await _posts(db, await listed.pinned_posts(db, row.id))
        )

    return await _of_community(name, document)


@blueprint.get("/c/<name>/moderators")
async def moderators(name: str) -> Response:
    """Return who moderates a community."""

    async def document(db: Any, row: CommunityRow) -> Document:
        return collections.in_order(
            f"{row.url}/moderators", await listed.moderators_of(db, row.id, _domain())
        )

    return await _of_community(name, document)


@blueprint.get("/c/<name>/followers")
async def followers(name: str) -> Response:
    """Tell how many are in a community, and not who."""

    async def document(db: Any, row: CommunityRow) -> Document:
        return collections.counted(f"{row.url}/followers", await listed.followers_of(db, row.id))

    return await _of_community(name, document)


async def _of_community(name: str, document: Callable[[Any, CommunityRow], Awaitable[Document]]) -> Response:
    row = await _by_name(found.community_by_name, name)
    for_everybody = await admit(row.standing, "OrderedCollection", place=row.id)
    async with resources().database.read() as db:
        return answer(await document(db, row), LISTS, for_everybody=for_everybody)


async def _posts(db: Any, ids: Sequence[int]) -> list[PostRow]:
    known = await posts(db, ids, _domain())
    return [known[id_] for id_ in ids if id_ in known]


# Feeds


@blueprint.get("/f/<name>/<owner>")
async def feed(name: str, owner: str = "") -> Response:
    """Return the document of a feed; one that is not for everybody has its owner's name behind its own."""
    row = await _feed(f"{name}/{owner}" if owner else name)
    return answer(write.feed(row), ACTORS)


@blueprint.get("/f/<name>/following")
async def following(name: str) -> Response:
    """Return the communities in a feed."""
    return await _communities_of_feed(name, "following")


@blueprint.get("/f/<name>/outbox")
async def outbox_of_feed(name: str) -> Response:
    """Return the same: PieFed gives them as what a feed has to say."""
    return await _communities_of_feed(name, "outbox")


async def _communities_of_feed(name: str, folder: str) -> Response:
    row = await _feed(name)
    async with resources().database.read() as db:
        urls = await listed.communities_in_feed(db, row.id, _domain())
    return answer(collections.together(f"{row.url}/{folder}", urls), LISTS)


@blueprint.get("/f/<name>/moderators")
async def moderators_of_feed(name: str) -> Response:
    """Return who may change a feed."""
    row = await _feed(name)
    async with resources().database.read() as db:
        urls = await listed.owner_of_feed(db, row.id, _domain())
    return answer(collections.in_order(f"{row.url}/moderators", urls), LISTS)


@blueprint.get("/f/<name>/followers")
async def followers_of_feed(name: str) -> Response:
    """Tell how many follow a feed, and not who."""
    row = await _feed(name)
    async with resources().database.read() as db:
        total = await listed.followers_of_feed(db, row.id)
    return answer(collections.counted(f"{row.url}/followers", total), LISTS)


async def _feed(name: str) -> FeedRow:
    row = await _by_name(found.feed_by_name, name)
    await admit_to_actor(row.standing, "Feed")
    return await _with_key("feed", row, found.feed_by_name)


# This server


async def server() -> Response:
    """Return the document of this server."""
    row = await _server()
    return answer(write.server(row), ACTORS, page=row.origin)


@blueprint.get("/actor")
async def signer() -> Response:
    """Return the actor that signs what this server asks others."""
    return answer(write.signer(await _server()), ACTORS)


@blueprint.get("/actor/outbox")
@blueprint.get("/site_outbox")
async def outbox_of_server() -> Response:
    """Return what the server itself has to say: nothing."""
    return answer(collections.in_order(f"https://{_domain()}{request.path}", []), LISTS)


async def _server() -> SiteRow:
    async with resources().database.read() as db:
        row = await found.server(db, _domain())
    if row is None:
        raise NotFound("This site has not been set up.")
    if row.public_key:
        return row
    await completing.complete(resources().database, "site", SITE_ID, domain=_domain())
    return await _server()


async def _by_name(query: Query[Row], name: str) -> Row:
    async with resources().database.read() as db:
        row = await query(db, name, _domain())
    if row is None:
        raise NotFound("There is no such actor here.")
    return row


async def _with_key(kind: completing.Kind, row: Row, query: Query[Row]) -> Row:
    """Return an actor that has a key: PieFed gives some of them none until they are approved."""
    if row.public_key:
        return row
    await completing.complete(resources().database, kind, row.id, domain=_domain())
    return await _by_name(query, row.name)


def _domain() -> str:
    return resources().config.site.domain
