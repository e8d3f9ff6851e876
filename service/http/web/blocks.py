"""Whom and what the viewer wants to see nothing of: blocking, and the one list where it is all undone."""

from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Response

from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.communities import operations as communities
from service.forum.communities.queries import blocked as blocked_communities
from service.forum.errors import ForumError, Invalid, NotFound
from service.forum.instances import queries as instances
from service.http.context import current_viewer, resources
from service.http.web.communities import find as find_community
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, came_from, go, posted, show_form
from service.http.web.frame.helpers import community_path, person_path
from service.http.web.people import find as find_person
from service.language import _

blueprint = Blueprint("blocks", __name__)

BLOCKS = "/user/settings/blocks"
NAME_LENGTH = 300


def _named(kind: str, label: str, placeholder: str) -> Line:
    missing = _("Enter a name.")
    return Line(kind, label, required=True, missing=missing, most=NAME_LENGTH, placeholder=placeholder)


# What is blocked by its name; a form each.
NAMED = Form(
    _named("person", _("Block a person"), "name@host"),
    _named("community", _("Block a community"), "!community@host"),
    _named("instance", _("Block a server"), "elsewhere.example"),
    _named("website", _("Block a website"), "paper.example"),
)


@blueprint.get(BLOCKS)
async def index() -> Response:
    """Show all that is blocked."""
    return await _show({})


@blueprint.post("/u/<name>/block", defaults={"blocked": True})
@blueprint.post("/u/<name>/unblock", defaults={"blocked": False})
async def block_person(name: str, *, blocked: bool) -> Response:
    """See nothing of a person, or see them again."""
    viewer = signed_in(current_viewer())
    person = (await find_person(name)).person
    await resources().database.write(operations.block if blocked else operations.unblock, viewer, person.id)
    return await _done(blocked, person_path(person))


@blueprint.post("/community/<name>/block", defaults={"blocked": True})
@blueprint.post("/community/<name>/unblock", defaults={"blocked": False})
async def block_community(name: str, *, blocked: bool) -> Response:
    """See nothing of a community, or see it again."""
    viewer = signed_in(current_viewer())
    community = (await find_community(name)).community
    await resources().database.write(communities.set_blocked, viewer, community.id, blocked=blocked)
    return await _done(blocked, community_path(community))


@blueprint.post("/website/<name>/block", defaults={"blocked": True})
@blueprint.post("/website/<name>/unblock", defaults={"blocked": False})
async def block_website(name: str, *, blocked: bool) -> Response:
    """See no posts that lead to a website, or see them again."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.block_domain, viewer, name, blocked=blocked)
    return await _done(blocked, f"/d/{name}")


async def _done(blocked: bool, page: str) -> Response:
    """Lead to what is blocked now, which says so and undoes it; back to the list, or the page, otherwise."""
    return go(await came_from() if not blocked else page, "blocked-it" if blocked else "unblocked-it")


# By name


@blueprint.post(f"{BLOCKS}/<kind>")
async def add(kind: str) -> Response:
    """Block what was typed."""
    viewer, form = signed_in(current_viewer()), await posted()
    if kind not in KINDS:
        raise NotFound
    name = ""
    try:
        name = Form(NAMED[kind]).read(form)[kind]
        await KINDS[kind](viewer, name)
    except SHOWN_IN_FORM as refusal:
        return await _show(form, refusal)
    except NotFound:
        return await _show(form, Invalid({kind: _("“%(name)s” wasn't found here.", name=name)}))
    return go(BLOCKS, "blocked-it")


async def _block_person(viewer: Viewer, name: str) -> None:
    person = (await find_person(name)).person
    await resources().database.write(operations.block, viewer, person.id)


async def _block_community(viewer: Viewer, name: str) -> None:
    community = (await find_community(name.removeprefix("!"))).community
    await resources().database.write(communities.set_blocked, viewer, community.id, blocked=True)


async def _block_instance(viewer: Viewer, name: str) -> None:
    async with resources().database.read() as db:
        found = await instances.details(db, name.lower())
    if found.standing.id is None:
        raise NotFound
    await resources().database.write(operations.block_instance, viewer, found.standing.id, blocked=True)


async def _block_website(viewer: Viewer, name: str) -> None:
    await resources().database.write(operations.block_domain, viewer, name, blocked=True)


KINDS: dict[str, Callable[[Viewer, str], Awaitable[None]]] = {
    "person": _block_person,
    "community": _block_community,
    "instance": _block_instance,
    "website": _block_website,
}


async def _show(form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        blocked = {
            "people": await queries.blocked_people(db, viewer),
            "communities": await blocked_communities(db, viewer),
            "instances": await queries.blocked_instances(db, viewer),
            "websites": await queries.blocked_websites(db, viewer),
        }
    return show_form("blocks/list.html", form, refusal, fields=NAMED, here="me", **blocked)
