"""/api/alpha: profiles and notifications."""

from typing import Any, TypedDict

import msgspec
from quart import Blueprint

from service.forum import notifications
from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import Viewer
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection, page_of_comments
from service.forum.comments.shapes import CommentRow
from service.forum.communities.queries import moderated_by
from service.forum.errors import Invalid
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.notifications import UnreadCount
from service.forum.notifications.choices import NotificationStatus
from service.forum.notifications.rules import ABOUT_CONTENT
from service.forum.posts.shapes import PostRow
from service.http.answer import Id, PageNumber, PageSize, next_page
from service.http.api import words
from service.http.api.contract import API
from service.http.api.notification_views import notification_views
from service.http.api.own import check_may_ask_for_own
from service.http.api.shapes.comments import CommentView, listed_comment_views
from service.http.api.shapes.communities import CommunityModeratorView, community_beside
from service.http.api.shapes.notifications import UserNotificationItemView
from service.http.api.shapes.people import PersonView, author_shape, person_view
from service.http.api.shapes.posts import PostView, post_view
from service.http.context import current_viewer, resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_users", __name__, url_prefix="/api/alpha/user")


class WhichPerson(msgspec.Struct):
    """One person, by id or by name, with or without what they wrote."""

    person_id: Id | None = None
    username: str | None = None
    sort: words.AnySort | None = None
    page: PageNumber = 1
    limit: PageSize = 20
    include_content: bool = False
    community_id: Id | None = None
    saved_only: bool = False


class UserBlockRequest(msgspec.Struct):
    """See nothing of a person, or see them again."""

    person_id: Id
    block: bool


class NotificationListQuery(msgspec.Struct):
    """A page of notifications."""

    status: words.NotificationStatus = "All"
    page: PageNumber = 1
    limit: PageSize = 10


class UserNotificationStateRequest(msgspec.Struct):
    """Whether a notification counts as read."""

    notif_id: Id
    read_state: bool


class GetUserResponse(TypedDict):
    """A person, what they moderate and, if wanted, what they wrote."""

    person_view: PersonView
    moderates: list[CommunityModeratorView]
    posts: list[PostView]
    comments: list[CommentView]


class UserBlockResponse(TypedDict):
    """A person, and whether they are blocked now."""

    person_view: PersonView
    blocked: bool


class UserNotificationsCountResponse(TypedDict):
    """How many notifications are unread."""

    count: int


class UserNotificationsCounts(TypedDict):
    """How many notifications there are."""

    total: int
    unread: int
    read: int


class UserNotificationsResponse(TypedDict):
    """A page of notifications."""

    username: str
    status: words.NotificationStatus
    counts: UserNotificationsCounts
    items: list[UserNotificationItemView]
    next_page: str | None


class UserMarkAllNotifsReadResponse(TypedDict):
    """The word complete."""

    mark_all_notifications_as_read: str


@blueprint.get("")
@API.endpoint()
async def get_one(query: WhichPerson) -> GetUserResponse:
    """Return a person, what they moderate and, if query, what they wrote."""
    if query.person_id is None and not query.username:
        raise Invalid({"person_id": "Give a person_id or a username."})
    check_may_ask_for_own(saved_only=query.saved_only)
    origin, domain = resources().config.site.base_url, resources().config.site.domain
    posts: list[PostRow] = []
    comments: list[CommentRow] = []
    async with resources().database.read() as db:
        if query.person_id is not None:
            profile = await queries.profile_by_id(db, current_viewer(), query.person_id)
        else:
            profile = await queries.profile_by_name(db, current_viewer(), query.username or "", domain=domain)
        moderates = await moderated_by(db, current_viewer(), profile.person.id)
        if query.include_content or query.saved_only:
            posts, comments = await _content(db, query, profile.person.id)
    person = author_shape(origin, profile.person)
    return {
        "person_view": person_view(origin, profile),
        "moderates": [{"community": community_beside(origin, row), "moderator": person} for row in moderates],
        "posts": [post_view(origin, row) for row in posts],
        "comments": listed_comment_views(origin, comments),
    }


async def _content(db: Any, query: WhichPerson, author_id: int) -> tuple[list[PostRow], list[CommentRow]]:
    """Return what the person wrote, or what the viewer saved of anybody: apps ask for it at the viewer's own page."""
    which: dict[str, Any] = {
        "person_id": None if query.saved_only else author_id,
        "community_id": query.community_id,
        "saved": query.saved_only,
    }
    sort, order = Sort.named(query.sort, Sort.HOT), CommentSort.named(query.sort, CommentSort.NEW)
    size = query.limit
    posts = await page_of_posts(
        db, current_viewer(), PostSelection(**which), sort, limit=size, page=query.page
    )
    said = await page_of_comments(
        db, current_viewer(), CommentSelection(**which), order, limit=size, page=query.page
    )
    return posts.posts, said.comments


@blueprint.post("/block")
@API.endpoint()
async def block(viewer: Viewer, body: UserBlockRequest) -> UserBlockResponse:
    """See nothing of a person, or see them again."""
    await effect(operations.block if body.block else operations.unblock, viewer, body.person_id)
    async with resources().database.read() as db:
        profile = await queries.profile_by_id(db, viewer, body.person_id)
    return {"person_view": person_view(resources().config.site.base_url, profile), "blocked": body.block}


@blueprint.get("/unread_count")
@API.endpoint()
async def unread_count(viewer: Viewer) -> UnreadCount:
    """Return how much is unread, by kind."""
    async with resources().database.read() as db:
        return await notifications.unread_count(db, viewer)


@blueprint.get("/notifications_count")
@API.endpoint()
async def notifications_count(viewer: Viewer) -> UserNotificationsCountResponse:
    """Return how many notifications are unread."""
    async with resources().database.read() as db:
        return {"count": (await notifications.totals(db, viewer)).unread}


@blueprint.get("/notifications")
@API.endpoint()
async def get_notifications(viewer: Viewer, query: NotificationListQuery) -> UserNotificationsResponse:
    """Return a page of notifications about posts and comments: apps know no others, but count all."""
    status = NotificationStatus.named(query.status, NotificationStatus.ALL)
    async with resources().database.read() as db:
        totals = await notifications.totals(db, viewer)
        page = await notifications.listing(
            db, viewer, kinds=ABOUT_CONTENT, status=status, page=query.page, size=query.limit
        )
        items = await notification_views(db, _origin(), viewer, page.notifications)
    return {
        "username": viewer.name,
        "status": query.status,
        "counts": {"total": totals.total, "unread": totals.unread, "read": totals.read},
        "items": items,
        "next_page": next_page(query.page, page.has_more),
    }


@blueprint.put("/notification_state")
@API.endpoint()
async def set_notification_state(
    viewer: Viewer, body: UserNotificationStateRequest
) -> UserNotificationItemView:
    """Mark a notification as read or unread."""
    await effect(notifications.mark, viewer, body.notif_id, read=body.read_state)
    async with resources().database.read() as db:
        row = await notifications.notification_by_id(db, viewer, body.notif_id)
        (view,) = await notification_views(db, _origin(), viewer, [row])
    return view


@blueprint.put("/mark_all_notifications_read")
@API.endpoint()
async def mark_all_notifications_read(viewer: Viewer) -> UserMarkAllNotifsReadResponse:
    """Mark all notifications as read."""
    await effect(notifications.mark_all_read, viewer)
    return {"mark_all_notifications_as_read": "complete"}


def _origin() -> str:
    return resources().config.site.base_url
