"""What there is to administrate, at a glance."""

from quart import Blueprint

from service.forum import site
from service.forum.accounts import queries
from service.forum.accounts.viewer import signed_in_who
from service.http.context import current_viewer, resources
from service.http.web.frame.rendering import render
from service.version import own_version

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

COUNTED = 1000


@blueprint.get("/")
async def home() -> str:
    """Show what there is to administrate."""
    signed_in_who(current_viewer(), lambda viewer: viewer.runs_the_site)
    async with resources().database.read() as db:
        waiting = await queries.applications(db, size=COUNTED)
        figures = await site.statistics(db)
    return render("admin/home.html", waiting=len(waiting.items), figures=figures, version=own_version())
