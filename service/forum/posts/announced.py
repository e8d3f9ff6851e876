"""What search engines are told of: the posts written here that everybody may read and find."""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, false, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.communities.columns import keeps_to_site
from service.forum.posts.queries import may_be_found
from service.forum.visibility import listed_for
from service.storage.rows import or_empty
from service.storage.statements import literal_limit
from service.storage.tables import Community, Post

MOST = 5000  # of a month


class Announced(msgspec.Struct, frozen=True):
    """A post, by where it is and when it changed last."""

    id: int
    slug: str
    changed_at: datetime | None


async def announced_posts(db: AsyncConnection, since: datetime, until: datetime) -> list[Announced]:
    """Return posts of this site that are for everybody, the newest first; of more than MOST the newest.

    Parameters:
        since, until: when they were written, naive UTC; the second moment is not within.
    """
    rows = await db.execute(_statement(), {"since": since, "until": until})
    return [Announced(post_id, slug, edited or posted) for post_id, slug, posted, edited in rows]


@cache
def _statement() -> Any:
    return (
        select(Post.id, or_empty(Post.slug), Post.posted_at, Post.edited_at)
        .join(Community, Community.id == Post.community_id)
        .where(
            listed_for("anybody", is_member=false()),
            Post.is_local,
            Post.posted_at >= bindparam("since"),
            Post.posted_at < bindparam("until"),
            Post.from_bot.is_not(True),
            Post.nsfw.is_not(True),
            Post.nsfl.is_not(True),
            ~keeps_to_site(),
            may_be_found(Post),
        )
        .order_by(Post.posted_at.desc(), Post.id.desc())
        .limit(literal_limit(MOST))
    )
