"""The moderation log, which everybody may read as far as the site shows it."""

from quart import Blueprint, request

from service.forum.moderation import queries
from service.http.context import resources, viewer
from service.http.web.forms import number_of
from service.http.web.listing import PAGE
from service.http.web.rendering import render, with_query

blueprint = Blueprint("moderation", __name__)

ACTIONS = {
    "add_mod": "made a moderator of",
    "remove_mod": "took back the moderation from",
    "featured_post": "pinned",
    "unfeatured_post": "unpinned",
    "delete_post": "removed the post",
    "restore_post": "restored the post",
    "delete_post_reply": "removed a comment on",
    "restore_post_reply": "restored a comment on",
    "delete_community": "deleted the community",
    "restore_community": "restored the community",
    "delete_user": "deleted the account",
    "undelete_user": "restored the account",
    "ban_user": "banned",
    "unban_user": "lifted the ban of",
    "lock_post": "locked the post",
    "unlock_post": "unlocked the post",
    "lock_post_reply": "locked a comment on",
    "unlock_post_reply": "unlocked a comment on",
    "move_post": "moved the post",
}


@blueprint.get("/modlog")
async def mod_log() -> str:
    """Show what was done, newest first."""
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.mod_log(db, viewer(), page=number, size=PAGE)
    return render(
        "modlog.html",
        page=page,
        actions=ACTIONS,
        next_url=with_query("/modlog", page=str(number + 1)) if page.has_more else None,
    )
