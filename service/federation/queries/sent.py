"""Activities of ours by their ids, as far as they may still be told: what they carry may be gone by now."""

from functools import cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.intake.envelope import key_of
from service.federation.queries.columns import standing_of_community
from service.federation.queries.content import standing_of_comment, standing_of_post
from service.federation.vocabulary import CONTENT, Document, as_id, is_public, kind_of
from service.federation.write.rows import Standing
from service.storage.tables import Comment, Community, Post, SentActivity

DEEPEST = 4  # an Announce of an Undo of a Create of a thing


class SentRow(msgspec.Struct, frozen=True):
    """An activity as it was sent.

    Attributes:
        body: the document, with its context.
        place: the community that announced it; None for none.
        standing: who may have it.
    """

    body: bytes
    place: int | None
    standing: Standing


async def sent_activity(db: AsyncConnection, identity: str) -> SentRow | None:
    """An activity that is in the log; None for any other.

    Parameters:
        identity: its id.
    """
    row = (await db.execute(_sent(), {"key": key_of(identity)})).first()
    if row is None:
        return None
    document = msgspec.json.decode(row.body, type=dict[str, Any])
    standing: Standing = row.standing or "here"
    if not is_public(document.get("to"), document.get("cc")):
        standing = "withheld"
    elif standing == "here" and (thing := _carried(document)):
        standing = await db.scalar(_thing(), {"url": thing}) or "here"
    return SentRow(row.body, row.community_id, standing)


def _carried(document: Document) -> str | None:
    """Return the id of the post or comment that an activity has whole in it."""
    inner: Any = document
    for _ in range(DEEPEST):
        inner = inner.get("object")
        if not isinstance(inner, dict):
            return None
        if kind_of(inner) in CONTENT:
            return as_id(inner)
    return None


@cache
def _sent() -> Any:
    return (
        select(SentActivity.body, SentActivity.community_id, standing_of_community().label("standing"))
        .outerjoin(Community, Community.id == SentActivity.community_id)
        .where(SentActivity.key == bindparam("key"))
    )


@cache
def _thing() -> Any:
    wanted: Any = bindparam("url")
    posts = (
        select(standing_of_post())
        .join(Community, Community.id == Post.community_id)
        .where(Post.ap_id == wanted)
    )
    comments = (
        select(standing_of_comment())
        .join(Post, Post.id == Comment.post_id)
        .join(Community, Community.id == Comment.community_id)
        .where(Comment.ap_id == wanted)
    )
    return union_all(posts, comments)
