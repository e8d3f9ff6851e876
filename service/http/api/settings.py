"""/api/alpha: what somebody sets about themselves."""

from collections.abc import Callable
from typing import Any, TypedDict

import msgspec
from msgspec import UNSET, UnsetType
from quart import Blueprint

from service.forum.accounts import operations
from service.forum.accounts.choices import AIVisibility, MessageAcceptance, Visibility
from service.forum.accounts.operations import ExtraFieldChange, SettingsChange
from service.forum.accounts.viewer import Viewer
from service.forum.choices import Choice
from service.forum.comments.choices import CommentSort
from service.forum.errors import Invalid
from service.forum.feeds.choices import Sort
from service.http.api import words
from service.http.api.contract import API
from service.http.api.shapes.me import MyUserInfo
from service.http.api.site import my_user
from service.http.context import resources
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_settings", __name__, url_prefix="/api/alpha/user")


class UserSaveSettingsRequest(msgspec.Struct):
    """What is to change; what is not sent stays."""

    accept_private_messages: words.MessageAcceptance | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    bot: bool | UnsetType = UNSET
    bot_visibility: words.Visibility | UnsetType = UNSET
    community_keyword_filter: list[str] | UnsetType | None = UNSET
    cover: str | UnsetType | None = UNSET
    default_comment_sort_type: words.DefaultCommentSort | UnsetType = UNSET
    default_sort_type: words.DefaultSort | UnsetType = UNSET
    display_name: str | UnsetType | None = UNSET
    email_unread: bool | UnsetType = UNSET
    extra_fields: list[ExtraFieldChange] = []
    federate_votes: bool | UnsetType = UNSET
    feed_auto_follow: bool | UnsetType = UNSET
    feed_auto_leave: bool | UnsetType = UNSET
    genai_visibility: words.AIVisibility | UnsetType = UNSET
    hide_low_quality: bool | UnsetType = UNSET
    indexable: bool | UnsetType = UNSET
    newsletter: bool | UnsetType = UNSET
    nsfl_visibility: words.Visibility | UnsetType = UNSET
    nsfw_visibility: words.Visibility | UnsetType = UNSET
    reply_collapse_threshold: int | UnsetType = UNSET
    reply_hide_threshold: int | UnsetType = UNSET
    searchable: bool | UnsetType = UNSET
    show_nsfl: bool | UnsetType = UNSET
    show_nsfw: bool | UnsetType = UNSET
    show_read_posts: bool | UnsetType = UNSET


# The contract's name -> our column, where the two differ. Where two names mean one column, the later one counts.
COLUMNS = {
    "show_nsfw": "hide_nsfw",
    "show_nsfl": "hide_nsfl",
    "bio": "about",
    "bot_visibility": "ignore_bots",
    "default_comment_sort_type": "default_comment_sort",
    "default_sort_type": "default_sort",
    "display_name": "title",
    "federate_votes": "vote_privately",
    "genai_visibility": "hide_gen_ai",
    "nsfl_visibility": "hide_nsfl",
    "nsfw_visibility": "hide_nsfw",
    "show_read_posts": "hide_read_posts",
}
# What is no column of the account.
BESIDE = {"avatar", "cover", "extra_fields"}


def _stored(kind: type[Choice]) -> Callable[[str], Choice | None]:
    """Return what a word of the contract is stored as."""
    return lambda word: kind.named(word, None)


# How a value of the contract's is stored; what is not named here is stored as it is, None as the empty text.
STORED: dict[str, Any] = {
    "show_nsfw": lambda shown: Visibility.SHOW if shown else Visibility.HIDE,
    "show_nsfl": lambda shown: Visibility.SHOW if shown else Visibility.HIDE,
    "accept_private_messages": _stored(MessageAcceptance),
    "bot_visibility": _stored(Visibility),
    "community_keyword_filter": lambda words: ", ".join(word.strip() for word in words or () if word.strip()),
    "default_comment_sort_type": _stored(CommentSort),
    "default_sort_type": _stored(Sort),
    "federate_votes": lambda openly: not openly,
    "genai_visibility": _stored(AIVisibility),
    "nsfl_visibility": _stored(Visibility),
    "nsfw_visibility": _stored(Visibility),
    "show_read_posts": lambda shown: not shown,
}


class UserSaveSettingsResponse(TypedDict):
    """All that one has set."""

    my_user: MyUserInfo


@blueprint.put("/save_user_settings")
@API.endpoint()
async def save(viewer: Viewer, body: UserSaveSettingsRequest) -> UserSaveSettingsResponse:
    """Change one's profile and settings; return them all."""
    change = SettingsChange(
        columns=columns_of(body), avatar=body.avatar, cover=body.cover, extra_fields=body.extra_fields
    )
    site = resources().config.site
    try:
        await effect(operations.save_settings, viewer, change, domain=site.domain, origin=site.base_url)
    except Invalid as refusal:
        raise Invalid(in_words_of_the_contract(refusal.fields), code=refusal.code) from refusal
    return {"my_user": await my_user(viewer)}


def columns_of(sent: UserSaveSettingsRequest) -> dict[str, Any]:
    """Return the columns that were sent, with what they are to hold."""
    columns: dict[str, Any] = {}
    for name in dict.fromkeys((*COLUMNS, *sent.__struct_fields__)):
        value = getattr(sent, name)
        if value is not UNSET and name not in BESIDE:
            columns[COLUMNS.get(name, name)] = (
                STORED[name](value) if name in STORED else "" if value is None else value
            )
    return columns


def in_words_of_the_contract(fields: dict[str, str]) -> dict[str, str]:
    """Return what is wrong by the names that were sent."""
    names = {column: name for name, column in COLUMNS.items()}
    return {names.get(field, field): problem for field, problem in fields.items()}
