"""The other servers for everybody: whom this site talks to, and what is known here of one of them."""

from quart import Blueprint, Response, request

from service.forum.accounts import operations as accounts
from service.forum.accounts.choices import PeopleSort
from service.forum.accounts.queries import people as queries_of_people
from service.forum.accounts.viewer import signed_in
from service.forum.errors import NotFound
from service.forum.feeds.rules import PostSelection
from service.forum.instances import queries
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.forms import go, number_of
from service.http.web.frame.listing import page_after, search_words, tabs
from service.http.web.frame.rendering import render
from service.http.web.groups.blueprint import show_group
from service.language import _

blueprint = Blueprint("instances", __name__)

INSTANCES = "/instances"
PAGE = 50
SHOWN_WORDS = {"linked": _("Connected"), "blocked": _("Blocked"), "allowed": _("Allowed")}


@blueprint.get("/instances")
async def instances() -> str:
    """Show a page of the servers that this one talks to, keeps out, or lets in by name."""
    search = search_words()
    await limit("search")
    shown = next((word for word in SHOWN_WORDS if word == request.args.get("filters")), "linked")
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        linked = await queries.peers(db, search=search, page=number, size=PAGE) if shown == "linked" else None
        if shown == "blocked":
            names, total = await queries.blocked_domains(db, search=search, page=number, size=PAGE)
        elif shown == "allowed":
            names, total = await queries.allowed_domains(db, search=search, page=number, size=PAGE)
        else:
            names, total = [], linked.total if linked else 0
    query = {"q": search, "filters": shown if shown != "linked" else ""}
    more = total > number * PAGE
    return render(
        "instances/instances.html",
        here="explore",
        linked=linked.instances if linked else [],
        names=names,
        total=total,
        shown=shown,
        wanted=search,
        links=tabs(INSTANCES, "filters", shown, SHOWN_WORDS, q=search),
        next_url=page_after(INSTANCES, number, more, **query),
    )


@blueprint.get("/instance/<domain>")
async def instance(domain: str) -> str:
    """Show what is known here of a server."""
    viewer = current_viewer()
    async with resources().database.read() as db:
        found = await queries.details(db, domain)
        if found.standing.id is None and not found.standing.why_not:
            raise NotFound(_("This server isn't known here."))
        hidden = await queries.blocked_instances(db, viewer) if viewer else []
    return render(
        "instances/instance.html",
        here="explore",
        found=found,
        row=found.standing,
        most=queries.MOST_COUNTED,
        hidden=any(one.domain == domain for one in hidden),
        manages=viewer is not None and viewer.may("change instance settings"),
    )


@blueprint.get("/instance/<domain>/people")
async def people(domain: str) -> str:
    """Show the people of a server who are known here, those with the most posts first."""
    viewer, instance_id = current_viewer(), await _known(domain)
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries_of_people(
            db, viewer, instance_id=instance_id, sort=PeopleSort.MOST_POSTS, page=number, size=PAGE
        )
    return render(
        "instances/people.html",
        here="explore",
        domain=domain,
        people=page.people,
        next_url=page_after(f"/instance/{domain}/people", number, page.has_more),
    )


@blueprint.get("/instance/<domain>/posts")
async def posts(domain: str) -> str:
    """Show what the people of a server post, as far as it is known here."""
    instance_id = await _known(domain)
    selection = PostSelection(instance_id=instance_id, pinned=False)
    return await show_group("instances/posts.html", f"/instance/{domain}/posts", selection, domain=domain)


async def _known(domain: str) -> int:
    """The id of a server whose people may be here, or NotFound."""
    async with resources().database.read() as db:
        found = await queries.details(db, domain)
    if found.standing.id is None:
        raise NotFound(_("This server isn't known here."))
    return found.standing.id


@blueprint.post("/instance/<int:instance_id>/hide")
async def hide(instance_id: int) -> Response:
    """Let the viewer see nothing of a server."""
    return await _set_hidden(instance_id, hidden=True)


@blueprint.post("/instance/<int:instance_id>/show")
async def show(instance_id: int) -> Response:
    """Let the viewer see a server again."""
    return await _set_hidden(instance_id, hidden=False)


async def _set_hidden(instance_id: int, *, hidden: bool) -> Response:
    viewer = signed_in(current_viewer())
    write = resources().database.write
    await write(accounts.block_instance, viewer, instance_id, blocked=hidden)
    async with resources().database.read() as db:
        domain = await queries.domain_of(db, instance_id)
    return go(f"/instance/{domain}", "instance-hide" if hidden else "instance-show")
