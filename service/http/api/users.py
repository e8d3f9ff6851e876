"""/api/alpha: profiles and notifications."""

from typing import Literal

import msgspec
from quart import Blueprint, Response

from service.forum import notifications
from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import signed_in
from service.forum.comments.queries import CommentFeed, page_of_comments
from service.forum.comments.queries import sort_from as comment_sort_from
from service.forum.communities.queries import moderated_by
from service.forum.errors import Invalid
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import Feed, Sort, sort_from
from service.forum.notifications import NotificationRow
from service.http.api.answer import Id, PageNumber, PageSize, answer, body_as, next_page, page_size, query_as
from service.http.api.shapes.comments import comment_view
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.notifications import notification_view
from service.http.api.shapes.people import author_shape, person_view
from service.http.api.shapes.posts import post_view
from service.http.api.shapes.values import Shape
from service.http.context import resources, viewer

blueprint = Blueprint("api_users", __name__, url_prefix="/api/alpha/user")


class WhichPerson(msgspec.Struct):
    """One person, by id or by name, with or without what they wrote."""

    person_id: Id | None = None
    username: str | None = None
    sort: str = "New"
    page: PageNumber = 1
    limit: PageSize = 20
    include_content: bool = False


class Block(msgspec.Struct):
    """See nothing of a person, or see them again."""

    person_id: Id
    block: bool


class NotificationListing(msgspec.Struct):
    """A page of notifications."""

    status: Literal["All", "Unread", "Read", "New"] = "All"
    page: PageNumber = 1
    limit: PageSize = 10


class NotificationState(msgspec.Struct):
    """Whether a notification counts as read."""

    notif_id: Id
    read_state: bool


@blueprint.get("")
async def get_one() -> Response:
    """Return a person, what they moderate and, if wanted, what they wrote."""
    wanted = query_as(WhichPerson)
    if wanted.person_id is None and not wanted.username:
        raise Invalid({"person_id": "Give a person_id or a username."})
    origin, domain = resources().config.site.base_url, resources().config.site.domain
    size = page_size(wanted.limit)
    body: Shape = {"posts": [], "comments": []}
    async with resources().database.read() as db:
        if wanted.person_id is not None:
            profile = await queries.profile_by_id(db, viewer(), wanted.person_id)
        else:
            profile = await queries.profile_by_name(db, viewer(), wanted.username or "", domain=domain)
        moderates = await moderated_by(db, viewer(), profile.person.id)
        if wanted.include_content:
            feed, sort = Feed(person_id=profile.person.id), sort_from(wanted.sort, Sort.NEW)
            posts = await page_of_posts(db, viewer(), feed, sort, limit=size, page=wanted.page)
            said, order = CommentFeed(person_id=profile.person.id), comment_sort_from(wanted.sort)
            comments = await page_of_comments(db, viewer(), said, order, limit=size, page=wanted.page)
            body["posts"] = [post_view(origin, row) for row in posts.posts]
            body["comments"] = [comment_view(origin, row) for row in comments.comments]
    person = author_shape(origin, profile.person)
    body["moderates"] = [
        {"community": community_beside(origin, row), "moderator": person} for row in moderates
    ]
    body["person_view"] = person_view(origin, profile)
    return answer(body)


@blueprint.post("/block")
async def block() -> Response:
    """See nothing of a person, or see them again."""
    known = signed_in(viewer())
    sent = await body_as(Block)
    await resources().database.write(
        operations.block if sent.block else operations.unblock, known, sent.person_id
    )
    async with resources().database.read() as db:
        profile = await queries.profile_by_id(db, known, sent.person_id)
    return answer(
        {"person_view": person_view(resources().config.site.base_url, profile), "blocked": sent.block}
    )


@blueprint.get("/unread_count")
async def unread_count() -> Response:
    """Return how much is unread, by kind."""
    known = signed_in(viewer())
    async with resources().database.read() as db:
        return answer(await notifications.unread_count(db, known))


@blueprint.get("/notifications_count")
async def notifications_count() -> Response:
    """Return how many notifications are unread."""
    known = signed_in(viewer())
    async with resources().database.read() as db:
        return answer({"count": (await notifications.totals(db, known)).unread})


@blueprint.get("/notifications")
async def get_notifications() -> Response:
    """Return a page of notifications."""
    known = signed_in(viewer())
    wanted = query_as(NotificationListing)
    status = "Unread" if wanted.status == "New" else wanted.status
    async with resources().database.read() as db:
        totals = await notifications.totals(db, known)
        page = await notifications.listing(
            db, known, status=status, page=wanted.page, size=page_size(wanted.limit)
        )
    return answer(
        {
            "username": known.name,
            "status": wanted.status,
            "counts": {"total": totals.total, "unread": totals.unread, "read": totals.read},
            "items": [_shape(row) for row in page.notifications],
            "next_page": next_page(wanted.page, page.has_more),
        }
    )


@blueprint.put("/notification_state")
async def set_notification_state() -> Response:
    """Mark a notification as read or unread."""
    known = signed_in(viewer())
    sent = await body_as(NotificationState)
    await resources().database.write(notifications.mark, known, sent.notif_id, read=sent.read_state)
    async with resources().database.read() as db:
        return answer(_shape(await notifications.one(db, known, sent.notif_id)))


@blueprint.put("/mark_all_notifications_read")
async def mark_all_notifications_read() -> Response:
    """Mark all notifications as read."""
    await resources().database.write(notifications.mark_all_read, signed_in(viewer()))
    return answer({"mark_all_notifications_as_read": "complete"})


def _shape(row: NotificationRow) -> Shape:
    return notification_view(resources().config.site.base_url, row)
