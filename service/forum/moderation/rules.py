"""The words of the mod log, as PieFed writes and reads them, and our own for NSFW and warnings. Pure."""

from typing import Literal, get_args

Action = Literal[
    "add_mod",
    "remove_mod",
    "featured_post",
    "unfeatured_post",
    "delete_post",
    "restore_post",
    "delete_post_reply",
    "restore_post_reply",
    "delete_community",
    "restore_community",
    "delete_user",
    "undelete_user",
    "ban_user",
    "unban_user",
    "lock_post",
    "unlock_post",
    "lock_post_reply",
    "unlock_post_reply",
    "move_post",
    "mark_post_nsfw",
    "unmark_post_nsfw",
    "warn_post",
    "warn_post_reply",
]
ACTIONS: tuple[Action, ...] = get_args(Action)

BY_MODERATOR, BY_ADMIN = "mod", "admin"

REASON_LENGTH = 512

# The API's groups of entries -> our words; what has no word here yields an empty list.
GROUPS: dict[str, tuple[Action, ...]] = {
    "ModRemovePost": ("delete_post", "restore_post"),
    "ModLockPost": ("lock_post", "unlock_post"),
    "ModFeaturePost": ("featured_post", "unfeatured_post"),
    "ModRemoveComment": ("delete_post_reply", "restore_post_reply"),
    "ModRemoveCommunity": ("delete_community", "restore_community"),
    "ModBanFromCommunity": ("ban_user", "unban_user"),
    "ModAddCommunity": ("add_mod", "remove_mod"),
    "ModBan": ("ban_user", "unban_user"),
    "AdminPurgePerson": ("delete_user", "undelete_user"),
}


def shorten(text: str, limit: int) -> str:
    """The text without NUL, cut with an ellipsis if it has more characters than the limit."""
    tidy = text.replace("\x00", "")
    return tidy if len(tidy) <= limit else tidy[: limit - 1] + "…"
