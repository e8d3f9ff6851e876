"""In which order comments stand; the NULLs of old rows count as what they stand for."""

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal_column

from service.forum.comments.choices import CommentSort
from service.storage.rows import or_long_ago, or_zero
from service.storage.tables import Comment


def order_of(sort: CommentSort, comment: type[Comment] = Comment) -> list[Any]:
    """SQL: what a list of comments in this order is ordered by; the newest first where that leaves it open."""
    posted = or_long_ago(comment.posted_at, comment.created_at)
    newest_first = [posted.desc(), comment.id.desc()]
    match sort:
        case CommentSort.HOT:
            return [or_zero(comment.ranking).desc(), *newest_first]
        case CommentSort.TOP:
            return [(or_zero(comment.up_votes) - or_zero(comment.down_votes)).desc(), *newest_first]
        case CommentSort.CONTROVERSIAL:
            return [_controversy(comment).desc(), *newest_first]
        case CommentSort.OLD:
            return [posted.asc(), comment.id.asc()]
        case CommentSort.NEW:
            return newest_first


def order_by_index(sort: CommentSort) -> list[Any]:
    """SQL: the same across the whole site, as the indexes have it: there what has no key stands above all."""
    newest_first = [Comment.posted_at.desc(), Comment.id.desc()]
    match sort:
        case CommentSort.HOT:
            return [Comment.ranking.desc(), *newest_first]
        case CommentSort.NEW:
            return newest_first
        case CommentSort.OLD:
            return [Comment.posted_at.asc(), Comment.id.asc()]
        case _:
            return order_of(sort)


def _controversy(comment: type[Comment]) -> ColumnElement[Any]:
    """SQL: many votes, evenly split; as in Lemmy, (ups + downs) ** (fewer / more)."""
    ups, downs = or_zero(comment.up_votes), or_zero(comment.down_votes)
    fewer, more = func.least(ups, downs), func.greatest(ups, downs)
    return case(
        (fewer > literal_column("0"), func.power(ups + downs, fewer * literal_column("1.0") / more)),
        else_=literal_column("0"),
    )
