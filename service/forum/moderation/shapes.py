"""The mod log as its readers see it: frozen, without a database."""

from datetime import datetime

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.communities.shapes import CommunityRow


class ModLogEntry(msgspec.Struct, frozen=True):
    """An act of a moderator or administrator.

    Attributes:
        by_admin: Done with the powers of the site's staff rather than of a moderator.
        actor: Who did it; None where their account is gone.
        link: The path of what it was done to, without a leading slash; '' for none.
    """

    id: int
    action: str
    by_admin: bool
    reason: str
    link: str
    link_text: str
    created_at: datetime
    post_id: int | None
    comment_id: int | None
    actor: AuthorRow | None
    target: AuthorRow | None
    community: CommunityRow | None


class ModLogPage(msgspec.Struct, frozen=True):
    """A page of the log, the newest first.

    Attributes:
        has_more: Whether there is a following page.
    """

    entries: list[ModLogEntry]
    has_more: bool


class Past(msgspec.Struct, frozen=True):
    """What those who moderate want to know of somebody before they decide.

    Attributes:
        removed: Posts and comments of theirs that moderators took down; `bans`: how often they were banned.
        reports: Open ones.
        banned: From this site, now.
    """

    joined_at: datetime
    posts: int
    comments: int
    removed: int
    bans: int
    reports: int
    banned: bool
