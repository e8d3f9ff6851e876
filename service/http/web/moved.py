"""Addresses of PieFed's pages that are elsewhere here: whoever follows an old link is led on, for good.

What is in no row here and has no page either is named, with the reason, in tests/http/web/parity/addresses.toml.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from quart import Blueprint, Response, request

from service.forum.accounts.queries import profile_by_id
from service.forum.communities.queries import community_by_id
from service.forum.feeds.queries import catalogue
from service.forum.tags import queries as tags
from service.http.context import current_viewer, resources
from service.http.web.frame.helpers import handle
from service.http.web.groups.feeds import feed_handle

blueprint = Blueprint("moved", __name__)

# Theirs, as a pattern of addresses, and ours. `{community}` and `{person}` are the names of what the pattern has the
# number of, as the viewer may know them.
MOVED = {
    "/add_post": "/submit",
    "/admin/activities": "/admin/federation",
    "/admin/block_image_purge_posts": "/admin/blocked_images",
    "/admin/blocked_image/<int:image_id>/edit": "/admin/blocked_images",
    "/admin/blocked_image/add": "/admin/blocked_images",
    "/admin/communities/low-quality": "/admin/communities?kind=low-quality",
    "/admin/communities/no-topic": "/admin/communities?kind=no-topic",
    "/admin/community/<int:community_id>/move/<int:new_owner>": "/community/{community}/moderate/moderators",
    "/admin/content": "/reports",
    "/admin/instance/create_offline": "/admin/federation",
    "/admin/misc": "/admin/site",
    "/admin/reports": "/reports",
    "/admin/user/<int:account_id>/edit": "/admin/users/{account_id}/edit",
    "/admin/users/add": "/admin/users/new",
    "/alerts": "/notifications",
    "/alerts/<kind>/<which>": "/notifications",
    "/auth/choose_topics": "/welcome",
    "/auth/filter_selection": "/welcome",
    "/auth/instance_chooser": "/auth/register",
    "/auth/validation_required": "/auth/check_email",
    "/bookmarks/comments": "/bookmarks?show=comments",
    "/chat/<int:conversation_id>/options": "/chat/{conversation_id}",
    "/chat/<int:to>/new": "/chat/to/{to}",
    "/chat/ban_from_mod/<int:user_id>/<int:community_id>": "/community/{community}/moderate/bans/new",
    "/chat/blocked": "/chat",
    "/chat/denied": "/chat",
    "/chat/empty": "/chat",
    "/chat/refresh-conversation/<int:conversation_id>": "/chat/{conversation_id}",
    "/comment/<int:comment_id>/<direction>/<federate>/emoji": "/comment/{comment_id}",
    "/comment/<int:comment_id>/emoji_list": "/comment/{comment_id}",
    "/communities_menu": "/communities",
    "/community/<int:community_id>/notification": "/c/{community}",
    "/community/<name>/join_then_add": "/community/{name}/submit",
    "/community/<name>/moderate/comments": "/community/{name}/moderate",
    "/community/<name>/move": "/community/{name}/moderate",
    "/community/<name>/subscribe": "/c/{name}",
    "/community/<name>/unsubscribe": "/c/{name}",
    "/community/add_remote": "/search",
    "/community/c/<name>/fixup_from_remote": "/c/{name}",
    "/community/community/<int:community_id>/<int:user_id>/ban_user_community": "/community/{community}/moderate/bans/new",
    "/community/community/<int:community_id>/<int:user_id>/unban_user_community": "/community/{community}/moderate/bans",
    "/community/community/<int:community_id>/delete": "/community/{community}/delete",
    "/community/community/<int:community_id>/edit": "/community/{community}/edit",
    "/community/community/<int:community_id>/flair/<int:flair_id>": "/community/{community}/moderate/flair",
    "/community/community/<int:community_id>/moderate_report/<int:report_id>/escalate": "/reports",
    "/community/community/<int:community_id>/moderate_report/<int:report_id>/ignore": "/reports",
    "/community/community/<int:community_id>/moderate_report/<int:report_id>/resolve": "/reports",
    "/community/community/<int:community_id>/moderators": "/community/{community}/moderate/moderators",
    "/community/community/<int:community_id>/moderators/add/<int:user_id>": "/community/{community}/moderate/moderators",
    "/community/community/<int:community_id>/moderators/find": "/community/{community}/moderate/moderators",
    "/community/community/<int:community_id>/report": "/community/{community}/report",
    "/community/get_sidebar/<int:community_id>": "/c/{community}",
    "/community/lookup/<name>/<domain>": "/c/{name}@{domain}",
    "/domains/banned": "/admin/websites/",
    "/explore_menu": "/explore",
    "/feed/<name>/subscribe": "/f/{name}",
    "/feed/<name>/unsubscribe": "/f/{name}",
    "/feed/<int:feed_id>/copy": "/feed/new?of={feed}",
    "/feed/<int:feed_id>/edit": "/f/{feed}/edit",
    "/feed/<int:feed_id>/notification": "/f/{feed}",
    "/feed/add_community": "/feeds",
    "/feed/add_remote": "/search",
    "/feed/list": "/feeds",
    "/feed/lookup/<name>/<domain>": "/f/{name}@{domain}",
    "/feeds_menu": "/feeds",
    "/health": "/livez",
    "/health2": "/readyz",
    "/login": "/auth/login",
    "/notification/<int:notification_id>/delete": "/notifications",
    "/notifications/all_read": "/notifications",
    "/post/<int:post_id>/": "/post/{post_id}",
    "/post/<int:post_id>/<direction>/<federate>": "/post/{post_id}",
    "/post/<int:post_id>/<direction>/<federate>/<emoji>": "/post/{post_id}",
    "/post/<int:post_id>/<offer>/options_menu": "/post/{post_id}/options",
    "/post/<int:post_id>/block_image": "/admin/post/{post_id}/block_image",
    "/post/<int:post_id>/block_image_purge_posts": "/admin/post/{post_id}/block_image",
    "/post/<int:post_id>/comment/<int:comment_id>/delete": "/comment/{comment_id}",
    "/post/<int:post_id>/comment/<int:comment_id>/edit": "/comment/{comment_id}/edit",
    "/post/<int:post_id>/comment/<int:comment_id>/options_menu": "/post/{post_id}/comment/{comment_id}/options",
    "/post/<int:post_id>/comment/<int:comment_id>/reply_inline/<nonce>": "/post/{post_id}/comment/{comment_id}/reply",
    "/post/<int:post_id>/comment/<int:comment_id>/source/<state>": "/comment/{comment_id}",
    "/post/<int:post_id>/cross_posts": "/post/{post_id}",
    "/post/<int:post_id>/delete": "/post/{post_id}",
    "/post/<int:post_id>/emoji_list": "/post/{post_id}",
    "/post/<int:post_id>/get_flair": "/post/{post_id}",
    "/post/<int:post_id>/instance_sticky/<mode>": "/post/{post_id}",
    "/post/<int:post_id>/lazy_replies/<nonce>": "/post/{post_id}",
    "/post/<int:post_id>/notification": "/post/{post_id}/options",
    "/post/<int:post_id>/options_menu": "/post/{post_id}/options",
    "/post/<int:post_id>/source/<state>": "/post/{post_id}",
    "/post/<int:post_id>/sticky/<mode>": "/post/{post_id}",
    "/post_reply/<int:comment_id>/notification": "/comment/{comment_id}",
    "/read-posts/<sort>": "/read-posts",
    "/retrieve_remote_post": "/search",
    "/tags/banned": "/admin/tags/?show=banned",
    "/tags/posts/<int:tag_id>": "/tag/{tag}",
    "/tags/cloud/<kind>/<int:category_id>": "/tags",
    "/topics_menu": "/topics",
    "/u/<name>/ban": "/u/{name}",
    "/u/<name>/fediverse_redirect": "/u/{name}",
    "/u/<name>/feeds": "/feeds",
    "/u/<name>/myfeeds": "/feeds",
    "/u/<name>/profile": "/user/settings",
    "/user/<int:user_id>": "/u/{person}",
    "/user/<int:user_id>/notification": "/u/{person}",
    "/user/<int:user_id>/preview": "/u/{person}",
    "/user/files/delete/<int:file_id>": "/user/files/{file_id}/delete",
    "/user/files/upload": "/user/files",
    "/user/lookup/<name>/<domain>": "/u/{name}@{domain}",
    "/user/remove_avatar": "/user/settings",
    "/user/remove_cover": "/user/settings",
    "/user/settings/block/community": "/user/settings/blocks",
    "/user/settings/block/domain": "/user/settings/blocks",
    "/user/settings/block/instance": "/user/settings/blocks",
    "/user/settings/block/user": "/user/settings/blocks",
}


async def _lead_on(to: str, /, **parts: str | int) -> Response:
    """Lead from one of their addresses to ours, with its query."""
    named: dict[str, str] = {name: quote(str(value), safe="@.-_~!") for name, value in parts.items()}
    for name, look_up in NAMES.items():
        if f"{{{name}}}" in to:
            named[name] = quote(await look_up(parts), safe="@.-_")
    query = request.query_string.decode("ascii", "ignore")
    where = to.format(**named) + (f"{'&' if '?' in to else '?'}{query}" if query else "")
    return Response(status=308, headers={"Location": where})


async def _community(parts: dict[str, Any]) -> str:
    async with resources().database.read() as db:
        return handle((await community_by_id(db, current_viewer(), parts["community_id"])).community)


async def _person(parts: dict[str, Any]) -> str:
    async with resources().database.read() as db:
        return handle((await profile_by_id(db, current_viewer(), parts["user_id"])).person)


async def _feed(parts: dict[str, Any]) -> str:
    async with resources().database.read() as db:
        found = await catalogue.feed_by_id(db, current_viewer(), parts["feed_id"])
    return feed_handle(found)


async def _tag(parts: dict[str, Any]) -> str:
    async with resources().database.read() as db:
        return (await tags.by_id(db, parts["tag_id"])).name


NAMES: dict[str, Callable[[dict[str, Any]], Awaitable[str]]] = {
    "community": _community,
    "feed": _feed,
    "person": _person,
    "tag": _tag,
}

for _theirs, _ours in MOVED.items():
    blueprint.add_url_rule(_theirs, _theirs.replace(".", "_"), partial(_lead_on, _ours), methods=["GET"])
