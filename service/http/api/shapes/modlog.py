"""The mod log as the API shows it: a list for each kind of act."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.comments.shapes import CommentRow
from service.forum.communities.shapes import CommunityDetail, CommunityRow
from service.forum.moderation.shapes import ModLogEntry
from service.forum.posts.shapes import PostRow
from service.http.api.shapes.comments import Comment, comment_shape
from service.http.api.shapes.communities import Community, community_beside, community_shape
from service.http.api.shapes.people import Person, introduction
from service.http.api.shapes.posts import Post, post_shape
from service.http.api.shapes.values import Shape, moment


class Act(TypedDict):
    """Who did something, and when."""

    id: int
    mod_person_id: int | None
    when_: str


class ModRemovePost(Act):
    """A post was taken down, or put up again."""

    post_id: int | None
    reason: str | None
    removed: bool


class ModLockPost(Act):
    """A post was closed for comments, or opened again."""

    post_id: int | None
    locked: bool


class ModFeaturePost(Act):
    """A post was pinned, or no longer."""

    post_id: int | None
    featured: bool
    is_featured_community: bool


class ModRemoveComment(Act):
    """A comment was taken down, or put up again."""

    comment_id: int | None
    reason: str | None
    removed: bool


class ModRemoveCommunity(Act):
    """A community was deleted, or restored."""

    community_id: int | None
    reason: str | None
    removed: bool


class ModBan(Act):
    """A person was banned from the site, or let in again."""

    other_person_id: int | None
    reason: str | None
    banned: bool


class ModBanFromCommunity(ModBan):
    """A person was banned from a community, or let in again."""

    community_id: int | None


class ModAddCommunity(Act):
    """A person became a moderator, or is one no longer."""

    community_id: int | None
    other_person_id: int | None
    removed: bool


class AdminPurgePerson(TypedDict):
    """An account was deleted."""

    id: int
    admin_person_id: int
    reason: str | None
    when_: str


class Beside(TypedDict):
    """What stands beside each act."""

    moderator: Person | None


class PostBeside(Beside):
    """What stands beside an act on a post."""

    post: Post | None
    community: Community | None


class ModRemovePostView(PostBeside):
    """A post was taken down, or put up again; with the post."""

    mod_remove_post: ModRemovePost


class ModLockPostView(PostBeside):
    """A post was closed for comments, or opened again; with the post."""

    mod_lock_post: ModLockPost


class ModFeaturePostView(PostBeside):
    """A post was pinned, or no longer; with the post."""

    mod_feature_post: ModFeaturePost


class ModRemoveCommentView(PostBeside):
    """A comment was taken down, or put up again; with the comment."""

    mod_remove_comment: ModRemoveComment
    comment: Comment | None
    commenter: Person | None


class ModRemoveCommunityView(Beside):
    """A community was deleted, or restored; with the community."""

    mod_remove_community: ModRemoveCommunity
    community: Community | None


class ModBanView(Beside):
    """A person was banned from the site, or let in again; with the person."""

    mod_ban: ModBan
    banned_person: Person | None


class ModBanFromCommunityView(Beside):
    """A person was banned from a community, or let in again; with both."""

    mod_ban_from_community: ModBanFromCommunity
    community: Community | None
    banned_person: Person | None


class ModAddCommunityView(Beside):
    """A person became a moderator, or is one no longer; with the community."""

    mod_add_community: ModAddCommunity
    community: Community | None
    modded_person: Person | None


class AdminPurgePersonView(TypedDict):
    """An account was deleted, and by whom."""

    admin_purge_person: AdminPurgePerson
    admin: Person


class GetModLogResponse(TypedDict):
    """A page of the mod log, a list for each kind; of the last six nothing is logged, so that they stay empty."""

    removed_posts: list[ModRemovePostView]
    locked_posts: list[ModLockPostView]
    featured_posts: list[ModFeaturePostView]
    removed_comments: list[ModRemoveCommentView]
    removed_communities: list[ModRemoveCommunityView]
    banned_from_community: list[ModBanFromCommunityView]
    banned: list[ModBanView]
    added_to_community: list[ModAddCommunityView]
    admin_purged_persons: list[AdminPurgePersonView]
    transferred_to_community: list[dict[str, Any]]
    added: list[dict[str, Any]]
    admin_purged_communities: list[dict[str, Any]]
    admin_purged_posts: list[dict[str, Any]]
    admin_purged_comments: list[dict[str, Any]]
    hidden_communities: list[dict[str, Any]]


class _About(msgspec.Struct, frozen=True):
    """What the entries of a page are about, by id."""

    posts: Mapping[int, PostRow]
    comments: Mapping[int, CommentRow]
    communities: Mapping[int, CommunityDetail]


class _Kind(msgspec.Struct, frozen=True):
    """How a kind of act is shown: in which list, under which name, with which ids, and with what beside it."""

    listed: str
    name: str
    ids: tuple[str, ...]
    beside: tuple[str, ...]


_POST = ("moderator", "post", "community")
_REMOVED_POST = _Kind("removed_posts", "mod_remove_post", ("post_id", "reason"), _POST)
_LOCKED_POST = _Kind("locked_posts", "mod_lock_post", ("post_id",), _POST)
_FEATURED_POST = _Kind("featured_posts", "mod_feature_post", ("post_id",), _POST)
_REMOVED_COMMENT = _Kind(
    "removed_comments", "mod_remove_comment", ("comment_id", "reason"), (*_POST, "comment", "commenter")
)
_REMOVED_COMMUNITY = _Kind(
    "removed_communities", "mod_remove_community", ("community_id", "reason"), ("moderator", "community")
)
_BANNED_FROM_COMMUNITY = _Kind(
    "banned_from_community",
    "mod_ban_from_community",
    ("community_id", "other_person_id", "reason"),
    ("moderator", "community", "banned_person"),
)
_BANNED = _Kind("banned", "mod_ban", ("other_person_id", "reason"), ("moderator", "banned_person"))
_ADDED_TO_COMMUNITY = _Kind(
    "added_to_community",
    "mod_add_community",
    ("community_id", "other_person_id"),
    ("moderator", "community", "modded_person"),
)

# The words of the log -> how they are shown, and what they say. A ban has two places: see `_shown_as`.
_ACTIONS: dict[str, tuple[_Kind, Shape]] = {
    "delete_post": (_REMOVED_POST, {"removed": True}),
    "restore_post": (_REMOVED_POST, {"removed": False}),
    "lock_post": (_LOCKED_POST, {"locked": True}),
    "unlock_post": (_LOCKED_POST, {"locked": False}),
    "featured_post": (_FEATURED_POST, {"featured": True, "is_featured_community": True}),
    "unfeatured_post": (_FEATURED_POST, {"featured": False, "is_featured_community": True}),
    "delete_post_reply": (_REMOVED_COMMENT, {"removed": True}),
    "restore_post_reply": (_REMOVED_COMMENT, {"removed": False}),
    "delete_community": (_REMOVED_COMMUNITY, {"removed": True}),
    "restore_community": (_REMOVED_COMMUNITY, {"removed": False}),
    "ban_user": (_BANNED_FROM_COMMUNITY, {"banned": True}),
    "unban_user": (_BANNED_FROM_COMMUNITY, {"banned": False}),
    "add_mod": (_ADDED_TO_COMMUNITY, {"removed": False}),
    "remove_mod": (_ADDED_TO_COMMUNITY, {"removed": True}),
}


def mod_log_shape(
    origin: str,
    entries: Sequence[ModLogEntry],
    posts: Mapping[int, PostRow],
    comments: Mapping[int, CommentRow],
    communities: Mapping[int, CommunityDetail],
) -> GetModLogResponse:
    """Return a GetModLogResponse.

    Parameters:
        origin: the site's own, put before relative addresses.
        entries: a page of the log; those of kinds that the API has no list for are left out.
        posts, comments, communities: what the entries are about, by id, as far as the viewer may read it.
    """
    shape: Shape = {name: [] for name in GetModLogResponse.__annotations__}
    for entry in entries:
        if entry.action == "delete_user" and entry.actor:
            shape["admin_purged_persons"].append(_purged_person(origin, entry, entry.actor))
        elif entry.action in _ACTIONS:
            kind, says = _shown_as(entry)
            shape[kind.listed].append(_view(origin, entry, kind, says, _About(posts, comments, communities)))
    return cast("GetModLogResponse", shape)


def _shown_as(entry: ModLogEntry) -> tuple[_Kind, Shape]:
    kind, says = _ACTIONS[entry.action]
    return (_BANNED if kind is _BANNED_FROM_COMMUNITY and entry.community is None else kind), says


def _view(
    origin: str,
    entry: ModLogEntry,
    kind: _Kind,
    says: Shape,
    about: _About,
) -> Shape:
    comment = about.comments.get(entry.comment_id or 0)
    post = comment.post if comment else about.posts.get(entry.post_id or 0)
    ids: dict[str, Any] = {
        "post_id": entry.post_id,
        "comment_id": entry.comment_id,
        "community_id": entry.community.id if entry.community else None,
        "other_person_id": entry.target.id if entry.target else None,
        "reason": entry.reason or None,
    }
    target = introduction(origin, entry.target) if entry.target else None
    beside: dict[str, Any] = {
        "moderator": introduction(origin, entry.actor) if entry.actor else None,
        "post": post_shape(origin, post) if post else None,
        "comment": comment_shape(comment) if comment else None,
        "commenter": target,
        "banned_person": target,
        "modded_person": target,
        "community": _community(origin, entry.community, about) if entry.community else None,
    }
    act = {**_act(entry)} | says | {name: ids[name] for name in kind.ids}
    return {kind.name: act} | {name: beside[name] for name in kind.beside}


def _community(origin: str, row: CommunityRow, about: _About) -> Community:
    detail = about.communities.get(row.id)
    return community_shape(origin, detail) if detail else community_beside(origin, row)


def _act(entry: ModLogEntry) -> Act:
    return {
        "id": entry.id,
        "mod_person_id": entry.actor.id if entry.actor else None,
        "when_": moment(entry.created_at),
    }


def _purged_person(origin: str, entry: ModLogEntry, by: AuthorRow) -> AdminPurgePersonView:
    return {
        "admin_purge_person": {
            "id": entry.id,
            "admin_person_id": by.id,
            "reason": entry.reason or None,
            "when_": moment(entry.created_at),
        },
        "admin": introduction(origin, by),
    }
