"""Lists of what somebody wrote, saved or liked: posts, comments, or both by time."""

from typing import Any

import msgspec
from quart import request

from service.forum.accounts.viewer import Viewer
from service.forum.comments import queries as comments
from service.forum.comments.choices import CommentSort
from service.forum.comments.queries import CommentSelection
from service.forum.comments.shapes import CommentRow
from service.forum.feeds import queries as feeds
from service.forum.feeds.choices import Sort
from service.forum.feeds.rules import PostSelection
from service.forum.posts.shapes import PostRow
from service.http.web.frame.bodies import prepare_bodies
from service.http.web.frame.comments import Alone
from service.http.web.frame.forms import number_of
from service.http.web.frame.listing import PAGE, next_page, page_after

FEW = 10  # of each kind, where both stand together


class Written(msgspec.Struct, frozen=True):
    """A page of a list.

    Attributes:
        items: Posts and comments, as they are to be shown.
        next_url: Of the following page; None at the end.
    """

    items: list[PostRow | Alone]
    next_url: str | None = None


async def posts_of(
    db: Any, viewer: Viewer | None, selection: PostSelection, path: str, **query: str | None
) -> Written:
    """Return a page of posts, the newest first.

    Parameters:
        path, query: where the list stands.
    """
    page = await feeds.page_of_posts(
        db, viewer, selection, Sort.NEW, limit=PAGE, cursor=request.args.get("after")
    )
    return Written([*page.posts], next_page(path, page.next_cursor, **query))


async def comments_of(
    db: Any, viewer: Viewer | None, selection: CommentSelection, path: str, **query: str | None
) -> Written:
    """Return a page of comments, the newest first; as `posts_of`."""
    number = number_of(request.args.get("page"))
    page = await comments.page_of_comments(db, viewer, selection, CommentSort.NEW, limit=PAGE, page=number)
    await prepare_bodies(page.comments)
    following = page_after(path, number, page.has_more, **query)
    return Written([Alone(comment, viewer) for comment in page.comments], following)


async def latest_of(db: Any, viewer: Viewer | None, person_id: int) -> Written:
    """Return what a person wrote last, posts and comments, the newest first."""
    posted = await feeds.page_of_posts(db, viewer, PostSelection(person_id=person_id), Sort.NEW, limit=FEW)
    said = await comments.page_of_comments(
        db, viewer, CommentSelection(person_id=person_id), CommentSort.NEW, limit=FEW
    )
    await prepare_bodies(said.comments)
    items: list[PostRow | CommentRow] = [*posted.posts, *said.comments]
    latest = sorted(items, key=lambda item: item.posted_at, reverse=True)
    return Written([Alone(item, viewer) if isinstance(item, CommentRow) else item for item in latest])
