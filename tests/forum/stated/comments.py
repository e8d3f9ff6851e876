"""What operations on comments do."""

from service.forum import votes
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.moderation import branches
from tests.forum.making import DOMAIN
from tests.forum.stated.place import Stated

DONE: dict[str, Stated] = {
    "comment": Stated(
        lambda s, p: comments.publish(s, p.ben, NewComment(post_id=p.post, body="New"), domain=DOMAIN),
        """
        + notification_subscription; + pieloop.comment_words; + post_reply; + post_reply_vote
        + outbox federation CommentPublished; + outbox notify CommentPublished
        ben.last_seen; ben.post_reply_count +1; community.last_active; community.post_reply_count +1
        post.last_active; post.reply_count +1; post.reply_count_cross_posted +1
        """,
    ),
    "answer": Stated(
        lambda s, p: comments.publish(
            s, p.ana, NewComment(post_id=p.post, body="New", parent_id=p.bens_comment), domain=DOMAIN
        ),
        """
        + notification_subscription; + pieloop.comment_words; + post_reply; + post_reply_vote
        + outbox federation CommentPublished; + outbox notify CommentPublished
        ana.last_seen; ana.post_reply_count +1; community.last_active; community.post_reply_count +1
        post.last_active; post.reply_count +1; post.reply_count_cross_posted +1; post_reply.child_count +1
        """,
    ),
    "comment without wanting to be told": Stated(
        lambda s, p: comments.publish(
            s, p.ben, NewComment(post_id=p.post, body="New", notify_replies=False), domain=DOMAIN
        ),
        """
        + pieloop.comment_words; + post_reply; + post_reply_vote
        + outbox federation CommentPublished; + outbox notify CommentPublished
        ben.last_seen; ben.post_reply_count +1; community.last_active; community.post_reply_count +1
        post.last_active; post.reply_count +1; post.reply_count_cross_posted +1
        """,
    ),
    "edit a comment": Stated(
        lambda s, p: comments.edit(s, p.ben, p.bens_comment, "Other words", domain=DOMAIN),
        """
        + outbox federation CommentEdited; + outbox notify CommentEdited
        pieloop.comment_words.words; post_reply.body; post_reply.body_html; post_reply.edited_at
        post_reply.search_vector
        """,
    ),
    "vote on a comment": Stated(
        lambda s, p: votes.vote_on_comment(s, p.ben, p.comment, 1),
        """
        + post_reply_vote
        + outbox federation CommentVoted
        ana.reputation +1; ben.last_seen; post_reply.ranking; post_reply.score +1; post_reply.up_votes +1
        """,
    ),
    "vote a comment down": Stated(
        lambda s, p: votes.vote_on_comment(s, p.ben, p.comment, -1),
        """
        + post_reply_vote
        + outbox federation CommentVoted
        ana.reputation -1; ben.last_seen; post_reply.down_votes +1; post_reply.ranking; post_reply.score -1
        """,
    ),
    "vote on one's own comment": Stated(
        lambda s, p: votes.vote_on_comment(s, p.ben, p.bens_comment, -1),
        """
        + post_reply_vote; - post_reply_vote
        + outbox federation CommentVoted
        ben.last_seen; post_reply.down_votes +1; post_reply.ranking; post_reply.score -2
        post_reply.up_votes -1
        """,
    ),
    "delete a comment": Stated(
        lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=True),
        """
        + outbox federation CommentDeleted; + outbox notify CommentDeleted
        ben.post_reply_count -1; community.post_reply_count -1; post.reply_count -1
        post.reply_count_cross_posted -1; post_reply.child_count -1; post_reply.deleted true
        post_reply.deleted_by
        """,
    ),
    "remove a comment": Stated(
        lambda s, p: comments.set_removed(s, p.ana, p.bens_comment, removed=True),
        """
        + mod_log delete_post_reply; + outbox federation CommentDeleted; + outbox notify CommentDeleted
        ben.post_reply_count -1; community.post_reply_count -1; post.reply_count -1
        post.reply_count_cross_posted -1; post_reply.child_count -1; post_reply.deleted true
        post_reply.deleted_by
        """,
    ),
    "restore a deleted comment": Stated(
        lambda s, p: comments.restore(s, p.ben, p.bens_comment),
        """
        + outbox federation CommentDeleted; + outbox notify CommentDeleted
        ben.post_reply_count +1; community.post_reply_count +1; post.reply_count +1
        post.reply_count_cross_posted +1; post_reply.child_count +1; post_reply.deleted false
        post_reply.deleted_by
        """,
        after=lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=True),
    ),
    "restore a removed comment": Stated(
        lambda s, p: comments.restore(s, p.ana, p.bens_comment),
        """
        + mod_log restore_post_reply; + outbox federation CommentDeleted; + outbox notify CommentDeleted
        ben.post_reply_count +1; community.post_reply_count +1; post.reply_count +1
        post.reply_count_cross_posted +1; post_reply.child_count +1; post_reply.deleted false
        post_reply.deleted_by
        """,
        after=lambda s, p: comments.set_removed(s, p.ana, p.bens_comment, removed=True),
    ),
    "lock a comment": Stated(
        lambda s, p: comments.set_locked(s, p.ana, p.bens_comment, locked=True),
        """
        + mod_log lock_post_reply; + outbox federation CommentModerated
        post_reply.replies_enabled false
        """,
    ),
    "distinguish a comment": Stated(
        lambda s, p: comments.set_distinguished(s, p.ana, p.comment, distinguished=True),
        """
        + outbox federation CommentDistinguished
        post_reply.distinguished true
        """,
    ),
    "choose an answer": Stated(
        lambda s, p: comments.set_answer(s, p.ana, p.bens_comment, answer=True),
        "+ outbox federation AnswerMarked; post_reply.answer true",
    ),
    "save a comment": Stated(
        lambda s, p: comments.set_saved(s, p.ben, p.comment, saved=True),
        "+ post_reply_bookmark",
    ),
    "watch a comment": Stated(
        lambda s, p: comments.set_watched(s, p.ben, p.comment, watched=True),
        "+ notification_subscription",
    ),
    "remove all answers": Stated(
        lambda s, p: branches.want_answers_removed(s, p.ana, p.post, p.comment, removed=True),
        "+ outbox moderate BranchPurgeRequested",
    ),
    "remove some answers": Stated(
        lambda s, p: branches.remove_some_answers(
            s, {"by_id": p.ana.id, "post_id": p.post, "comment_id": p.comment, "removed": True, "reason": ""}
        ),
        """
        + mod_log delete_post_reply; + outbox moderate BranchPurgeRequested; + outbox notify CommentDeleted
        + outbox federation CommentDeleted
        ben.post_reply_count -1; community.post_reply_count -1; post.reply_count -1
        post.reply_count_cross_posted -1; post_reply.child_count -1; post_reply.deleted true
        post_reply.deleted_by
        """,
    ),
}
