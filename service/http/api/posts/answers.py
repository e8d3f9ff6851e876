"""What several endpoints of posts answer with."""

from contextlib import suppress
from typing import NotRequired, TypedDict

from service.forum.communities import queries as communities
from service.forum.communities.shapes import CommunityHead
from service.forum.errors import NotFound
from service.forum.posts import queries
from service.http.api.shapes.communities import (
    CommunityModeratorView,
    CommunityView,
    community_view,
    moderator_view,
)
from service.http.api.shapes.posts import PostView, one_post_view, post_view
from service.http.context import current_viewer, resources


class PostResponse(TypedDict):
    """A post."""

    post_view: PostView


class PostsCommunity(TypedDict):
    """Where a post stands, and who moderates there."""

    community_view: CommunityView
    moderators: list[CommunityModeratorView]


class ChangedPostResponse(PostResponse):
    """A post after a change, with its community as far as the viewer may see that still."""

    cross_posts: list[PostView]
    community_view: NotRequired[CommunityView]
    moderators: NotRequired[list[CommunityModeratorView]]


class ChangedPostView(PostView, ChangedPostResponse):
    """A post after a change, both as its fields and beside its community: apps expect either."""


class SuccessResponse(TypedDict):
    """It is done."""

    success: bool


async def changed_post(post_id: int) -> ChangedPostResponse:
    """Return a post as it is after a change."""
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        post = await queries.post_by_id(db, current_viewer(), post_id)
        twins = await queries.cross_posts_of(db, current_viewer(), post)
        answer: ChangedPostResponse = {
            "post_view": one_post_view(origin, post),
            "cross_posts": [post_view(origin, row) for row in twins],
        }
        with suppress(NotFound):
            head = await communities.head_by_id(db, current_viewer(), post.community.id)
            answer = {**answer, **community_of(origin, head)}
    return answer


async def changed_post_view(post_id: int) -> ChangedPostView:
    """Return a post as it is after a change, where PieFed answers with the fields of a post alone."""
    answer = await changed_post(post_id)
    return {**answer["post_view"], **answer}


def community_of(origin: str, head: CommunityHead) -> PostsCommunity:
    """Return where a post stands, and who moderates there."""
    return {
        "community_view": community_view(origin, head.detail),
        "moderators": [moderator_view(origin, head.detail.community, row) for row in head.moderators],
    }
