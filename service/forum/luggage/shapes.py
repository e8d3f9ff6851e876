"""The file that Lemmy and PieFed write when somebody exports their settings, and what it is read as. Pure.

Source: https://github.com/LemmyNet/lemmy (`export_settings`), and PieFed's Settings > Import & export.
"""

from typing import Any

import msgspec

from service.forum.errors import Invalid
from service.language import _

ADDRESSES_MAX = 5000  # of all lists together


class PackedNote(msgspec.Struct):
    """What somebody wrote down about a person; only PieFed and Pieloop know notes."""

    target: str = ""
    note: str = ""


class Luggage(msgspec.Struct, kw_only=True):
    """An export; what it lacks is empty. Lists hold the public addresses of things, `blocked_instances` hosts."""

    display_name: str | None = None
    bio: str | None = None
    matrix_id: str | None = None
    bot_account: bool | None = None
    settings: dict[str, Any] | None = None
    followed_communities: list[str] | None = None
    saved_posts: list[str] | None = None
    saved_comments: list[str] | None = None
    blocked_communities: list[str] | None = None
    blocked_users: list[str] | None = None
    blocked_instances: list[str] | None = None
    user_notes: list[PackedNote] | None = None


def read(data: bytes) -> Luggage:
    """Return what an exported file says; Invalid, naming the field `file`, if it is none."""
    try:
        luggage = msgspec.json.decode(data, type=Luggage)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Invalid({"file": _("This file wasn't exported from Lemmy, PieFed or Pieloop.")}) from None
    if count_of(luggage) > ADDRESSES_MAX:
        raise Invalid({"file": _("Use at most %(most)s entries.", most=ADDRESSES_MAX)})
    return luggage


def count_of(luggage: Luggage) -> int:
    """Return how many things the lists name."""
    return sum(
        len(value) for name in Luggage.__struct_fields__ if isinstance(value := getattr(luggage, name), list)
    )
