"""Activities: who does what to which object, and what a community announces of it.

Each function returns the activity without a context: `announce` embeds it as it is, `documents.encoded` adds the
context outside. Whom it is for, is the caller's to say where it is not in the nature of the activity.

Source: https://www.w3.org/TR/activitypub/, FEP-1b12 (announced activities)
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from service.federation.vocabulary import Document, as_id
from service.federation.write.documents import PUBLIC, everybody_of, stamp
from service.federation.write.rows import PlaceRow

Vote = Literal["Like", "Dislike"]


def follow(identity: str, actor: str, followed: str) -> Document:
    """Return the wish to follow a person, a community or a feed."""
    return _activity(identity, "Follow", actor, followed, to=[followed])


def accept(identity: str, actor: str, wish: Document, *, result: str | None = None) -> Document:
    """Return the consent to a Follow or a QuoteRequest.

    Parameters:
        wish: as it came; it is embedded.
        result: the id of the stamp by which a quote is recognised.
    """
    wishing = as_id(wish.get("actor"))
    return _activity(
        identity,
        "Accept",
        actor,
        without_context(wish),
        to=[wishing] if wishing else None,
        result=result,
    )


def reject(identity: str, actor: str, wish: Document) -> Document:
    """Return the refusal of a Follow or a QuoteRequest; see accept."""
    return accept(identity, actor, wish) | {"type": "Reject"}


def create(identity: str, actor: str, thing: Document) -> Document:
    """Return the news that something was written, for those whom the thing itself is for."""
    return _activity(identity, "Create", actor, thing, **_as_for(thing))


def update(identity: str, actor: str, thing: Document, *, place: PlaceRow | None = None) -> Document:
    """Return the news that something, or an actor, was changed.

    Parameters:
        place: the community that it belongs to, where the thing does not name those whom it is for.
    """
    addressed = _as_for(thing) if "to" in thing else _in(place)
    return _activity(identity, "Update", actor, thing, **addressed)


def delete(
    identity: str,
    actor: str,
    thing: str,
    *,
    place: PlaceRow | None = None,
    to: Sequence[str] = (PUBLIC,),
    reason: str | None = None,
    removes_data: bool = False,
) -> Document:
    """Return the news that something is gone.

    Parameters:
        place: where it stood; None for accounts and messages.
        to: who is told, where it stood nowhere.
        reason: of a moderator; even an empty one says that it was a moderator who removed it.
        removes_data: an account goes with all that it wrote.
    """
    addressed = _in(place) if place else {"to": list(to)}
    more: dict[str, Any] = {} if reason is None else {"summary": reason}
    if removes_data:
        more["removeData"] = True
    return _activity(identity, "Delete", actor, thing, **addressed, **more)


def vote(
    identity: str, kind: Vote, actor: str, thing: str, *, place: PlaceRow, emoji: str | None = None
) -> Document:
    """Return a vote, or, with an emoji, a reaction that is one."""
    more = {"content": emoji} if emoji else {}
    return _activity(identity, kind, actor, thing, audience=place.url, **more)


def poll_vote(identity: str, actor: str, poll: str, *, choice: str, place: PlaceRow) -> Document:
    """Return a vote in a poll as PieFed understands it."""
    return _activity(identity, "PollVote", actor, poll, choice_text=choice, audience=place.url)


def choose_answer(identity: str, actor: str, comment: str, *, place: PlaceRow) -> Document:
    """Return the choice of a comment as the answer to a question."""
    return _activity(identity, "ChooseAnswer", actor, comment, **_in(place))


def lock(identity: str, actor: str, thing: str, *, place: PlaceRow, reason: str | None = None) -> Document:
    """Return the news that nobody may answer a post or comment any more."""
    more = {"summary": reason} if reason else {}
    return _activity(identity, "Lock", actor, thing, **_in(place), **more)


def add(identity: str, actor: str, thing: str, *, target: str, place: PlaceRow | None = None) -> Document:
    """Return the news that something or somebody came into a collection: pinned posts, moderators, a feed's places.

    Parameters:
        target: the address of the collection.
        place: the community whose collection it is; None for a feed's.
    """
    return _activity(identity, "Add", actor, thing, target=target, **_in(place))


def remove(identity: str, actor: str, thing: str, *, target: str, place: PlaceRow | None = None) -> Document:
    """Return the news that something or somebody left a collection; see add."""
    return _activity(identity, "Remove", actor, thing, target=target, **_in(place))


def flag(
    identity: str, actor: str, things: Sequence[str], *, reason: str, to: Sequence[str], audience: str | None
) -> Document:
    """Return a report, for those who moderate and for the author's server.

    Parameters:
        things: ids of what is reported; one is written by itself, as Lemmy expects it.
    """
    subject: Any = things[0] if len(things) == 1 else list(things)
    return _activity(identity, "Flag", actor, subject, to=list(to), summary=reason, audience=audience)


def resolve(identity: str, actor: str, report: Document | str, *, place: PlaceRow) -> Document:
    """Return the news that moderators have dealt with a report."""
    return _activity(identity, "Resolve", actor, report, to=[place.url], audience=place.url)


def block(
    identity: str,
    actor: str,
    person: str,
    *,
    target: str,
    place: PlaceRow | None = None,
    reason: str = "",
    ends_at: datetime | None = None,
    removes_data: bool = False,
) -> Document:
    """Return the news of a ban.

    Parameters:
        target: the id of the community or of the server's actor that the person is banned from.
        place: that community; None for a server.
        ends_at: naive UTC; None for ever.
        removes_data: what the person wrote there goes along.
    """
    addressed = _in(place) if place else {"to": [PUBLIC], "cc": [], "audience": target}
    until = stamp(ends_at) if ends_at else None
    return _activity(
        identity,
        "Block",
        actor,
        person,
        target=target,
        **addressed,
        summary=reason,
        removeData=removes_data,
        endTime=until,  # Lemmy's word, and the one before it
        expires=until,
    )


def move(
    identity: str, actor: str, thing: str, *, origin: str, target: str, place: PlaceRow | None = None
) -> Document:
    """Return the news that a post went to another community, or an account to another server."""
    return _activity(identity, "Move", actor, thing, origin=origin, target=target, **_in(place))


def undo(identity: str, actor: str, done: Document) -> Document:
    """Return the news that what was done is taken back, for those who were told of it.

    Parameters:
        done: the activity, whole; most servers find by it what to take back. Of a ban with `removeData`, what it took
            along comes back, which Lemmy reads beside it.
    """
    addressed = {name: done[name] for name in ("to", "cc", "audience") if name in done}
    more = {"restoreData": True} if done.get("removeData") else {}
    return _activity(identity, "Undo", actor, done, **addressed, **more)


def announce(identity: str, place: PlaceRow, inner: Any) -> Document:
    """Return what a community tells its followers: an activity, or, for microblogs, the id of a post.

    Parameters:
        inner: an activity, as we made it or as it came; its own context is left out.
    """
    return _activity(
        identity, "Announce", place.url, without_context(inner), to=everybody_of(place), cc=[place.followers]
    )


def without_context(activity: Any) -> Any:
    """Return an activity as it is embedded."""
    if not isinstance(activity, dict):
        return activity
    return {name: value for name, value in activity.items() if name != "@context"}


def _activity(identity: str, kind: str, actor: str, subject: Any, **more: Any) -> Document:
    document: Document = {"type": kind, "id": identity, "actor": actor, "object": subject}
    return document | {name: value for name, value in more.items() if value is not None}


def _in(place: PlaceRow | None) -> dict[str, Any]:
    """Return whom something is for that happened in a community; everybody, where it happened in none."""
    if place is None:
        return {"to": [PUBLIC]}
    return {"to": everybody_of(place), "cc": [place.url], "audience": place.url}


def _as_for(thing: Document) -> dict[str, Any]:
    """For whom it is, as the thing says; Lemmy looks for whom a comment names on the activity alone."""
    named = {name: thing[name] for name in ("to", "cc", "audience") if name in thing}
    mentions = [tag for tag in thing.get("tag", ()) if tag["type"] == "Mention"]
    return named | ({"tag": mentions} if mentions else {})
