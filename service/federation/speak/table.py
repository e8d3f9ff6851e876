"""Which event says what, and which rows it needs for it: one row of the table an event."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from service.federation.deliver.outgoing import Outgoing
from service.federation.speak import actors, content, following, moderation, private, quotes, votes
from service.federation.speak.known import Wanted, wanted
from service.federation.speak.voice import Voice
from service.forum import events


class Saying(msgspec.Struct, frozen=True):
    """How an event is said.

    Attributes:
        says: yields the activities; nothing where nobody elsewhere is to hear of it.
        wants: the rows that it needs.
    """

    says: Callable[[Voice, Any], Iterator[Outgoing]]
    wants: Callable[[Any], Wanted]


def _post(event: Any) -> Wanted:
    return wanted(posts=event.post_id, people=_actors(event))


def _comment(event: Any) -> Wanted:
    return wanted(comments=event.comment_id, people=_actors(event))


def _member(event: Any) -> Wanted:
    return wanted(places=event.community_id, people=_actors(event))


def _feed(event: Any) -> Wanted:
    places = getattr(event, "community_id", None)
    return wanted(feeds=event.feed_id, places=places, people=_actors(event))


def _message(event: Any) -> Wanted:
    return wanted(messages=event.message_id)


def _people(event: Any) -> Wanted:
    return wanted(people=_actors(event))


def _answered(event: events.FollowAnswered) -> Wanted:
    name = {"community": "places", "feed": "feeds", "person": "people"}[event.followed]
    return wanted(**{name: event.followed_id}) | wanted(people=event.account_id, follows=event.account_id)


def _actors(event: Any) -> list[int | None]:
    return [getattr(event, name, None) for name in ("account_id", "by_id", "followed_id")]


SAYINGS: dict[type[events.Event], Saying] = {
    events.AccountBanned: Saying(moderation.account_banned, _people),
    events.AccountDeleted: Saying(actors.account_deleted, _people),
    events.AnswerMarked: Saying(votes.answer_marked, _comment),
    events.CommentDeleted: Saying(
        content.comment_deleted, lambda event: _comment(event) | wanted(quoted_comments=event.comment_id)
    ),
    events.CommentDistinguished: Saying(moderation.comment_distinguished, _comment),
    events.CommentEdited: Saying(content.comment_edited, _comment),
    events.CommentModerated: Saying(moderation.comment_moderated, _comment),
    events.CommentPublished: Saying(content.comment_published, _comment),
    events.CommentVoted: Saying(votes.comment_voted, _comment),
    events.CommunityDeleted: Saying(actors.community_deleted, _member),
    events.CommunityEdited: Saying(
        actors.community_edited, lambda event: _member(event) | wanted(communities=event.community_id)
    ),
    events.FeedDeleted: Saying(actors.feed_deleted, _feed),
    events.FeedEdited: Saying(actors.feed_edited, _feed),
    events.FeedFollowed: Saying(following.feed_followed, _feed),
    events.FeedItemChanged: Saying(actors.feed_item_changed, _feed),
    events.FollowAnswered: Saying(following.follow_answered, _answered),
    events.MemberBanned: Saying(moderation.member_banned, _member),
    events.MembershipChanged: Saying(following.membership_changed, _member),
    events.MessageDeleted: Saying(private.message_deleted, _message),
    events.MessageEdited: Saying(private.message_edited, _message),
    events.MessageSent: Saying(private.message_sent, _message),
    events.ModeratorChanged: Saying(moderation.moderator_changed, _member),
    events.PersonFollowed: Saying(following.person_followed, _people),
    events.PollVoted: Saying(votes.poll_voted, _post),
    events.PostDeleted: Saying(
        content.post_deleted, lambda event: _post(event) | wanted(quoted_posts=event.post_id)
    ),
    events.PostEdited: Saying(content.post_edited, _post),
    events.PostModerated: Saying(moderation.post_moderated, _post),
    events.PostMoved: Saying(
        moderation.post_moved, lambda event: _post(event) | wanted(places=event.origin_id)
    ),
    events.PostPublished: Saying(content.post_published, _post),
    events.PostVoted: Saying(votes.post_voted, _post),
    events.ProfileChanged: Saying(actors.profile_changed, lambda event: wanted(profiles=event.account_id)),
    events.QuoteRevoked: Saying(quotes.quote_revoked, _people),
    events.ReportFiled: Saying(private.report_filed, lambda event: wanted(reports=event.report_id)),
    events.ReportResolved: Saying(
        private.report_resolved,
        lambda event: wanted(reports=event.report_id) | _people(event),
    ),
}
