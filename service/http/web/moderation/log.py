"""The moderation log, which everybody may read as far as the site shows it: all of it, or a community's."""

from typing import Any

from quart import request

from service.forum.accounts import queries as accounts
from service.forum.choices import options
from service.forum.errors import NotFound
from service.forum.moderation import queries
from service.forum.moderation.choices import LogGroup
from service.forum.moderation.shapes import ModLogPage
from service.http.context import current_viewer, resources
from service.http.web.communities import find
from service.http.web.frame.forms import number_of
from service.http.web.frame.listing import PAGE, page_after, search_words
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import HANDLE_LENGTH, head_of, moderated_place

NOBODY = -1


@blueprint.get("/modlog")
async def mod_log() -> str:
    """Show what was done, newest first: in all communities, or in one."""
    name = search_words("community", HANDLE_LENGTH)
    community_id = (await find(name)).community.id if name else None
    return render("moderation/log.html", **await _log("/modlog", community_id, community=name))


@blueprint.get("/community/<name>/moderate/modlog")
async def log_of_community(name: str) -> str:
    """Show what was done in one community, to those who moderate it."""
    place = await moderated_place(name)
    shown = await _log(place.to("/modlog"), place.id)
    return render("moderation/community_log.html", **head_of(place, "/modlog"), **shown)


async def _log(path: str, community_id: int | None, **query: str) -> dict[str, Any]:
    """What the pages of the log show, by the filters in the address."""
    number = number_of(request.args.get("page"))
    group = LogGroup.stored(request.args.get("what"), LogGroup.ALL)
    names = {name: search_words(name, HANDLE_LENGTH) for name in ("by", "person")}
    async with resources().database.read() as db:
        found: ModLogPage = await queries.mod_log(
            db,
            current_viewer(),
            community_id=community_id,
            actor_id=await _id_of(db, names["by"]),
            target_id=await _id_of(db, names["person"]),
            group=group.value,
            page=number,
            size=PAGE,
        )
    filters = query | names | {"what": "" if group is LogGroup.ALL else group.value}
    return {
        "page": found,
        "path": path,
        "filters": filters,
        "groups": options(LogGroup),
        "next_url": page_after(path, number, found.has_more, **filters),
    }


async def _id_of(db: Any, name: str) -> int | None:
    """Whom a name means: None for no name, nobody for one that is not known."""
    if not name:
        return None
    try:
        domain = resources().config.site.domain
        return (await accounts.profile_by_name(db, current_viewer(), name, domain=domain)).person.id
    except NotFound:
        return NOBODY
