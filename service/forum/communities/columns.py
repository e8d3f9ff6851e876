"""The columns of a community beside something else, and the row made of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_

from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.attachments.columns import address_of, address_sql
from service.forum.posts.shapes import CommunityRow
from service.storage.tables import Community

COMMUNITY_WIDTH = 20

# Where the yes-or-no columns are among them.
_FLAGS = slice(8, 18)


def community_columns(icon: Any) -> list[Any]:
    """The COMMUNITY_WIDTH columns that `community_from` reads; `icon` is outer-joined on `Community.icon_id`."""
    return [
        Community.id,
        Community.name,
        Community.title,
        address_sql(icon.file_path, icon.thumbnail_path, icon.source_url),
        func.coalesce(Community.ap_public_url, Community.ap_profile_id),
        func.coalesce(Community.instance_id, LOCAL_INSTANCE) == LOCAL_INSTANCE,
        Community.ap_domain,
        func.coalesce(Community.instance_id, LOCAL_INSTANCE),
        Community.nsfw,
        Community.nsfl,
        Community.restricted_to_mods,
        Community.banned,
        Community.show_all.is_(False),
        Community.private,
        keeps_to_site(),
        Community.low_quality,
        Community.question_answer,
        Community.ai_generated,
        func.coalesce(Community.downvote_accept_mode, 0),
        Community.created_at,
    ]


def keeps_to_site() -> ColumnElement[bool]:
    """SQL: a community is for people of this site only, as each private one is whatever an old row says."""
    return or_(Community.local_only.is_(True), Community.private.is_(True))


def community_from(values: Sequence[Any]) -> CommunityRow:
    """The community made of the values of `community_columns`; NULLs of old rows become what they stand for."""
    row = list(values)
    row[1] = row[1] or ""
    row[2] = row[2] or row[1]
    row[3] = address_of(row[3]) or None
    row[4] = row[4] or ""
    row[_FLAGS] = [bool(flag) for flag in row[_FLAGS]]
    row[-1] = row[-1] or datetime(1970, 1, 1)
    return CommunityRow(*row)
