"""What there is to administrate, at a glance."""

from quart import Blueprint

from service.forum.accounts import queries
from service.forum.accounts.viewer import Viewer, signed_in_who
from service.forum.activity import Days
from service.forum.reports import queries as reports
from service.http.condition.figures import activity, figures
from service.http.context import current_viewer, resources
from service.http.web.admin import charts
from service.http.web.admin.menu import menu_for
from service.http.web.frame.rendering import render
from service.language import _
from service.version import own_version

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

COUNTED = 1000


@blueprint.get("/")
async def home() -> str:
    """Show what there is to administrate, and how the site has lived lately."""
    viewer = signed_in_who(current_viewer(), lambda viewer: viewer.runs_the_site)
    async with resources().database.read() as db:
        waiting = await queries.applications(db, size=COUNTED)
        counts = await reports.counts(db, viewer)
    return render(
        "admin/home.html",
        figures=await figures(),
        charts=_charts(await activity()),
        **charts.size(),
        todo=_todo(viewer, len(waiting.items), counts.posts + counts.comments + counts.messages),
        groups=menu_for(viewer),
        version=own_version(),
    )


def _charts(days: Days) -> list[charts.Chart]:
    return [
        charts.chart(_("New accounts"), days.days, days.accounts),
        charts.chart(_("Posts by members"), days.days, days.posts),
        charts.chart(_("Comments by members"), days.days, days.comments),
    ]


def _todo(viewer: Viewer, applications: int, open_reports: int) -> list[tuple[str, int, str]]:
    """What waits for somebody: words, how much, and where."""
    waiting: list[tuple[str, int, str]] = [(_("Reports"), open_reports, "/reports")]
    if viewer.may("approve registrations"):
        waiting.append((_("Applications"), applications, "/admin/approve_registrations"))
    return waiting
