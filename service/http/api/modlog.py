"""/api/alpha: what moderators and administrators did."""

import msgspec
from quart import Blueprint

from service.forum.comments.queries import comments_by_ids
from service.forum.communities.queries import communities_by_ids
from service.forum.moderation.queries import mod_log
from service.forum.posts.queries import known_posts
from service.http.answer import Id, PageNumber, PageSize
from service.http.api.contract import API
from service.http.api.shapes.modlog import GetModLogResponse, mod_log_shape
from service.http.context import current_viewer, resources

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
@API.endpoint(limited="search")
async def get_mod_log(query: Wanted) -> GetModLogResponse:
    """Return a page of the mod log."""
    async with resources().database.read() as db:
        page = await mod_log(
            db,
            current_viewer(),
            group=query.type_,
            actor_id=query.mod_person_id,
            target_id=query.other_person_id,
            community_id=query.community_id,
            post_id=query.post_id,
            comment_id=query.comment_id,
            page=query.page,
            size=query.limit,
        )
        post_ids = {entry.post_id for entry in page.entries if entry.post_id and not entry.comment_id}
        comment_ids = {entry.comment_id for entry in page.entries if entry.comment_id}
        posts = await known_posts(db, current_viewer(), sorted(post_ids))
        comments = await comments_by_ids(db, current_viewer(), sorted(comment_ids))
        communities = await communities_by_ids(
            db, current_viewer(), sorted({entry.community.id for entry in page.entries if entry.community})
        )
    origin = resources().config.site.base_url
    return mod_log_shape(origin, page.entries, posts, comments, communities)
