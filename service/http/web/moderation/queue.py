"""The queue of reports: of all communities that somebody moderates, or of one; and what is done on the spot."""

from typing import Any, get_args

from quart import Response, request

from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.choices import TextChoice
from service.forum.errors import ForumError, Invalid, NotFound
from service.forum.posts import operations as posts
from service.forum.posts import queries as post_queries
from service.forum.reports import operations, queries
from service.forum.reports.operations import Verdict
from service.forum.reports.shapes import QueueCounts, Queued
from service.http.context import current_viewer, resources
from service.http.passing.security import csrf_token
from service.http.web.frame.bodies import prepare_bodies, prepare_html
from service.http.web.frame.forms import came_from, go, number_of, on_this_site, posted, show_form
from service.http.web.frame.listing import PAGE, page_after, tabs
from service.http.web.frame.rendering import render
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import head_of, moderated_place
from service.http.web.posts.moderating import REMOVAL, reason_of
from service.language import _, p_

REPORTS = "/reports"
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
NOTICES: dict[Verdict, str] = {
    "remove": "report-removed",
    "lock": "report-locked",
    "dismiss": "report-resolved",
    "ignore": "report-ignored",
}


class Show(TextChoice):
    """What of the queue is shown; the values are the words of addresses."""

    OPEN = "open", p_("reports", "Open")
    HANDED_UP = "handed-up", _("Escalated")
    HELD_BACK = "held-back", _("Awaiting approval")
    SETTLED = "settled", _("Resolved")


@blueprint.get("/reports")
async def queue() -> str:
    """Show the reports that the viewer is to deal with, newest first."""
    viewer = signed_in(current_viewer())
    shown = await _queue(viewer, REPORTS, None)
    return render("moderation/queue.html", **shown)


@blueprint.get("/community/<name>/moderate")
async def queue_of_community(name: str) -> str:
    """Show the reports from one community."""
    place = await moderated_place(name)
    shown = await _queue(place.viewer, place.to(), place.id)
    return render("moderation/community_queue.html", **head_of(place, ""), **shown)


@blueprint.get("/reports/<int:report_id>")
async def report(report_id: int) -> Response:
    """Show one report."""
    return await _show(report_id, {})


@blueprint.post("/reports/<int:report_id>/decide")
async def decide(report_id: int) -> Response:
    """Remove or lock what was reported, or leave it; all reports of it are settled by that."""
    viewer = signed_in(current_viewer())
    form = await posted()
    verdict = _verdict(form.get("verdict", ""))
    try:
        reason = reason_of(form) if verdict in ("remove", "lock") else ""
        await resources().database.write(operations.decide, viewer, report_id, verdict, reason=reason)
    except Invalid as refusal:
        return await _show(report_id, form, refusal)
    return go(on_this_site(form.get("next"), REPORTS), NOTICES[verdict], report_id)


@blueprint.post("/reports/<int:report_id>/hand_up")
async def hand_up(report_id: int) -> Response:
    """Let the administrators deal with a report."""
    await resources().database.write(operations.hand_up, signed_in(current_viewer()), report_id)
    return go(await came_from(), "report-handed-up")


@blueprint.post("/reports/<int:report_id>/reopen")
async def reopen(report_id: int) -> Response:
    """Look at a report again that was dealt with."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_resolved, viewer, report_id, resolved=False)
    return go(await came_from(), "report-reopened", report_id)


@blueprint.post("/post/<int:post_id>/let_through")
async def let_through(post_id: int) -> Response:
    """Publish a post that was held back."""
    await resources().database.write(posts.let_through, signed_in(current_viewer()), post_id)
    return go(await came_from(), "let-through")


async def _queue(viewer: Viewer, path: str, community_id: int | None) -> dict[str, Any]:
    show = Show.stored(request.args.get("show"), Show.OPEN)
    number = number_of(request.args.get("page"))
    found: Any
    async with resources().database.read() as db:
        counts = await queries.queue_counts(db, viewer, community_id=community_id)
        if show is Show.HELD_BACK:
            found = await post_queries.held_back(
                db, viewer, community_id=community_id, page=number, size=PAGE
            )
        else:
            found = await queries.queue(
                db, viewer, part=show.value, community_id=community_id, page=number, size=PAGE
            )
    if show is not Show.HELD_BACK:
        await _prepare(found.items)
    return {
        "reason": REMOVAL["reason"],
        "show": show,
        "items": found.items,
        "show_links": tabs(path, "show", show.value, _labels(counts)),
        "next_url": page_after(path, number, found.has_more, show=show),
        "csrf": csrf_token(),
    }


async def _prepare(items: list[Queued]) -> None:
    """Do the work ahead that the page would have with long texts."""
    await prepare_bodies(item.thing for item in items if item.thing)
    await prepare_html(*(item.message.html for item in items if item.message))


def _labels(counts: QueueCounts) -> dict[str, str]:
    """What the parts of the queue are called, with how much is in them."""
    numbers = {Show.OPEN: counts.open, Show.HANDED_UP: counts.handed_up, Show.HELD_BACK: counts.held_back}
    return {one.value: _counted(one.label, numbers.get(one, 0)) for one in Show}


def _counted(label: str, number: int) -> str:
    if not number:
        return label
    shown = f"{QueueCounts.MOST}+" if number > QueueCounts.MOST else str(number)
    return _("%(label)s (%(number)s)", label=label, number=shown)


async def _show(report_id: int, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        found = await queries.queued(db, viewer, report_id)
    await _prepare([found])
    return show_form("moderation/report.html", form, refusal, reason=REMOVAL["reason"], item=found)


def _verdict(word: str) -> Verdict:
    for verdict in VERDICTS:
        if verdict == word:
            return verdict
    raise NotFound
