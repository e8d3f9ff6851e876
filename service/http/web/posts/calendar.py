"""Events for the calendar of whoever wants to go: one, and all of a community."""

from quart import Response

from service.forum.communities import queries as communities
from service.forum.errors import NotFound
from service.forum.posts.events_ahead import events_ahead
from service.forum.posts.shapes import EventRow, PostRow
from service.http.context import current_viewer, resources
from service.http.web.frame.helpers import place, post_path
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_post
from service.language import _
from service.text.ical import Event, ical


@blueprint.get("/post/<int:post_id>/ical")
async def calendar(post_id: int) -> Response:
    """Give the event of a post as a calendar reads it."""
    post = await find_post(post_id)
    if post.event is None:
        raise NotFound(_("This post isn't an event."))
    return _answer(ical([_event(post, post.event)]), f"event-{post.id}")


@blueprint.get("/community/<name>/ical")
async def calendar_of_community(name: str) -> Response:
    """Give what lies ahead in a community, for a calendar that follows it."""
    viewer, domain = current_viewer(), resources().config.site.domain
    async with resources().database.read() as db:
        detail = await communities.community_by_name(db, viewer, name, domain=domain)
        posts = await events_ahead(db, viewer, detail.community.id)
    events = [_event(post, post.event) for post in posts if post.event]
    return _answer(ical(events, name=detail.community.title), detail.community.name)


def _event(post: PostRow, event: EventRow) -> Event:
    url = resources().config.site.base_url + post_path(post)
    return Event(
        identity=post.ap_id or url,
        title=post.title,
        url=url,
        start=event.start,
        end=event.end,
        place=place(event),
        changed=post.edited_at or post.posted_at,
    )


def _answer(body: str, name: str) -> Response:
    return Response(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.ics"'},
    )
