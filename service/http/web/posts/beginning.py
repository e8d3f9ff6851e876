"""Before a post is written: where it goes, what a page says of itself, who has posted it already, posting it again."""

from typing import Any

from quart import Response, jsonify, request

from service.forum.accounts.viewer import signed_in
from service.forum.communities import queries as communities
from service.forum.communities.choices import CommunitySort
from service.forum.communities.shapes import CommunityRow
from service.forum.errors import Invalid
from service.forum.feeds.choices import Sort
from service.forum.feeds.queries import page_of_posts
from service.forum.feeds.rules import PostSelection
from service.forum.posts.shapes import PostRow
from service.forum.search import suggestions
from service.http.context import current_viewer, resources
from service.http.page_elsewhere import look_at
from service.http.passing.limits import limit
from service.http.web.frame.forms import go
from service.http.web.frame.helpers import post_path, with_query
from service.http.web.frame.listing import search_words
from service.http.web.frame.rendering import render, render_part
from service.http.web.posts.blueprint import blueprint
from service.http.web.posts.finding import find_post
from service.text.addresses import as_link

CARRIED = ("url", "title", "body")  # what a post is about may come with the link to it
FOUND, TWINS = 20, 5


@blueprint.get("/submit")
async def choose_community() -> str:
    """Ask where somebody wants to post: a community they joined, or any that they look for."""
    viewer = signed_in(current_viewer())
    wanted = search_words()
    rows: list[CommunityRow]
    async with resources().database.read() as db:
        if wanted:
            page = await communities.listing(
                db, viewer, sort=CommunitySort.MEMBERS, text=wanted.removeprefix("!"), size=FOUND
            )
            rows = [detail.community for detail in page.communities]
        else:
            rows = await communities.subscriptions(db, viewer)
    about = {word: request.args.get(word) for word in CARRIED}
    return render(
        "posts/choose_community.html",
        here="submit",
        communities=rows,
        wanted=wanted,
        carried={word: text for word, text in about.items() if text},
        about=with_query("", **about),
    )


@blueprint.get("/post/<int:post_id>/cross-post")
async def cross_post(post_id: int) -> Response:
    """Lead to a new post about the same, which says where it was read first."""
    signed_in(current_viewer())
    post = await find_post(post_id)
    origin = resources().config.site.base_url + post_path(post)
    quoted = "\n".join(f"> {line}" for line in (post.body or "")[:1500].split("\n")) if post.body else ""
    body = f"cross-posted from: {origin}\n\n{quoted}".strip()
    return go(with_query("/submit", url=post.url, title=post.title, body=body))


@blueprint.get("/submit/look")
async def look() -> str:
    """Show what a page says of itself, and who has posted it already: asked for while the address is typed."""
    signed_in(current_viewer())
    await limit("site_metadata")
    url = request.args.get("url", "")
    try:
        title = (await look_at(url)).title
    except Invalid:
        title = ""
    return render_part("posts/twins.html", "twins", await posted_already(url), title)


async def posted_already(url: str) -> list[PostRow]:
    """Return the newest posts that lead to an address."""
    try:
        wanted = PostSelection(url=as_link(url), pinned=False)
    except ValueError:
        return []
    async with resources().database.read() as db:
        return (await page_of_posts(db, current_viewer(), wanted, Sort.NEW, limit=TWINS)).posts


@blueprint.get("/suggest")
async def suggest() -> Any:
    """Return whole handles of people and communities for a beginning that somebody types."""
    viewer = signed_in(current_viewer())
    await limit("suggest")
    async with resources().database.read() as db:
        found = await suggestions(db, viewer, search_words(), domain=resources().config.site.domain)
    return jsonify(found)
