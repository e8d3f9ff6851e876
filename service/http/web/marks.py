"""What things are to the viewer: saved, read, hidden, with their lists; and watched."""

from typing import Any

from quart import Blueprint, Response, request

from service.forum.accounts import operations as accounts
from service.forum.accounts.viewer import signed_in
from service.forum.comments import operations as comments
from service.forum.comments.queries import CommentSelection
from service.forum.communities import operations as communities
from service.forum.feeds import operations as feeds
from service.forum.feeds.rules import PostSelection
from service.forum.posts import kept
from service.forum.posts import operations as posts
from service.forum.topics import operations as topics
from service.http.context import current_viewer, resources
from service.http.web.communities import find as find_community
from service.http.web.frame.forms import came_from, go, number_of
from service.http.web.frame.listing import PAGE, page_after, tabs
from service.http.web.frame.rendering import render
from service.http.web.groups.feeds import find as find_feed
from service.http.web.people import find as find_person
from service.http.web.written import comments_of, posts_of
from service.language import _

blueprint = Blueprint("marks", __name__)

BOOKMARKS, HISTORY, HIDDEN = "/bookmarks", "/read-posts", "/hidden_posts"


@blueprint.get(BOOKMARKS)
async def bookmarks() -> str:
    """Show what the viewer saved."""
    viewer = signed_in(current_viewer())
    show = "comments" if request.args.get("show") == "comments" else "posts"
    async with resources().database.read() as db:
        if show == "posts":
            written = await posts_of(db, viewer, PostSelection(saved=True), BOOKMARKS)
        else:
            written = await comments_of(db, viewer, CommentSelection(saved=True), BOOKMARKS, show=show)
    return render(
        "marks/bookmarks.html",
        here="me",
        show_links=tabs(BOOKMARKS, "show", show, {"posts": _("Posts"), "comments": _("Comments")}),
        written=written,
    )


@blueprint.get(HISTORY)
async def history() -> str:
    """Show what the viewer has opened, the last first."""
    return await _list("marks/history.html", HISTORY, kept.read_posts)


@blueprint.post(f"{HISTORY}/forget")
async def forget_history() -> Response:
    """Forget what the viewer has opened."""
    await resources().database.write(kept.forget_read_posts, signed_in(current_viewer()))
    return go(HISTORY, "history-forgotten")


@blueprint.get(HIDDEN)
async def hidden() -> str:
    """Show what the viewer hid."""
    return await _list("marks/hidden.html", HIDDEN, kept.hidden_posts)


async def _list(template: str, path: str, listing: Any) -> str:
    viewer = signed_in(current_viewer())
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await listing(db, viewer, page=number, size=PAGE)
    return render(
        template,
        here="me",
        posts=page.items,
        next_url=page_after(path, number, page.has_more),
    )


@blueprint.post("/post/<int:post_id>/hide", defaults={"hidden": True})
@blueprint.post("/post/<int:post_id>/unhide", defaults={"hidden": False})
async def hide_post(post_id: int, *, hidden: bool) -> Response:
    """Keep a post out of the viewer's lists, or let it back in."""
    viewer = signed_in(current_viewer())
    await resources().database.write(posts.set_hidden, viewer, post_id, hidden=hidden)
    back = await came_from()
    # The page of options is of no use any more: the next one says what was done, with the way back.
    back = back if not back.startswith(f"/post/{post_id}/options") else f"/post/{post_id}"
    return go(back, "post-hidden" if hidden else "post-unhidden", post_id)


@blueprint.post("/post/<int:post_id>/watch", defaults={"watched": True})
@blueprint.post("/post/<int:post_id>/unwatch", defaults={"watched": False})
async def watch_post(post_id: int, *, watched: bool) -> Response:
    """Tell the viewer of comments on a post, or no longer."""
    return await _watch(posts.set_watched, post_id, watched)


@blueprint.post("/comment/<int:comment_id>/watch", defaults={"watched": True})
@blueprint.post("/comment/<int:comment_id>/unwatch", defaults={"watched": False})
async def watch_comment(comment_id: int, *, watched: bool) -> Response:
    """Tell the viewer of answers to a comment, or no longer."""
    return await _watch(comments.set_watched, comment_id, watched)


@blueprint.post("/community/<name>/watch", defaults={"watched": True})
@blueprint.post("/community/<name>/unwatch", defaults={"watched": False})
async def watch_community(name: str, *, watched: bool) -> Response:
    """Tell the viewer of posts in a community, or no longer."""
    return await _watch(communities.set_watched, (await find_community(name)).community.id, watched)


@blueprint.post("/u/<name>/watch", defaults={"watched": True})
@blueprint.post("/u/<name>/unwatch", defaults={"watched": False})
async def watch_person(name: str, *, watched: bool) -> Response:
    """Tell the viewer of a person's posts, or no longer."""
    return await _watch(accounts.set_watched, (await find_person(name)).person.id, watched)


@blueprint.post("/f/<name>/watch", defaults={"watched": True})
@blueprint.post("/f/<name>/unwatch", defaults={"watched": False})
async def watch_feed(name: str, *, watched: bool) -> Response:
    """Tell the viewer of posts in a feed, or no longer."""
    return await _watch(feeds.set_watched, (await find_feed(name)).id, watched)


@blueprint.post("/topic/<int:topic_id>/watch", defaults={"watched": True})
@blueprint.post("/topic/<int:topic_id>/unwatch", defaults={"watched": False})
async def watch_topic(topic_id: int, *, watched: bool) -> Response:
    """Tell the viewer of posts in a topic, or no longer."""
    return await _watch(topics.set_watched, topic_id, watched)


async def _watch(operation: Any, wanted: int, watched: bool) -> Response:
    viewer = signed_in(current_viewer())
    await resources().database.write(operation, viewer, wanted, watched=watched)
    return go(await came_from(), "watched" if watched else "unwatched")
