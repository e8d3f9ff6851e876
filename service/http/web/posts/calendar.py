"""An event for the calendar of whoever wants to go."""

from quart import Response

from service.forum.errors import NotFound
from service.http.context import resources
from service.http.web.frame.helpers import place, post_path
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_post
from service.language import _
from service.text.ical import ical


@blueprint.get("/post/<int:post_id>/ical")
async def calendar(post_id: int) -> Response:
    """Give the event of a post as a calendar reads it."""
    post = await find_post(post_id)
    if post.event is None:
        raise NotFound(_("This post is no event."))
    url = resources().config.site.base_url + post_path(post)
    body = ical(
        post.ap_id or url,
        post.title,
        url,
        post.event.start,
        post.event.end,
        place=place(post.event),
        changed=post.edited_at or post.posted_at,
    )
    return Response(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="event-{post.id}.ics"'},
    )
