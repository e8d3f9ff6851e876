"""What is said of votes: on posts and comments, in polls, and of answers to questions."""

from collections.abc import Iterator

from service.federation.deliver import lanes
from service.federation.deliver.audience import LOCAL
from service.federation.deliver.forms import FOR_NAMED
from service.federation.deliver.outgoing import Outgoing, Signer, kind_of
from service.federation.speak.content import MAY_LEAVE, lane_of_comment
from service.federation.speak.voice import Voice
from service.federation.vocabulary import Document
from service.federation.write import activities, content
from service.federation.write.activities import Vote
from service.federation.write.rows import ActorRow, CommentRow, PostRow
from service.forum.events import AnswerMarked, CommentVoted, PollVoted, PostVoted


def post_voted(voice: Voice, event: PostVoted) -> Iterator[Outgoing]:
    """A Like or Dislike, or the Undo of the one that there was."""
    row, by = voice.known.posts.get(event.post_id), voice.person(event.account_id)
    if row and by and row.standing in MAY_LEAVE:
        yield from _vote(voice, event, row, by, lanes.of_post(row.id))


def comment_voted(voice: Voice, event: CommentVoted) -> Iterator[Outgoing]:
    """As of a post."""
    row, by = voice.known.comments.get(event.comment_id), voice.person(event.account_id)
    if row and by and row.standing in MAY_LEAVE:
        yield from _vote(voice, event, row, by, lane_of_comment(voice, row))


def poll_voted(voice: Voice, event: PollVoted) -> Iterator[Outgoing]:
    """A vote for each choice, to the home of the poll alone."""
    row, by = voice.known.posts.get(event.post_id), voice.person(event.account_id)
    if not row or not by or row.poll is None or row.standing not in MAY_LEAVE:
        return
    inbox = row.place.inbox if not row.place.local else row.author.inbox
    if row.place.local and row.author.instance_id == LOCAL:
        return
    lane = lanes.of_vote(lanes.of_post(row.id), by.id)
    for choice in (one for one in row.poll.choices if one.id in event.choice_ids):
        identity = voice.new_id("PollVote")
        vote = activities.poll_vote(identity, by.url, row.url, choice=choice.text, place=row.place)
        yield voice.direct(vote, lane, Signer("person", by.id), [inbox] if inbox else [])
        if row.author.instance_id != LOCAL:
            yield _choice_for_microblogs(voice, row, by, choice.text, lane)


def _choice_for_microblogs(voice: Voice, row: PostRow, by: ActorRow, choice: str, lane: str) -> Outgoing:
    """The same to the poll's author as Mastodon takes it: a Note with the choice for a name."""
    note = content.poll_choice(voice.new_id("Note"), row, by, choice)
    create = activities.create(voice.new_id("Create"), by.url, note)
    kind = f"{kind_of(create)}{FOR_NAMED}"
    return voice.direct(create, lane, Signer("person", by.id), [row.author.inbox], kind=kind)


def answer_marked(voice: Voice, event: AnswerMarked) -> Iterator[Outgoing]:
    """The choice of an answer, or the Undo of it."""
    row, by = voice.known.comments.get(event.comment_id), voice.person(event.by_id)
    if not row or not by or row.standing not in MAY_LEAVE:
        return
    lane = lane_of_comment(voice, row)
    identity = (voice.begin if event.answer else voice.end)("ChooseAnswer", lane)
    choice = activities.choose_answer(identity, by.url, row.url, place=row.place)
    yield from voice.in_place(row.place, choice if event.answer else voice.undo(choice), lane, by)


def _vote(
    voice: Voice, event: PostVoted | CommentVoted, row: PostRow | CommentRow, by: ActorRow, lane: str
) -> Iterator[Outgoing]:
    lane = lanes.of_vote(lane, by.id)
    activity = _what_changed(voice, event, row, by, lane)
    if activity is not None:
        yield from voice.in_place(row.place, activity, lane, by)
        yield from _like_for_microblogs(voice, event, row, by, lane)


def _like_for_microblogs(
    voice: Voice, event: PostVoted | CommentVoted, row: PostRow | CommentRow, by: ActorRow, lane: str
) -> Iterator[Outgoing]:
    """A Like, or the end of one, to who wrote what it is about: microblogs hear of it from nobody else."""
    liked, unliked = event.effect > 0, event.effect <= 0 and event.before > 0
    if row.author.instance_id == LOCAL or not row.author.inbox or row.standing != "here":
        return
    if liked or unliked:
        like = activities.vote(
            voice.new_id("Like"), "Like", by.url, row.url, place=row.place, emoji=event.emoji
        )
        said = like if liked else voice.undo(like)
        kind = f"{kind_of(said)}{FOR_NAMED}"
        yield voice.direct(said, lane, Signer("person", by.id), [row.author.inbox], kind=kind)


def _what_changed(
    voice: Voice, event: PostVoted | CommentVoted, row: PostRow | CommentRow, by: ActorRow, lane: str
) -> Document | None:
    """A vote the other way replaces the one before by itself: nobody needs an Undo in between."""
    kind: Vote = "Like" if (event.effect or event.before) > 0 else "Dislike"
    if event.effect:
        identity = voice.begin(kind, lane)
        return activities.vote(identity, kind, by.url, row.url, place=row.place, emoji=event.emoji)
    if event.before:
        vote = activities.vote(voice.end(kind, lane), kind, by.url, row.url, place=row.place)
        return voice.undo(vote)
    return None
