"""What becomes of what other servers say: each thing, one after the other, and what it changed in all tables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.federation.hearing import HERE, note, page
from tests.federation.receiving.refused import CATS, KEEPER, OURS, READER, Activity, Place
from tests.federation.receiving.test_letters import letter

DOGS, PETS = f"{HERE}/c/dogs", f"{HERE}/f/pets"
# Mod moderates two communities, one of them as an owner; wishes wait for answers; eve administers her server.
FACTS = (
    """INSERT INTO community_member (user_id, community_id, is_moderator, is_owner, is_banned)
    SELECT u.id, c.id, true, c.name = 'dogs', false FROM "user" u, community c
    WHERE u.user_name = 'mod' AND c.name IN ('cats', 'dogs')""",
    """INSERT INTO community_join_request (user_id, community_id, uuid)
    SELECT u.id, c.id, (repeat(wish.number, 32))::uuid FROM "user" u, community c, (VALUES
        ('1', 'reader', 'planes'), ('2', 'keeper', 'planes'), ('3', 'keeper', 'trains')) wish(number, who, place)
    WHERE u.user_name = wish.who AND c.name = wish.place""",
    """INSERT INTO instance_role (instance_id, user_id, role)
    SELECT instance_id, id, 'admin' FROM "user" WHERE user_name = 'eve'""",
    """INSERT INTO feed_item (feed_id, community_id)
    SELECT f.id, c.id FROM feed f, community c WHERE f.name = 'all' AND c.name = 'trains'""",
)


def asked(number: str) -> str:
    """The id of one of those wishes."""
    return f"{HERE}/activities/follow/{UUID(number * 32)}"


Said = Callable[[Place], Activity]


@dataclass(frozen=True)
class Done:
    """What somebody says, and what it changes.

    Attributes:
        by: who signs it, as the place calls them.
        said: what.
        undone: whether it is taken back afterwards.
    """

    by: str
    said: Said
    undone: bool = False


def does(by: str, kind: str, thing: Callable[[Place], Any], undone: bool = False, **more: Any) -> Done:
    """An activity about something."""

    def said(place: Place) -> Activity:
        given = {name: value(place) if callable(value) else value for name, value in more.items()}
        return place.site.activity(kind, getattr(place, by), thing(place), **given)

    return Done(by, said, undone)


def _choice(p: Place) -> Activity:
    return p.choice(p.poll, "Coffee") | {"attributedTo": p.ana, "id": p.second.id("/votes/ana")}


def _wish(p: Place, **more: Any) -> Activity:
    return {"id": asked("1"), "type": "Follow", "actor": READER, "object": p.planes} | more


# In this order: some need what was done before.
SAID: dict[str, Done] = {
    # Votes
    "like a post": does("eve", "Like", lambda p: p.post, undone=True),
    "dislike a comment": does("eve", "Dislike", lambda p: p.comment, undone=True),
    "react": does("eve", "EmojiReact", lambda p: p.post, undone=True, content="🎉"),
    "vote in a poll": does("eve", "PollVote", lambda p: p.poll, choice_text="Tea"),
    "vote in a poll by a note": does("ana", "Create", _choice),
    # What is written
    "write a post": does("eve", "Create", lambda p: page(p.eve, CATS, "/post/10")),
    "change a post": does(
        "ana", "Update", lambda p: page(p.ana, CATS, name="Another title", updated="2026-02-01T00:00:00Z")
    ),
    "change a post as a moderator": does(
        "mod", "Update", lambda p: page(p.ana, CATS, sensitive=True, updated="2026-03-01T00:00:00Z")
    ),
    "take a post back": does("ana", "Delete", lambda p: p.poll, undone=True),
    "remove a post": does("mod", "Delete", lambda p: p.post, undone=True, summary="Spam"),
    "write a comment": does("eve", "Create", lambda p: note(p.eve, p.post, CATS, "/comment/10")),
    "change a comment": does(
        "ana",
        "Update",
        lambda p: note(
            p.ana,
            p.post,
            CATS,
            source={"content": "Other words", "mediaType": "text/markdown"},
            updated="2026-02-01T00:00:00Z",
        ),
    ),
    "take a comment back": does("ana", "Delete", lambda p: p.comment, undone=True),
    "remove a comment and what answers it": does(
        "mod", "Delete", lambda p: p.comment, undone=True, summary="Spam", withReplies=True
    ),
    "name a post": Done("trains", lambda p: p.site.announced(p.trains, p.first.id("/post/11"))),
    "delete what never came": does("eve", "Delete", lambda p: p.second.id("/post/12")),
    # Letters
    "write a letter": does("ana", "Create", lambda p: letter(p.ana, 5, to=[READER]), to=[READER]),
    "change a letter": does(
        "ana", "Update", lambda p: letter(p.ana, 5, to=[READER], content="<p>Changed</p>"), to=[READER]
    ),
    "take a letter back": does("ana", "Delete", lambda p: p.letter["id"], undone=True),
    # Moderation
    "lock a post": does("mod", "Lock", lambda p: p.post, undone=True, summary="Heated"),
    "lock a comment": does("mod", "Lock", lambda p: p.comment, undone=True),
    "pin": does("mod", "Add", lambda p: p.post, target=f"{CATS}/featured"),
    "pin no more": does("mod", "Remove", lambda p: p.post, target=f"{CATS}/featured"),
    "appoint": does("mod", "Add", lambda p: p.eve, target=f"{DOGS}/moderators", audience=DOGS),
    "dismiss": does("mod", "Remove", lambda p: p.eve, target=f"{DOGS}/moderators", audience=DOGS),
    "ban from a community": does("mod", "Block", lambda p: p.eve, undone=True, target=CATS),
    "ban from one's server": does(
        "eve", "Block", lambda p: p.ana, undone=True, target=lambda p: p.second.id("/")
    ),
    "block": does("eve", "Block", lambda p: KEEPER, undone=True),
    "warn": does("mod", "Warn", lambda p: OURS, summary="Be kind"),
    "choose an answer": does("ana", "ChooseAnswer", lambda p: p.comment, undone=True),
    "move a post": does("mod", "Move", lambda p: p.poll, target=DOGS),
    "report a post": does("eve", "Flag", lambda p: OURS, summary="Spam"),
    "report a post beside its author": does("eve", "Flag", lambda p: [p.ana, p.comment], summary="Spam"),
    "resolve a report": does("mod", "Resolve", lambda p: p.site.activity("Flag", p.eve, OURS)),
    "quote": does("eve", "QuoteRequest", lambda p: OURS, instrument=lambda p: p.second.id("/notes/1")),
    # Following
    "join": does("eve", "Follow", lambda p: CATS, undone=True),
    "follow a person": does("eve", "Follow", lambda p: KEEPER, undone=True),
    "follow a feed": does("eve", "Follow", lambda p: PETS, undone=True),
    "grant a wish": does("planes", "Accept", lambda p: _wish(p)),
    "refuse it after all": does("planes", "Reject", lambda p: _wish(p)),
    "put a community into a feed": does(
        "feed", "Add", lambda p: p.planes, target=lambda p: f"{p.feed}/following"
    ),
    "take it out": does("feed", "Remove", lambda p: p.planes, target=lambda p: f"{p.feed}/following"),
    "grant a wish by its id": does("planes", "Accept", lambda p: asked("2")),
    "refuse a wish by its id": does("trains", "Reject", lambda p: asked("3")),
    # Actors
    "change an account": does("ana", "Update", lambda p: {"id": p.ana, "type": "Person"}),
    "change a community": does("trains", "Update", lambda p: {"id": p.trains, "type": "Group"}),
    "change a community of ours": does(
        "mod",
        "Update",
        lambda p: {
            "id": CATS,
            "type": "Group",
            "preferredUsername": "cats",
            "name": "All cats",
            "inbox": f"{CATS}/inbox",
        },
    ),
    "change a feed": does("feed", "Update", lambda p: {"id": p.feed, "type": "Feed"}),
    "move with one's account": does("old", "Move", lambda p: p.old, target=lambda p: p.ana),
    "move with a community": does("planes", "Move", lambda p: p.planes, target=lambda p: p.trains),
    "close a community": does("planes", "Delete", lambda p: p.planes, undone=True),
    "delete a feed": does("feed", "Delete", lambda p: p.feed),
    "delete one's account": does("old", "Delete", lambda p: p.old, removeData=True),
}
# What `tests/forum/effects` says of each, and of each that is taken back.
EFFECTS: dict[str, str] = {
    "like a post": (
        "+ pieloop.sent_activity; + post_vote; ana.reputation +1; post.ranking +1; post.score +1; "
        "post.up_votes +1"
    ),
    "not to like a post": (
        "+ pieloop.sent_activity; + pieloop.tombstone; - post_vote; ana.reputation -1; post.ranking "
        "-1; post.score -1; post.up_votes -1"
    ),
    "dislike a comment": (
        "+ pieloop.sent_activity; + post_reply_vote; ana.reputation -1; post_reply.down_votes +1; "
        "post_reply.ranking; post_reply.score -1"
    ),
    "not to dislike a comment": (
        "+ pieloop.sent_activity; + pieloop.tombstone; - post_reply_vote; ana.reputation +1; "
        "post_reply.down_votes -1; post_reply.ranking; post_reply.score +1"
    ),
    "react": (
        "+ pieloop.sent_activity; + post_vote; ana.reputation +1; post.emoji_reactions; post.ranking "
        "+1; post.score +1; post.up_votes +1"
    ),
    "not to react": (
        "+ pieloop.sent_activity; + pieloop.tombstone; - post_vote; ana.reputation -1; "
        "post.emoji_reactions; post.ranking -1; post.score -1; post.up_votes -1"
    ),
    "vote in a poll": "+ poll_choice_vote; poll.latest_vote; poll_choice.num_votes +1",
    "vote in a poll by a note": "+ poll_choice_vote; poll.latest_vote; poll_choice.num_votes +1",
    "write a post": (
        "+ pieloop.post_words; + pieloop.sent_activity; + post; + post_vote; community.post_count +1; "
        "eve.post_count +1"
    ),
    "change a post": (
        "+ outbox notify PostEdited; + pieloop.sent_activity; pieloop.post_words.words; "
        "post.ap_updated; post.edited_at; post.search_vector; post.title"
    ),
    "change a post as a moderator": (
        "+ outbox notify PostEdited; + pieloop.sent_activity; post.ap_updated; post.edited_at; post.nsfw true"
    ),
    "take a post back": (
        "+ outbox notify PostDeleted; + pieloop.sent_activity; ana.post_count -1; "
        "community.post_count -1; post.deleted true; post.deleted_by"
    ),
    "not to take a post back": (
        "+ outbox notify PostDeleted; + pieloop.sent_activity; ana.post_count +1; "
        "community.post_count +1; post.deleted false; post.deleted_by"
    ),
    "remove a post": (
        "+ mod_log delete_post; + outbox notify PostDeleted; + pieloop.sent_activity; ana.post_count "
        "-1; community.post_count -1; post.deleted true; post.deleted_by"
    ),
    "not to remove a post": (
        "+ mod_log restore_post; + outbox notify PostDeleted; + pieloop.sent_activity; ana.post_count "
        "+1; community.post_count +1; post.deleted false; post.deleted_by"
    ),
    "write a comment": (
        "+ pieloop.comment_words; + pieloop.sent_activity; + post_reply; + post_reply_vote; "
        "community.post_reply_count +1; eve.post_reply_count +1; post.reply_count +1; "
        "post.reply_count_cross_posted +1"
    ),
    "change a comment": (
        "+ outbox notify CommentEdited; + pieloop.sent_activity; pieloop.comment_words.words; "
        "post_reply.ap_updated; post_reply.body; post_reply.body_html; post_reply.edited_at"
    ),
    "take a comment back": (
        "+ outbox notify CommentDeleted; + pieloop.sent_activity; ana.post_reply_count -1; "
        "community.post_reply_count -1; post.reply_count -1; post.reply_count_cross_posted -1; "
        "post_reply.deleted true; post_reply.deleted_by"
    ),
    "not to take a comment back": (
        "+ outbox notify CommentDeleted; + pieloop.sent_activity; ana.post_reply_count +1; "
        "community.post_reply_count +1; post.reply_count +1; post.reply_count_cross_posted +1; "
        "post_reply.deleted false; post_reply.deleted_by"
    ),
    "remove a comment and what answers it": (
        "+ mod_log delete_post_reply; + outbox moderate BranchPurgeRequested; + outbox notify "
        "CommentDeleted; + pieloop.sent_activity; ana.post_reply_count -1; community.post_reply_count "
        "-1; post.reply_count -1; post.reply_count_cross_posted -1; post_reply.deleted true; "
        "post_reply.deleted_by"
    ),
    "not to remove a comment and what answers it": (
        "+ mod_log restore_post_reply; + outbox moderate BranchPurgeRequested; + outbox notify "
        "CommentDeleted; + pieloop.sent_activity; ana.post_reply_count +1; community.post_reply_count "
        "+1; post.reply_count +1; post.reply_count_cross_posted +1; post_reply.deleted false; "
        "post_reply.deleted_by"
    ),
    "name a post": (
        "+ outbox notify PostPublished; + pieloop.post_words; + post; + post_vote; "
        "community.last_active; community.post_count +1; mod.post_count +1"
    ),
    "delete what never came": "+ pieloop.tombstone",
    "write a letter": "+ chat_message; + outbox notify MessageSent; conversation.updated_at",
    "change a letter": "chat_message.body; chat_message.body_html; chat_message.edited_at",
    "take a letter back": "chat_message.deleted true",
    "not to take a letter back": "chat_message.deleted false",
    "lock a post": "+ mod_log lock_post; + pieloop.sent_activity; post.comments_enabled false",
    "not to lock a post": (
        "+ mod_log unlock_post; + pieloop.sent_activity; + pieloop.tombstone; post.comments_enabled true"
    ),
    "lock a comment": "+ mod_log lock_post_reply; + pieloop.sent_activity; post_reply.replies_enabled false",
    "not to lock a comment": (
        "+ mod_log unlock_post_reply; + pieloop.sent_activity; + pieloop.tombstone; "
        "post_reply.replies_enabled true"
    ),
    "pin": "+ mod_log featured_post; + pieloop.sent_activity; post.sticky true",
    "pin no more": "+ mod_log unfeatured_post; + pieloop.sent_activity; post.sticky false",
    "appoint": (
        "+ community_member; + mod_log add_mod; + outbox notify ModeratorChanged; + "
        "pieloop.sent_activity; community.subscriptions_count +1; community.total_subscriptions_count "
        "+1"
    ),
    "dismiss": (
        "+ mod_log remove_mod; + outbox notify ModeratorChanged; + pieloop.sent_activity; "
        "community_member.is_moderator false"
    ),
    "ban from a community": (
        "+ community_ban; + mod_log ban_user; + outbox notify MemberBanned; + pieloop.sent_activity"
    ),
    "not to ban from a community": (
        "+ mod_log unban_user; + outbox notify MemberBanned; + pieloop.sent_activity; + "
        "pieloop.tombstone; - community_ban"
    ),
    "ban from one's server": "+ instance_ban",
    "not to ban from one's server": "+ pieloop.tombstone; - instance_ban",
    "block": "+ user_block",
    "not to block": "+ pieloop.tombstone; - user_block",
    "warn": "+ mod_log warn_post; + outbox notify AuthorWarned",
    "choose an answer": "+ pieloop.sent_activity; post_reply.answer true",
    "not to choose an answer": "+ pieloop.sent_activity; + pieloop.tombstone; post_reply.answer false",
    "move a post": (
        "+ mod_log move_post; + pieloop.sent_activity; community.post_count +1; community.post_count "
        "-1; post.community_id +5; post.slug"
    ),
    "report a post": (
        "+ outbox notify ReportFiled; + pieloop.addressed; + pieloop.peer; + pieloop.sent_activity; + "
        "report; keeper.reports +1; post.reports +1"
    ),
    "report a post beside its author": (
        "+ outbox notify ReportFiled; + pieloop.addressed; + pieloop.sent_activity; + report; "
        "ana.reports +1; post_reply.reports +1"
    ),
    "resolve a report": "keeper.reports -1; post.reports -1; report.status +3; report.updated",
    "quote": "+ pieloop.addressed; + pieloop.peer; + pieloop.quote; + pieloop.sent_activity",
    "join": (
        "+ community_member; + outbox federation FollowAnswered; + pieloop.follow; "
        "community.subscriptions_count +1; community.total_subscriptions_count +1"
    ),
    "not to join": (
        "+ pieloop.tombstone; - community_member; - pieloop.follow; community.subscriptions_count -1; "
        "community.total_subscriptions_count -1"
    ),
    "follow a person": "+ outbox federation FollowAnswered; + pieloop.follow; + user_follower",
    "not to follow a person": "+ pieloop.tombstone; - pieloop.follow; - user_follower",
    "follow a feed": (
        "+ feed_member; + outbox federation FollowAnswered; + pieloop.follow; feed.subscriptions_count +1"
    ),
    "not to follow a feed": "+ pieloop.tombstone; - feed_member; - pieloop.follow; feed.subscriptions_count -1",
    "grant a wish": (
        "+ community_member; - community_join_request; community.subscriptions_count +1; "
        "community.total_subscriptions_count +1"
    ),
    "refuse it after all": (
        "+ outbox notify MembershipRefused; - community_member; community.subscriptions_count -1; "
        "community.total_subscriptions_count -1"
    ),
    "put a community into a feed": "+ feed_item; feed.num_communities +1",
    "take it out": "- feed_item; feed.num_communities -1",
    "grant a wish by its id": (
        "+ community_member; - community_join_request; community.subscriptions_count +1; "
        "community.total_subscriptions_count +1"
    ),
    "refuse a wish by its id": "+ outbox notify MembershipRefused; - community_join_request",
    "change an account": "ana.ap_fetched_at",
    "change a community": "community.ap_fetched_at",
    "change a community of ours": "+ pieloop.sent_activity; community.search_vector; community.title",
    "change a feed": "+ outbox history FeedFound; feed.ap_fetched_at; feed.last_edit",
    "move with one's account": "+ outbox history ActorMoved",
    "move with a community": "+ outbox history ActorMoved",
    "close a community": "community.ap_deleted_at; community.banned true",
    "not to close a community": "community.ap_deleted_at; community.banned false",
    "delete a feed": "feed.ap_deleted_at; feed.banned true",
    "delete one's account": (
        "+ outbox moderate ContentPurgeRequested; + pieloop.token_end; old.ap_deleted_at; old.deleted "
        "true; old.deleted_by; old.email; old.keywords; old.password_updated_at; old.title"
    ),
}
