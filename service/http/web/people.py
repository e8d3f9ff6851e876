"""People: the page of one, and what they are to the viewer: followed, with a note that nobody else reads."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts import operations, queries
from service.forum.accounts.choices import PeopleSort
from service.forum.accounts.rules import NOTE_LENGTH
from service.forum.accounts.shapes import Profile
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.comments.queries import CommentSelection
from service.forum.communities import queries as communities
from service.forum.errors import Invalid, NotFound
from service.forum.feeds.rules import PostSelection
from service.http.context import current_viewer, resources
from service.http.elsewhere import host_in
from service.http.passing.limits import limit
from service.http.passing.strangers import same_for_strangers
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.fields import Area, Form
from service.http.web.frame.forms import go, number_of, posted, show_form
from service.http.web.frame.head import head_of_person
from service.http.web.frame.helpers import person_path, with_query
from service.http.web.frame.listing import PAGE, Link, page_after, search_words, tabs
from service.http.web.frame.rendering import render
from service.http.web.written import Written, comments_of, latest_of, posts_of
from service.language import _

blueprint = Blueprint("people", __name__)

NOTE = Form(
    Area(
        "note",
        _("Note"),
        _("Only you can see it. Clear the note to delete it."),
        required=None,
        most=NOTE_LENGTH,
    )
)

SHOWS = {"": _("Overview"), "posts": _("Posts"), "comments": _("Comments")}
OWN_SHOWS = {"upvoted": _("Upvoted posts"), "upvoted_comments": _("Upvoted comments")}


async def find(name: str) -> Profile:
    """Return the person of that name, as the viewer may see them, or raise NotFound."""
    domain = resources().config.site.domain
    async with resources().database.read() as db:
        return await queries.profile_by_name(db, current_viewer(), name, domain=domain)


@blueprint.get("/people")
async def index() -> str:
    """Show the people of this site who want to be found, or those whose name has some letters."""
    wanted, number = search_words(), number_of(request.args.get("page"))
    sort = PeopleSort.named(request.args.get("sort"), PeopleSort.MOST_POSTS)
    await limit("search")
    async with resources().database.read() as db:
        page = await queries.people(
            db, current_viewer(), text=wanted, local_only=True, sort=sort, page=number, size=PAGE
        )
    return render(
        "people/people.html",
        here="explore",
        people=page.people,
        wanted=wanted,
        sort=sort.value,
        sort_links=[
            Link(with_query("/people", q=wanted, sort=one.value), one.label, one is sort)
            for one in PeopleSort
        ],
        next_url=page_after("/people", number, page.has_more, q=wanted, sort=sort.value),
    )


@blueprint.get("/u/<name>")
@same_for_strangers
async def show(name: str) -> str | Response:
    """Show a person: who they are, and what they post or say."""
    viewer, domain = current_viewer(), resources().config.site.domain
    async with resources().database.read() as db:
        try:
            found = await queries.profile_by_name(db, viewer, name, domain=domain)
        except NotFound:
            if host_in(f"@{name}") is None:
                raise
            return go(with_query("/search", q=f"@{name}"))  # another server may know them
        moderated = await communities.moderated_by(db, viewer, found.person.id)
        is_own = viewer is not None and viewer.id == found.person.id
        shows = SHOWS | OWN_SHOWS if is_own else SHOWS
        wanted = request.args.get("show", "")
        wanted = wanted if wanted in shows else ""
        written = await _written(db, viewer, found, wanted)
    await prepare_html(found.about_html)
    path = person_path(found.person)
    return render(
        "people/profile.html",
        here="me" if is_own else "",
        profile=found,
        head=head_of_person(found),
        is_own=is_own,
        address=f"{found.person.name}@{found.person.domain or domain}",
        moderates=moderated,
        show=wanted,
        show_links=tabs(path, "show", wanted, shows),
        written=written,
    )


async def _written(db: Any, viewer: Viewer | None, found: Profile, show: str) -> Written:
    """What stands below a tab; of somebody blocked nothing, until the viewer asks for it."""
    path, person_id = person_path(found.person), found.person.id
    match show:
        case "posts":
            return await posts_of(db, viewer, PostSelection(person_id=person_id), path, show=show)
        case "comments":
            return await comments_of(db, viewer, CommentSelection(person_id=person_id), path, show=show)
        case "upvoted":
            return await posts_of(db, viewer, PostSelection(liked=True), path, show=show)
        case "upvoted_comments":
            return await comments_of(db, viewer, CommentSelection(liked=True), path, show=show)
        case _ if found.blocked:
            return Written([])
        case _:
            return await latest_of(db, viewer, person_id)


@blueprint.post("/u/<name>/follow")
async def follow(name: str) -> Response:
    """Follow a person, or ask to."""
    viewer = signed_in(current_viewer())
    person = (await find(name)).person
    await limit("vote")
    accepted = await resources().database.write(operations.follow, viewer, person.id)
    return go(person_path(person), "followed" if accepted else "follow-asked")


@blueprint.post("/u/<name>/unfollow")
async def unfollow(name: str) -> Response:
    """Follow a person no longer, or take back the request to."""
    viewer = signed_in(current_viewer())
    person = (await find(name)).person
    await resources().database.write(operations.unfollow, viewer, person.id)
    return go(person_path(person), "unfollowed")


@blueprint.get("/u/<name>/note")
async def note_page(name: str) -> Response:
    """Show what the viewer wrote down about a person."""
    signed_in(current_viewer())
    found = await find(name)
    return _show_note(found, {"note": found.note or ""})


@blueprint.post("/u/<name>/note")
async def note(name: str) -> Response:
    """Write down something about a person; nothing forgets it."""
    viewer = signed_in(current_viewer())
    found, form = await find(name), await posted()
    try:
        if changes := NOTE.changes(form, {"note": found.note}):
            await resources().database.write(operations.set_note, viewer, found.person.id, changes["note"])
    except Invalid as refusal:
        return _show_note(found, form, refusal)
    return go(person_path(found.person), "saved")


def _show_note(found: Profile, form: dict[str, str], refusal: Invalid | None = None) -> Response:
    return show_form("people/note.html", form, refusal, fields=NOTE, person=found.person)
