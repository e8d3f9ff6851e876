"""What operations on posts do."""

from sqlalchemy import text

from service.forum import polls, quotes, votes
from service.forum.flairs import operations as flairs
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, PostChanges, retention
from service.forum.posts.schedule import Schedule
from service.forum.reminders import operations as reminders
from service.storage.clock import utcnow
from tests.forum.making import DOMAIN
from tests.forum.stated.place import LATER, Stated, over

DONE: dict[str, Stated] = {
    "publish": Stated(
        lambda s, p: posts.publish(s, p.ben, NewPost(community_id=p.cats, title="New"), domain=DOMAIN),
        """
        + notification_subscription; + pieloop.post_words; + post; + post_vote
        + outbox federation PostPublished; + outbox notify PostPublished
        ben.last_seen; ben.post_count +1; community.last_active; community.post_count +1
        """,
    ),
    "publish a link": Stated(
        lambda s, p: posts.publish(
            s, p.ben, NewPost(community_id=p.cats, title="New", url="https://news.example/1"), domain=DOMAIN
        ),
        """
        + domain; + notification_subscription; + pieloop.post_words; + post; + post_vote
        + outbox federation PostPublished; + outbox media PreviewRequested; + outbox notify PostPublished
        ben.last_seen; ben.post_count +1; community.last_active; community.post_count +1
        """,
    ),
    "publish in a community elsewhere": Stated(
        lambda s, p: posts.publish(s, p.ben, NewPost(community_id=p.far_cats, title="New"), domain=DOMAIN),
        """
        + notification_subscription; + pieloop.post_words; + post; + post_vote
        + outbox federation PostPublished; + outbox notify PostPublished
        ben.last_seen; ben.post_count +1; community.last_active; community.post_count +1
        """,
    ),
    "publish later": Stated(
        lambda s, p: posts.publish(
            s,
            p.ben,
            NewPost(community_id=p.cats, title="New", schedule=Schedule(at=utcnow() + LATER)),
            domain=DOMAIN,
        ),
        "+ pieloop.post_words; + post",
    ),
    "edit the title": Stated(
        lambda s, p: posts.edit(s, p.ben, p.bens_post, PostChanges(title="Another"), domain=DOMAIN),
        """
        + outbox federation PostEdited; + outbox notify PostEdited
        pieloop.post_words.words; post.edited_at; post.search_vector; post.title
        """,
    ),
    "edit the body": Stated(
        lambda s, p: posts.edit(s, p.ben, p.bens_post, PostChanges(body="Words"), domain=DOMAIN),
        """
        + outbox federation PostEdited; + outbox notify PostEdited
        pieloop.post_words.words; post.body; post.body_html; post.edited_at; post.search_vector
        """,
    ),
    "edit the address": Stated(
        lambda s, p: posts.edit(
            s, p.ben, p.bens_post, PostChanges(url="https://news.example/1"), domain=DOMAIN
        ),
        """
        + domain
        + outbox federation PostEdited; + outbox media PreviewRequested; + outbox notify PostEdited
        post.domain_id; post.edited_at; post.type -1; post.url
        """,
    ),
    "vote up": Stated(
        lambda s, p: votes.vote_on_post(s, p.ben, p.post, 1),
        """
        + post_vote; + read_posts
        + outbox federation PostVoted
        ana.reputation +1; ben.last_seen; post.score +1; post.up_votes +1
        """,
    ),
    "vote down": Stated(
        lambda s, p: votes.vote_on_post(s, p.ben, p.post, -1),
        """
        + post_vote; + read_posts
        + outbox federation PostVoted
        ana.reputation -1; ben.last_seen; post.down_votes +1; post.score -1
        """,
    ),
    "turn a vote": Stated(
        lambda s, p: votes.vote_on_post(s, p.ben, p.post, -1),
        """
        + post_vote; - post_vote
        + outbox federation PostVoted
        ana.reputation -2; post.down_votes +1; post.score -2; post.up_votes -1
        """,
        after=lambda s, p: votes.vote_on_post(s, p.ben, p.post, 1),
    ),
    "vote on one's own": Stated(
        lambda s, p: votes.vote_on_post(s, p.ben, p.bens_post, -1),
        """
        + post_vote; + read_posts; - post_vote
        + outbox federation PostVoted
        ben.last_seen; post.down_votes +1; post.score -2; post.up_votes -1
        """,
    ),
    "choose in a poll": Stated(
        lambda s, p: polls.vote(s, p.ben, p.poll, [p.choices[0]]),
        """
        + poll_choice_vote
        + outbox federation PollVoted
        poll.latest_vote; poll_choice.num_votes +1
        """,
    ),
    "delete a post": Stated(
        lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=True),
        """
        + outbox federation PostDeleted; + outbox notify PostDeleted
        ben.post_count -1; community.post_count -1; post.deleted true; post.deleted_by
        """,
    ),
    "remove a post": Stated(
        lambda s, p: posts.set_removed(s, p.ana, p.bens_post, removed=True),
        """
        + mod_log delete_post; + outbox federation PostDeleted; + outbox notify PostDeleted
        ben.post_count -1; community.post_count -1; post.deleted true; post.deleted_by
        """,
    ),
    "restore a deleted post": Stated(
        lambda s, p: posts.restore(s, p.ben, p.bens_post),
        """
        + outbox federation PostDeleted; + outbox notify PostDeleted
        ben.post_count +1; community.post_count +1; post.deleted false; post.deleted_by
        """,
        after=lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=True),
    ),
    "restore a removed post": Stated(
        lambda s, p: posts.restore(s, p.ana, p.bens_post),
        """
        + mod_log restore_post; + outbox federation PostDeleted; + outbox notify PostDeleted
        ben.post_count +1; community.post_count +1; post.deleted false; post.deleted_by
        """,
        after=lambda s, p: posts.set_removed(s, p.ana, p.bens_post, removed=True),
    ),
    "lock a post": Stated(
        lambda s, p: posts.set_locked(s, p.ana, p.bens_post, locked=True),
        """
        + mod_log lock_post; + outbox federation PostModerated
        post.comments_enabled false
        """,
    ),
    "pin a post": Stated(
        lambda s, p: posts.set_pinned(s, p.ana, p.bens_post, pinned=True),
        """
        + mod_log featured_post; + outbox federation PostModerated
        post.sticky true
        """,
    ),
    "pin a post on the site": Stated(
        lambda s, p: posts.set_pinned(s, p.admin, p.bens_post, pinned=True, site_wide=True),
        """
        + mod_log featured_post; + outbox federation PostModerated
        post.instance_sticky true
        """,
    ),
    "mark a post NSFW": Stated(
        lambda s, p: posts.set_nsfw(s, p.ana, p.bens_post, nsfw=True),
        """
        + mod_log mark_post_nsfw; + outbox federation PostModerated
        post.nsfw true
        """,
    ),
    "move a post": Stated(
        lambda s, p: posts.move(s, p.ana, p.bens_post, p.dogs),
        """
        + mod_log move_post; + outbox federation PostMoved
        community.post_count +1; community.post_count -1; post.community_id +1; post.slug
        """,
    ),
    "assign a flair": Stated(
        lambda s, p: flairs.assign(s, p.ben, p.bens_post, [p.flair]),
        """
        + post_flair
        + outbox federation PostEdited; + outbox notify PostEdited
        """,
    ),
    "read": Stated(
        lambda s, p: posts.mark_read(s, p.ben, [p.post]),
        "+ read_posts",
    ),
    "hide": Stated(
        lambda s, p: posts.set_hidden(s, p.ben, p.post, hidden=True),
        "+ hidden_posts",
    ),
    "save": Stated(
        lambda s, p: posts.set_saved(s, p.ben, p.post, saved=True),
        "+ post_bookmark",
    ),
    "watch a post": Stated(
        lambda s, p: posts.set_watched(s, p.ben, p.post, watched=True),
        "+ notification_subscription",
    ),
    "be reminded": Stated(
        lambda s, p: reminders.set_reminder(s, p.ben, "post", p.bens_post, utcnow() + LATER),
        "+ reminder",
    ),
    "forget a reminder": Stated(
        lambda s, p: reminders.forget(s, p.ben, p.reminder),
        "- reminder",
    ),
    "publish now what was to wait": Stated(
        lambda s, p: posts.publish_now(s, p.ben, p.waiting, domain=DOMAIN),
        """
        + notification_subscription; + post_vote
        + outbox federation PostPublished; + outbox notify PostPublished
        ben.last_seen; ben.post_count +1; community.last_active; community.post_count +1; post.created_at
        post.last_active; post.posted_at; post.scheduled_for; post.status +3
        """,
    ),
    "let wait longer": Stated(
        lambda s, p: posts.reschedule(s, p.ben, p.waiting, Schedule(at=utcnow() + 2 * LATER)),
        "post.scheduled_for",
    ),
    "let somebody quote": Stated(
        lambda s, p: quotes.allow(
            s,
            p.far,
            p.ana.id,
            community_id=p.cats,
            post_id=p.post,
            comment_id=None,
            quoting="https://far.example/q",
            stamp="https://pie.example/s",
        ),
        "+ pieloop.quote",
    ),
    "let nobody quote any more": Stated(
        lambda s, p: quotes.revoke_all_by(s, p.ana.id, p.far.id),
        "+ outbox federation QuoteRevoked; pieloop.quote.revoked_at",
        after=lambda s, p: quotes.allow(
            s,
            p.far,
            p.ana.id,
            community_id=p.cats,
            post_id=p.post,
            comment_id=None,
            quoting="https://far.example/q",
            stamp="https://pie.example/s",
        ),
    ),
    "keep some posts no longer": Stated(
        lambda s, p: retention.delete_unkept(s),
        """
        + outbox federation PostDeleted; + outbox notify PostDeleted
        ana.post_count -2; ben.post_count -1; community.post_count -3; post.deleted true; post.deleted_by
        """,
        after=lambda s, p: over(
            s,
            s.execute(text("UPDATE community SET content_retention = 1 WHERE name = 'cats'")),
            "post",
            "posted_at",
        ),
    ),
    "forget who read what": Stated(
        lambda s, p: retention.forget_reading(s),
        "- read_posts",
        after=lambda s, p: over(s, posts.mark_read(s, p.ben, [p.post]), "read_posts", "interacted_at"),
    ),
    "remind": Stated(
        lambda s, p: reminders.remind(s),
        "+ notification; - reminder; ben.unread_notifications +1",
        after=lambda s, p: over(s, s.flush(), "reminder", "remind_at"),
    ),
    "let a post through": Stated(
        lambda s, p: posts.let_through(s, p.ana, p.bens_post),
        """
        + mod_log restore_post; + outbox federation PostPublished; + outbox notify PostPublished
        post.posted_at; post.status +1
        """,
        after=lambda s, p: s.execute(text(f"UPDATE post SET status = 0 WHERE id = {p.bens_post}")),
    ),
    "publish what is due": Stated(
        lambda s, p: posts.publish_due(s, p.waiting, domain=DOMAIN),
        """
        + notification_subscription; + post_vote
        + outbox federation PostPublished; + outbox notify PostPublished
        ben.last_seen; ben.post_count +1; community.last_active; community.post_count +1; post.created_at
        post.last_active; post.posted_at; post.scheduled_for; post.status +3
        """,
        after=lambda s, p: over(s, s.flush(), "post", "scheduled_for"),
    ),
    "put off what is due": Stated(
        lambda s, p: posts.put_off(s, p.waiting),
        "post.scheduled_for",
    ),
}
