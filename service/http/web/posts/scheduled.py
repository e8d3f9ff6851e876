"""A member's posts that wait to be published: when, at once instead, or not at all."""

from typing import Any

from quart import Response, request

from service.forum.accounts.viewer import signed_in
from service.forum.errors import ForumError, Invalid
from service.forum.posts import operations
from service.forum.posts.schedule import Schedule
from service.forum.posts.shapes import PostRow
from service.forum.posts.waiting import schedule_by_id, waiting_posts
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted, show_form
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_own_post
from service.http.web.posts.kinds import SCHEDULE, schedule_of
from service.language import _

SCHEDULED = "/scheduled_posts"


@blueprint.get(SCHEDULED)
async def scheduled() -> str:
    """Show the viewer's posts that wait, what comes first first."""
    viewer = signed_in(current_viewer())
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        waiting = await waiting_posts(db, viewer, page=number, size=PAGE)
    return render(
        "posts/scheduled.html",
        here="me",
        waiting=waiting.items,
        next_url=page_after(SCHEDULED, number, waiting.has_more),
    )


@blueprint.get("/post/<int:post_id>/schedule")
async def schedule_page(post_id: int) -> Response:
    """Show when a post is to be published."""
    post = await find_own_post(post_id)
    return _show(post, _written(await _stored(post_id)))


@blueprint.post("/post/<int:post_id>/schedule")
async def reschedule(post_id: int) -> Response:
    """Let a post be published at another time."""
    viewer, post = signed_in(current_viewer()), await find_own_post(post_id)
    form, stored = await posted(), await _stored(post_id)
    try:
        if SCHEDULE.changes(form, _written(stored)):
            zone = stored.timezone if stored else viewer.timezone or ""
            schedule = schedule_of(SCHEDULE.read(form), zone)
            if schedule is None:
                raise Invalid({"scheduled_for": _("Choose a time in the future.")})
            await resources().database.write(operations.reschedule, viewer, post_id, schedule)
    except SHOWN_IN_FORM as refusal:
        return _show(post, form, refusal)
    return go(SCHEDULED, "saved")


@blueprint.post("/post/<int:post_id>/publish_now")
async def publish_now(post_id: int) -> Response:
    """Publish a post that waits, without waiting."""
    viewer = signed_in(current_viewer())
    await limit("publish")
    domain = resources().config.site.domain
    out = await resources().database.write(operations.publish_now, viewer, post_id, domain=domain)
    return go(f"/post/{out}")


@blueprint.post("/post/<int:post_id>/unschedule")
async def unschedule(post_id: int) -> Response:
    """Take a post that waits back."""
    await find_own_post(post_id)
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.set_deleted, viewer, post_id, deleted=True)
    return go(SCHEDULED, "post-deleted", post_id)


async def _stored(post_id: int) -> Schedule | None:
    async with resources().database.read() as db:
        return await schedule_by_id(db, signed_in(current_viewer()), post_id)


def _written(stored: Schedule | None) -> dict[str, Any]:
    """What stands on the form."""
    if stored is None:
        return {}
    return {"scheduled_for": stored.at, "repeat": stored.repeat, "repeat_until": stored.until}


def _show(post: PostRow, form: dict[str, Any], refusal: ForumError | None = None) -> Response:
    return show_form("posts/schedule.html", form, refusal, fields=SCHEDULE, here="me", post=post)
