"""What is said of moderation: locks, pins, distinguished comments, bans and moderators."""

from collections.abc import Iterator

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.speak.content import lane_of_comment
from service.federation.speak.voice import Voice
from service.federation.write import activities, content
from service.federation.write.rows import ActorRow, CommentRow, PostRow
from service.forum.events import (
    AccountBanned,
    CommentDistinguished,
    CommentModerated,
    MemberBanned,
    ModeratorChanged,
    PostModerated,
    PostMoved,
)

LOCKS = {"lock_post": True, "unlock_post": False, "lock_post_reply": True, "unlock_post_reply": False}
PINS = {"featured_post": True, "unfeatured_post": False}


def post_moderated(voice: Voice, event: PostModerated) -> Iterator[Outgoing]:
    """Locked, unlocked, pinned, unpinned."""
    row, by = voice.known.posts.get(event.post_id), voice.person(event.by_id)
    if row is None or by is None:
        return
    lane = lanes.of_post(row.id)
    if event.action in LOCKS:
        yield from _lock(voice, row, by, lane, LOCKS[event.action], event.reason)
    elif event.action in PINS:
        change = activities.add if PINS[event.action] else activities.remove
        identity = voice.new_id("Add" if PINS[event.action] else "Remove")
        activity = change(identity, by.url, row.url, target=row.place.featured, place=row.place)
        yield from voice.in_place(row.place, activity, lane, by, as_moderator=True)


def post_moved(voice: Voice, event: PostMoved) -> Iterator[Outgoing]:
    """A Move, told where the post stood before."""
    row, by = voice.known.posts.get(event.post_id), voice.person(event.by_id)
    origin = voice.known.places.get(event.origin_id)
    if row is None or by is None or origin is None or row.standing != "here":
        return
    lane = lanes.of_post(row.id)
    move = activities.move(
        voice.new_id("Move"), by.url, row.url, origin=origin.url, target=row.place.url, place=origin
    )
    yield from voice.in_place(origin, move, lane, by, as_moderator=by.id != row.author.id)


def comment_moderated(voice: Voice, event: CommentModerated) -> Iterator[Outgoing]:
    """Locked or unlocked."""
    row, by = voice.known.comments.get(event.comment_id), voice.person(event.by_id)
    if row and by and event.action in LOCKS:
        yield from _lock(voice, row, by, lane_of_comment(voice, row), LOCKS[event.action], event.reason)


def comment_distinguished(voice: Voice, event: CommentDistinguished) -> Iterator[Outgoing]:
    """An Update of the comment, which says it of itself."""
    row, by = voice.known.comments.get(event.comment_id), voice.person(event.by_id)
    if row and by and row.standing in {"here", "members"}:
        update = activities.update(voice.new_id("Update"), by.url, content.comment(row))
        yield from voice.in_place(row.place, update, lane_of_comment(voice, row), by)


def member_banned(voice: Voice, event: MemberBanned) -> Iterator[Outgoing]:
    """A Block from the community, or the Undo of one; whoever is banned hears of it at home, too."""
    place, by = voice.known.places.get(event.community_id), voice.person(event.by_id)
    person = voice.known.people.get(event.account_id)
    if not place or not by or not person:
        return
    lane = lanes.of_member(place.id, person.id)
    block = activities.block(
        (voice.begin if event.banned else voice.end)("Block", lane),
        by.url,
        person.url,
        target=place.url,
        place=place,
        reason=event.reason,
        ends_at=event.until,
        removes_data=event.removes_content,
    )
    activity = block if event.banned else voice.undo(block)
    yield from voice.in_place(place, activity, lane, by, concerns=[person])


def account_banned(voice: Voice, event: AccountBanned) -> Iterator[Outgoing]:
    """A Block from this site, for all who may know the account or have what it wrote here."""
    by, person = voice.person(event.by_id), voice.known.people.get(event.account_id)
    if not by or not person:
        return
    lane = lanes.of_person(person.id)
    block = activities.block(
        (voice.begin if event.banned else voice.end)("Block", lane),
        by.url,
        person.url,
        target=f"https://{voice.domain}/",
        reason=event.reason,
        ends_at=event.until,
        removes_data=event.removes_content,
    )
    activity = block if event.banned else voice.undo(block)
    yield voice.direct(activity, lane, Signer("person", by.id), everybody=True)


def moderator_changed(voice: Voice, event: ModeratorChanged) -> Iterator[Outgoing]:
    """Somebody came among the moderators, or left them."""
    place, by = voice.known.places.get(event.community_id), voice.person(event.by_id)
    person = voice.known.people.get(event.account_id)
    if not place or not by or not person:
        return
    change = activities.add if event.added else activities.remove
    identity = voice.new_id("Add" if event.added else "Remove")
    activity = change(identity, by.url, person.url, target=place.moderators, place=place)
    lane = lanes.of_member(place.id, person.id)
    yield from voice.in_place(place, activity, lane, by, concerns=[person])


def _lock(
    voice: Voice, row: PostRow | CommentRow, by: ActorRow, lane: str, locked: bool, reason: str
) -> Iterator[Outgoing]:
    identity = (voice.begin if locked else voice.end)("Lock", lane)
    lock = activities.lock(identity, by.url, row.url, place=row.place, reason=reason or None)
    activity = lock if locked else voice.undo(lock)
    yield from voice.in_place(row.place, activity, lane, by, as_moderator=by.id != row.author.id)
