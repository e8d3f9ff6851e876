"""What is said of posts and comments: that they were written, changed, removed, or are there again."""

from collections.abc import Iterator

from service.federation.deliver import lanes
from service.federation.deliver.audience import LOCAL, inboxes_of
from service.federation.deliver.forms import AS_PAGE, FOR_NAMED
from service.federation.deliver.outgoing import Outgoing, Signer, kind_of
from service.federation.speak.quotes import quotes_gone
from service.federation.speak.voice import Voice
from service.federation.vocabulary import Document
from service.federation.write import activities, content
from service.federation.write.documents import PUBLIC
from service.federation.write.rows import ActorRow, CommentRow, PostRow
from service.forum.events import (
    CommentDeleted,
    CommentEdited,
    CommentPublished,
    PostDeleted,
    PostEdited,
    PostPublished,
)

MAY_LEAVE = {"here", "members"}


def post_published(voice: Voice, event: PostPublished) -> Iterator[Outgoing]:
    """A Create in its community, and a Note for microblogs that follow its author or whose people it names."""
    row = voice.known.posts.get(event.post_id)
    if row is None or row.standing not in MAY_LEAVE or row.author.instance_id != LOCAL:
        return
    lane = lanes.of_post(row.id)
    yield from _to_microblogs(
        voice, row, "Create"
    )  # before they fetch what is announced, which has less in it
    create = activities.create(row.create_id or voice.new_id("Create"), row.author.url, content.post(row))
    yield from voice.in_place(row.place, create, lane, row.author, announce_id=row.announce_id)
    if row.poll is not None:
        page = activities.create(voice.new_id("Create"), row.author.url, content.page_of_poll(row))
        yield from voice.in_place(row.place, page, lane, row.author, kind=f"Create/{AS_PAGE}")


def post_edited(voice: Voice, event: PostEdited) -> Iterator[Outgoing]:
    """An Update by its author, or by the moderator who changed it."""
    row = voice.known.posts.get(event.post_id)
    by = _speaker(voice, event.by_id, row)
    if row is None or by is None or row.standing not in MAY_LEAVE:
        return
    lane = lanes.of_post(row.id)
    moderates = by.id != row.author.id
    update = activities.update(voice.new_id("Update"), by.url, content.post(row))
    yield from voice.in_place(row.place, update, lane, by, as_moderator=moderates)
    if row.poll is not None:
        page = activities.update(voice.new_id("Update"), by.url, content.page_of_poll(row))
        kind = f"Update/{AS_PAGE}"
        yield from voice.in_place(row.place, page, lane, by, kind=kind, as_moderator=moderates)
    if by.id == row.author.id:
        yield from _to_microblogs(voice, row, "Update")


def post_deleted(voice: Voice, event: PostDeleted) -> Iterator[Outgoing]:
    """A Delete, with the reason where a moderator removed it, or the Undo of one."""
    row, by = voice.known.posts.get(event.post_id), voice.person(event.by_id)
    if row is None or by is None:
        return
    lane = lanes.of_post(row.id)
    yield from _gone_for_microblogs(voice, event, row, by, lane)
    if event.is_part:
        return
    activity = _deletion(voice, event, row, by, lane)
    yield from voice.in_place(row.place, activity, lane, by, as_moderator=event.removed)
    if event.deleted:
        yield from quotes_gone(voice, row.author, lane, voice.known.quotes.get(("post", row.id), ()))
    inboxes = _microblogs(voice, row)
    if inboxes and not event.removed and by.id == row.author.id and row.place.standing == "here":
        farewell = activity | {"id": voice.new_id(activity["type"])}
        kind = f"{kind_of(farewell)}{FOR_NAMED}"
        yield voice.direct(farewell, lane, Signer("person", by.id), inboxes, kind=kind)


def comment_published(voice: Voice, event: CommentPublished) -> Iterator[Outgoing]:
    """A Create in its community, and to those elsewhere whom it answers or names."""
    row = voice.known.comments.get(event.comment_id)
    if row is None or row.standing not in MAY_LEAVE or row.author.instance_id != LOCAL:
        return
    create = activities.create(row.create_id or voice.new_id("Create"), row.author.url, content.comment(row))
    yield from voice.in_place(
        row.place,
        create,
        _lane(voice, row),
        row.author,
        concerns=_named(row),
        announce_id=row.announce_id,
        directly_first=True,
    )


