"""/api/alpha: what moderators and administrators did."""

import msgspec
from quart import Blueprint, Response

from service.forum.comments.queries import comments_by_ids
from service.forum.moderation.queries import mod_log
from service.forum.posts.queries import readable_posts
from service.http.api.answer import Id, PageNumber, PageSize, answer, page_size, query_as
from service.http.api.shapes.modlog import mod_log_shape
from service.http.context import resources, viewer
from service.http.limits import limit

blueprint = Blueprint("api_modlog", __name__, url_prefix="/api/alpha")


class Wanted(msgspec.Struct):
    """Whose acts, of which kind, done to what."""

    type_: str = "All"
    mod_person_id: Id | None = None
    other_person_id: Id | None = None
    community_id: Id | None = None
    post_id: Id | None = None
    comment_id: Id | None = None
    page: PageNumber = 1
    limit: PageSize = 20


@blueprint.get("/modlog")
async def get_mod_log() -> Response:
    """Return a page of the mod log."""
    wanted = query_as(Wanted)
    await limit("search")
    async with resources().database.read() as db:
        page = await mod_log(
            db,
            viewer(),
            group=wanted.type_,
            actor_id=wanted.mod_person_id,
            target_id=wanted.other_person_id,
            community_id=wanted.community_id,
            post_id=wanted.post_id,
            comment_id=wanted.comment_id,
            page=wanted.page,
            size=page_size(wanted.limit),
        )
        post_ids = {entry.post_id for entry in page.entries if entry.post_id and not entry.comment_id}
        comment_ids = {entry.comment_id for entry in page.entries if entry.comment_id}
        posts = await readable_posts(db, viewer(), sorted(post_ids))
        comments = await comments_by_ids(db, viewer(), sorted(comment_ids))
    return answer(mod_log_shape(resources().config.site.base_url, page.entries, posts, comments))
