"""What operations on feeds and topics do."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.feeds import administration as feed_administration
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import FeedChanges, NewFeed
from service.forum.topics import operations as topics
from service.forum.topics.operations import TopicChange
from tests.forum.making import DOMAIN, KEYS
from tests.forum.stated.place import Place, Stated, then


async def ask_elsewhere(session: AsyncSession, place: Place) -> None:
    """Let somebody ask a feed of another server."""
    await session.execute(text(f"UPDATE feed SET ap_id = 'pets@far.example' WHERE id = {place.feed}"))
    await feeds.follow(session, place.eva, place.feed)


DONE: dict[str, Stated] = {
    "make a feed": Stated(
        lambda s, p: feeds.create(
            s, p.ben, NewFeed(name="beasts", title="All", keys=KEYS, communities="cats\ndogs"), domain=DOMAIN
        ),
        "+ feed; + feed_item; + feed_member",
    ),
    "rename a feed": Stated(
        lambda s, p: feeds.edit(s, p.ana, p.feed, FeedChanges(title="All pets"), domain=DOMAIN),
        "+ outbox federation FeedEdited; feed.last_edit; feed.title",
    ),
    "put a community into a feed": Stated(
        lambda s, p: feeds.edit(s, p.ana, p.feed, FeedChanges(communities="cats\ndogs"), domain=DOMAIN),
        """
        + feed_item
        + outbox federation FeedEdited; + outbox federation FeedItemChanged
        feed.last_edit; feed.num_communities +1
        """,
    ),
    "put a community into a followed feed": Stated(
        lambda s, p: feeds.edit(s, p.ana, p.feed, FeedChanges(communities="cats\ndogs"), domain=DOMAIN),
        """
        + feed_item
        + outbox federation FeedEdited; + outbox federation FeedItemChanged
        feed.last_edit; feed.num_communities +1
        """,
        after=lambda s, p: feeds.follow(s, p.eva, p.feed),
    ),
    "take a community out of a followed feed": Stated(
        lambda s, p: feeds.edit(s, p.ana, p.feed, FeedChanges(communities=""), domain=DOMAIN),
        """
        - feed_item
        + outbox federation FeedEdited; + outbox federation FeedItemChanged
        feed.last_edit; feed.num_communities -1
        """,
        after=lambda s, p: feeds.follow(s, p.eva, p.feed),
    ),
    "delete a feed": Stated(
        lambda s, p: feeds.set_deleted(s, p.ana, p.feed, deleted=True),
        "+ outbox federation FeedDeleted; feed.banned true",
    ),
    "follow a feed": Stated(
        lambda s, p: feeds.follow(s, p.eva, p.feed),
        """
        + community_member; + feed_member
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        feed.subscriptions_count +1
        """,
    ),
    "stop following a feed": Stated(
        lambda s, p: feeds.unfollow(s, p.eva, p.feed),
        """
        - community_member; - feed_member
        + outbox federation FeedFollowed; + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        feed.subscriptions_count -1
        """,
        after=lambda s, p: feeds.follow(s, p.eva, p.feed),
    ),
    "leave everything": Stated(
        lambda s, p: feeds.leave_everything(s, p.eva),
        """
        - community_member; - feed_member
        + outbox federation FeedFollowed; + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        feed.subscriptions_count -1
        """,
        after=lambda s, p: feeds.follow(s, p.eva, p.feed),
    ),
    "watch a feed": Stated(
        lambda s, p: feeds.set_watched(s, p.ben, p.feed, watched=True),
        "+ notification_subscription",
    ),
    "add to a feed": Stated(
        lambda s, p: feeds.add_items(s, p.feed, [p.dogs]),
        "+ feed_item; feed.num_communities +1",
    ),
    "take from a feed": Stated(
        lambda s, p: feeds.remove_items(s, p.feed, [p.cats]),
        "- feed_item; feed.num_communities -1",
    ),
    "follow a feed from elsewhere": Stated(
        lambda s, p: feeds.receive_follow(s, p.far, p.feed, follow_id="https://far.example/1"),
        """
        + feed_member
        + outbox federation FollowAnswered
        feed.subscriptions_count +1
        """,
    ),
    "a feed elsewhere lets somebody in": Stated(
        lambda s, p: feeds.settle_request(s, p.feed, accepted=True, account_id=p.eva.id),
        """
        - feed_join_request
        + community_member; + feed_member
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        feed.subscriptions_count +1
        """,
        after=ask_elsewhere,
    ),
    "a feed elsewhere does not let somebody in": Stated(
        lambda s, p: feeds.settle_request(s, p.feed, accepted=False, account_id=p.eva.id),
        "- feed_join_request",
        after=ask_elsewhere,
    ),
    "a feed elsewhere puts somebody out": Stated(
        lambda s, p: feeds.settle_request(s, p.feed, accepted=False, account_id=p.eva.id),
        """
        - community_member; - feed_member
        + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        feed.subscriptions_count -1
        """,
        after=lambda s, p: then(
            s, ask_elsewhere(s, p), feeds.settle_request(s, p.feed, accepted=True, account_id=p.eva.id)
        ),
    ),
    "a feed elsewhere answers whom nobody knows": Stated(
        lambda s, p: feeds.settle_request(s, p.feed, accepted=True, account_id=p.eva.id),
        "",
    ),
    "show a feed to all": Stated(
        lambda s, p: feed_administration.set_site_wide(s, p.power, p.feed, shown=True),
        "+ audit_log feed_feature; feed.is_instance_feed true",
    ),
    "take a feed down": Stated(
        lambda s, p: feed_administration.set_removed(s, p.power, p.feed, removed=True),
        """
        + pieloop.removed_feed
        + audit_log feed_remove; + outbox federation FeedDeleted
        feed.banned true
        """,
    ),
    "make a topic": Stated(
        lambda s, p: topics.save(s, p.power, None, TopicChange(name="Food", machine_name="food")),
        "+ topic; + audit_log topic_save",
    ),
    "change a topic": Stated(
        lambda s, p: topics.save(s, p.power, p.topic, TopicChange(name="All pets", machine_name="pets")),
        "+ audit_log topic_save; topic.name",
    ),
    "watch a topic": Stated(
        lambda s, p: topics.set_watched(s, p.ben, p.topic, watched=True),
        "+ notification_subscription",
    ),
    "suggest a topic": Stated(
        lambda s, p: topics.suggest(s, p.ben, "Food", "cats"),
        "+ outbox notify TopicSuggested",
    ),
    "delete a topic": Stated(
        lambda s, p: topics.delete(s, p.power, p.topic),
        "- topic; + audit_log topic_delete",
    ),
    "count topics": Stated(
        lambda s, p: topics.count_communities(s, p.topic),
        "topic.num_communities -7",
        after=lambda s, p: s.execute(text("UPDATE topic SET num_communities = 7")),
    ),
}