def comment_edited(voice: Voice, event: CommentEdited) -> Iterator[Outgoing]:
    """An Update by its author."""
    row = voice.known.comments.get(event.comment_id)
    if row is None or row.standing not in MAY_LEAVE or row.author.instance_id != LOCAL:
        return
    update = activities.update(voice.new_id("Update"), row.author.url, content.comment(row))
    yield from voice.in_place(row.place, update, _lane(voice, row), row.author, concerns=_named(row))


def comment_deleted(voice: Voice, event: CommentDeleted) -> Iterator[Outgoing]:
    """As of a post; whoever was told of it by its author hears of it from the author."""
    row, by = voice.known.comments.get(event.comment_id), voice.person(event.by_id)
    if row is None or by is None:
        return
    lane = _lane(voice, row)
    yield from _gone_for_microblogs(voice, event, row, by, lane)
    if event.is_part:
        return
    activity = _deletion(voice, event, row, by, lane)
    concerns = _named(row) if by.id == row.author.id else ()
    removed = event.removed
    yield from voice.in_place(row.place, activity, lane, by, concerns=concerns, as_moderator=removed)
    if event.deleted:
        yield from quotes_gone(voice, row.author, lane, voice.known.quotes.get(("comment", row.id), ()))


def lane_of_comment(voice: Voice, row: CommentRow) -> str:
    """Return the lane of a comment."""
    return _lane(voice, row)


def _lane(voice: Voice, row: CommentRow) -> str:
    return lanes.of_comment(row.post_id, voice.known.paths.get(row.id) or (row.id,))


def _speaker(voice: Voice, by_id: int | None, row: PostRow | None) -> ActorRow | None:
    if by_id is not None:
        return voice.person(by_id)
    return row.author if row and row.author.instance_id == LOCAL else None


def _deletion(
    voice: Voice, event: PostDeleted | CommentDeleted, row: PostRow | CommentRow, by: ActorRow, lane: str
) -> Document:
    identity = (voice.begin if event.deleted else voice.end)("Delete", lane)
    reason = event.reason if event.removed else None
    delete = activities.delete(identity, by.url, row.url, place=row.place, reason=reason)
    return delete if event.deleted else voice.undo(delete)


def _gone_for_microblogs(
    voice: Voice, event: PostDeleted | CommentDeleted, row: PostRow | CommentRow, by: ActorRow, lane: str
) -> Iterator[Outgoing]:
    """A Delete in the author's name: microblogs take it from nobody else, and know no bans that take things along."""
    is_by_another = event.deleted and event.removed and by.id != row.author.id
    if is_by_another and row.place.local and row.author.instance_id == LOCAL:
        delete = activities.delete(voice.new_id("Delete"), row.author.url, row.url, place=row.place)
        yield from voice.in_place(row.place, delete, lane, row.author, kind=f"{kind_of(delete)}{FOR_NAMED}")


def _named(row: CommentRow) -> tuple[ActorRow, ...]:
    return (*([row.answered] if row.answered else []), *row.mentions)


def _microblogs(voice: Voice, row: PostRow) -> tuple[str, ...]:
    return (*voice.known.followers.get(row.author.id, ()), *inboxes_of(row.mentions))


def _to_microblogs(voice: Voice, row: PostRow, kind: str) -> Iterator[Outgoing]:
    """Say it as a Note to who follows the author or is named; servers like this one have it from the community."""
    inboxes = _microblogs(voice, row)
    if not inboxes or row.place.standing != "here":
        return
    note = content.note_of_post(row)
    note |= {"to": [PUBLIC], "cc": [row.author.followers, *note["cc"]]}
    make = activities.create if kind == "Create" else activities.update
    activity = make(voice.new_id(kind), row.author.url, note)
    signer = Signer("person", row.author.id)
    yield voice.direct(
        activity, lanes.of_post(row.id), signer, inboxes, kind=f"{kind_of(activity)}{FOR_NAMED}"
    )
