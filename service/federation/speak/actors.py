"""What is said of accounts, communities and feeds themselves: that they changed, are gone, or are there again."""

from collections.abc import Iterator

import msgspec

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.speak.voice import Voice
from service.federation.write import activities, actors
from service.federation.write.documents import PUBLIC, encoded
from service.federation.write.rows import ActorRow, PlaceRow
from service.forum.events import (
    AccountDeleted,
    CommunityDeleted,
    CommunityEdited,
    FeedDeleted,
    FeedEdited,
    FeedItemChanged,
    ProfileChanged,
)


def profile_changed(voice: Voice, event: ProfileChanged) -> Iterator[Outgoing]:
    """An Update of the account, for everybody."""
    row = voice.known.profiles.get(event.account_id)
    if row and row.standing == "here":
        update = activities.update(voice.new_id("Update"), row.url, actors.person(row))
        yield voice.direct(update, lanes.of_person(row.id), Signer("person", row.id), everybody=True)


def account_deleted(voice: Voice, event: AccountDeleted) -> Iterator[Outgoing]:
    """A Delete of itself, for everybody, signed by the key that its row keeps."""
    person = voice.person(event.account_id)
    if person:
        delete = activities.delete(
            voice.new_id("Delete"), person.url, person.url, removes_data=event.removes_content
        )
        yield voice.direct(delete, lanes.of_person(person.id), Signer("person", person.id), everybody=True)


def community_edited(voice: Voice, event: CommunityEdited) -> Iterator[Outgoing]:
    """An Update of the community by whoever changed it; for others it is gone when it keeps to this site."""
    place, by = voice.known.places.get(event.community_id), voice.person(event.by_id)
    row = voice.known.communities.get(event.community_id)
    if place and by and event.withdrawn is not None:
        # The last word goes to those who were told of it so far, though nothing else leaves it any more.
        yield from _going(voice, msgspec.structs.replace(place, standing="here"), by, gone=event.withdrawn)
    if place and by and row:
        update = activities.update(voice.new_id("Update"), by.url, actors.group(row), place=place)
        yield from voice.in_place(place, update, lanes.of_community(place.id), by)


def community_deleted(voice: Voice, event: CommunityDeleted) -> Iterator[Outgoing]:
    """A Delete of a community of ours, or the Undo of one; of one elsewhere we say nothing."""
    place, by = voice.known.places.get(event.community_id), voice.person(event.by_id)
    if place and by and place.local:
        reason = event.reason if event.removed else None
        yield from _going(voice, place, by, gone=event.deleted, reason=reason)


def _going(
    voice: Voice, place: PlaceRow, by: ActorRow, *, gone: bool, reason: str | None = None
) -> Iterator[Outgoing]:
    lane = lanes.of_community(place.id)
    identity = (voice.begin if gone else voice.end)("Delete", lane)
    delete = activities.delete(identity, by.url, place.url, place=place, reason=reason)
    yield from voice.in_place(place, delete if gone else voice.undo(delete), lane, by)


def feed_edited(voice: Voice, event: FeedEdited) -> Iterator[Outgoing]:
    """An Update by its owner, for those who follow it."""
    row, by = voice.known.feeds.get(event.feed_id), voice.person(event.by_id)
    inboxes = voice.known.feed_followers.get(event.feed_id)
    if row and by and inboxes and row.standing == "here":
        update = activities.update(voice.new_id("Update"), by.url, actors.feed(row))
        yield voice.direct(update, lanes.of_feed(row.id), Signer("person", by.id), inboxes)


def feed_item_changed(voice: Voice, event: FeedItemChanged) -> Iterator[Outgoing]:
    """An Announce by the feed that a community came or went, for those who follow it."""
    feed, place = voice.known.feed_places.get(event.feed_id), voice.known.places.get(event.community_id)
    inboxes = voice.known.feed_followers.get(event.feed_id)
    if not feed or not place or not inboxes or not feed.local or not feed.public or place.standing != "here":
        return
    change = activities.add if event.added else activities.remove
    identity = voice.new_id("Add" if event.added else "Remove")
    inner = change(identity, feed.url, place.url, target=feed.following)
    inner |= {
        "object": {"type": "Group", "id": place.url},  # PieFed reads both as documents
        "target": {"type": "Collection", "id": feed.following},
    }
    announce_id = voice.new_id("Announce")
    announce = {
        "type": "Announce",
        "id": announce_id,
        "actor": feed.url,
        "to": [PUBLIC],
        "cc": [f"{feed.url}/followers"],
        "object": inner,
    }
    yield Outgoing(
        id=announce_id,
        kind=f"Announce/{inner['type']}/Group",
        body=encoded(announce),
        signer=Signer("feed", feed.id),
        lane=lanes.of_feed(feed.id),
        inboxes=inboxes,
    )


def feed_deleted(voice: Voice, event: FeedDeleted) -> Iterator[Outgoing]:
    """A Delete by its owner, or the Undo of one, for those who follow it."""
    feed, by = voice.known.feed_places.get(event.feed_id), voice.person(event.by_id)
    inboxes = voice.known.feed_followers.get(event.feed_id)
    if not feed or not by or not inboxes or not feed.local:
        return
    lane = lanes.of_feed(feed.id)
    identity = (voice.begin if event.deleted else voice.end)("Delete", lane)
    delete = activities.delete(identity, by.url, feed.url)
    delete["object"] = {"type": "Feed", "id": feed.url}
    activity = delete if event.deleted else voice.undo(delete)
    yield voice.direct(activity, lane, Signer("person", by.id), inboxes)
