"""What is said of following: asking to, no longer doing so, and the answers to those who asked us."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.federation.deliver import lanes
from service.federation.deliver.audience import LOCAL
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.speak.voice import Voice
from service.federation.write import activities
from service.federation.write.rows import ActorRow
from service.forum.events import FeedFollowed, FollowAnswered, MembershipChanged, PersonFollowed


def membership_changed(voice: Voice, event: MembershipChanged) -> Iterator[Outgoing]:
    """A Follow of a community elsewhere, with the id of the request that waits, or the Undo of it."""
    place, by = voice.known.places.get(event.community_id), voice.person(event.account_id)
    if place and by and not place.local:
        lane = lanes.of_member(place.id, by.id)
        asked = f"https://{voice.domain}/activities/follow/{event.request}" if event.request else None
        yield from _follow(
            voice, by, place.url, place.inbox, lane, begins=event.step != "left", identity=asked
        )


def feed_followed(voice: Voice, event: FeedFollowed) -> Iterator[Outgoing]:
    """As of a community."""
    feed, by = voice.known.feed_places.get(event.feed_id), voice.person(event.account_id)
    if feed and by and not feed.local:
        lane = f"{lanes.of_feed(feed.id)}/{lanes.of_person(by.id)}"
        asked = f"https://{voice.domain}/activities/follow/{event.request}" if event.request else None
        yield from _follow(voice, by, feed.url, feed.inbox, lane, begins=event.step != "left", identity=asked)


def person_followed(voice: Voice, event: PersonFollowed) -> Iterator[Outgoing]:
    """As of a community."""
    by, followed = voice.person(event.account_id), voice.known.people.get(event.followed_id)
    if by and followed and followed.instance_id != LOCAL:
        lane = f"{lanes.of_person(by.id)}/{lanes.of_person(followed.id)}"
        yield from _follow(voice, by, followed.url, followed.inbox, lane, begins=event.followed)


def follow_answered(voice: Voice, event: FollowAnswered) -> Iterator[Outgoing]:
    """An Accept or Reject of somebody's Follow, with the Follow in it."""
    person, followed = voice.known.people.get(event.account_id), _followed(voice, event)
    if not person or not followed or person.instance_id == LOCAL or not person.inbox:
        return
    asked = event.follow or voice.known.follows.get((event.followed, event.followed_id, person.id))
    wish = activities.follow(asked or "", person.url, followed)
    if not asked:
        del wish["id"]  # it is known by who follows whom
    answer = activities.accept if event.accepted else activities.reject
    activity = answer(voice.new_id("Accept" if event.accepted else "Reject"), followed, wish)
    signer = Signer(event.followed, event.followed_id)
    yield voice.direct(activity, _lane_of_answer(event), signer, [person.inbox])


def _follow(
    voice: Voice,
    by: ActorRow,
    followed: str,
    inbox: str,
    lane: str,
    *,
    begins: bool,
    identity: str | None = None,
) -> Iterator[Outgoing]:
    if not inbox:
        return
    known = voice.begin("Follow", lane, identity) if begins else voice.end("Follow", lane, identity)
    wish = activities.follow(known, by.url, followed)
    yield voice.direct(wish if begins else voice.undo(wish), lane, Signer("person", by.id), [inbox])


def _followed(voice: Voice, event: FollowAnswered) -> str | None:
    known: Mapping[str, Mapping[int, Any]] = {
        "community": voice.known.places,
        "feed": voice.known.feed_places,
        "person": voice.known.people,
    }
    found = known[event.followed].get(event.followed_id)
    return found.url if found else None


def _lane_of_answer(event: FollowAnswered) -> str:
    if event.followed == "community":
        return lanes.of_member(event.followed_id, event.account_id)
    root = (
        lanes.of_feed(event.followed_id) if event.followed == "feed" else lanes.of_person(event.followed_id)
    )
    return f"{root}/{lanes.of_person(event.account_id)}"
