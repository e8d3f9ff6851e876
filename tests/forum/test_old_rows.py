"""Rows of an old program, with NULL where ours have a number: what is done to them goes on from nought."""

import re
from typing import Any

from sqlalchemy import select, text

from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.posts import operations as posts
from service.forum.votes import operations as votes
from service.storage.tables import Base, Comment, Community, Post, User
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import rows
from tests.forum.making import DOMAIN

COUNTS = re.compile(r"(_count|_votes|score|ranking|_scaled|reputation|attitude|reports|_cross_posted)$")


def _nothing(table: type[Base]) -> str:
    """SQL: NULL in all that counts."""
    columns = [f"{column.name} = NULL" for column in table.__table__.columns if column.nullable]
    counts = [column for column in columns if COUNTS.search(column.partition(" ")[0])]
    return f'UPDATE "{table.__tablename__}" SET {", ".join(counts)}'


async def test_what_is_done_to_old_rows_counts_from_nought(database: Database) -> None:
    ana, ben = await making.member(database, "ana"), await making.member(database, "ben")
    cats = await making.community(database, ana)
    (post,) = await making.posts(database, ana, cats, 1)
    (comment,) = await making.comments(database, ana, cats, [post])

    async def do(operation: Any, *args: Any, **named: Any) -> Any:
        return await database.write(operation, *args, **named)

    async with database.engine.begin() as db:
        for table in (Post, Comment, Community, User):
            await db.execute(text(_nothing(table)))
    await do(votes.vote_on_post, ben, post, -1)
    await do(votes.vote_on_comment, ben, comment, 1)
    await do(comments.publish, ben, NewComment(post_id=post, body="New", parent_id=comment), domain=DOMAIN)
    await do(communities.join, ben, cats)
    of_post = select(Post.up_votes, Post.down_votes, Post.score, Post.reply_count).where(Post.id == post)
    assert await rows(database, of_post) == [(0, 1, -1, 1)]
    of_comment = select(Comment.up_votes, Comment.down_votes, Comment.score, Comment.child_count)
    assert await rows(database, of_comment.where(Comment.id == comment)) == [(1, 0, 1, 1)]
    members = select(Community.subscriptions_count, Community.post_reply_count)
    assert await rows(database, members) == [(1, 1)]
    await do(posts.set_deleted, ana, post, deleted=True)
    await do(posts.set_deleted, ana, post, deleted=False)
    await do(comments.set_deleted, ana, comment, deleted=True)
    assert await rows(database, select(Post.deleted, Post.reply_count).where(Post.id == post)) == [(False, 0)]
