"""Activities: who does what to which object, taken out of what announces them.

`Announce` is no activity of its own where it wraps one: the inner one is read, with the announcer beside it.

Source: https://www.w3.org/TR/activitypub/, FEP-1b12 (announced activities), FEP-1a11 (several in one)
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from service.federation.errors import Malformed, NotTheirs
from service.federation.origin import same_origin
from service.federation.vocabulary import (
    ACTIVITIES,
    COLLECTIONS,
    Document,
    as_document,
    as_id,
    as_list,
    flag,
    ids_in,
    is_public,
    kind_of,
    past,
    soon,
    text,
    word,
)

MOST_IN_ONE = 100  # activities in one Announce
MOST_NAMED = 50  # things that one report is about
LONGEST_REASON = 500  # characters
LONGEST_BAN = timedelta(days=365 * 100)


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did.

    Attributes:
        id: None where the sender gave none, or one of another server's.
        kind: one of ACTIVITIES.
        actor: who did it.
        object_id: what it was done to; None for an object without an id.
        object: that object where it was embedded, else None; another activity for Undo, Accept and Reject.
        object_kind: the embedded object's type, "" for a bare id.
        others: further ids where the object is a list (reports name post and author).
        target: the collection, community or server that it is about.
        via: the community or feed that announced it.
        reason: `summary`, else `content` for reports; a blank says that a moderator did it without a word.
        emoji: the reaction of a Like or EmojiReact.
        ends_at: of a ban.
        removes_data: a ban or deletion takes the content along; undone, it gives it back.
        with_replies: a removal takes along all that stands below.
        instrument, result: of quotes.
        document: the activity as it came, without what announced it.
    """

    id: str | None
    kind: str
    actor: str
    object_id: str | None
    object: Document | None
    object_kind: str = ""
    others: tuple[str, ...] = ()
    target: str | None = None
    via: str | None = None
    recipients: tuple[str, ...] = ()
    audience: str | None = None
    public: bool = False
    published: datetime | None = None
    reason: str | None = None
    emoji: str | None = None
    ends_at: datetime | None = None
    removes_data: bool = False
    with_replies: bool = False
    instrument: str | None = None
    result: str | None = None
    document: Document = msgspec.field(default_factory=dict)


def activities_in(document: Document, now: datetime) -> list[Activity]:
    """Read a document that was sent to us: one activity, or those that it announces, at most 100.

    Of several in one Announce, those that cannot be read are left out.

    Parameters:
        document: as it came.
        now: naive UTC.

    Raises:
        Malformed: it is no activity, or lacks what makes one.
    """
    inner = _announced(document)
    if inner is None:
        return [activity_from(document, now)]
    announcer = as_id(document.get("actor"))
    if announcer is None:
        raise Malformed("actor: an activity needs one.")
    if len(inner) == 1:
        return [activity_from(inner[0], now, via=announcer)]
    return [found for one in inner if (found := _readable(one, now, announcer))]


def activity_from(document: Document, now: datetime, *, via: str | None = None) -> Activity:
    """Read one activity.

    Raises:
        Malformed: a type that is none of an activity, no actor, or no object.
    """
    kind, actor, subject = kind_of(document), as_id(document.get("actor")), document.get("object")
    if kind not in ACTIVITIES:
        raise Malformed(f"type: {kind or 'nothing'} is no activity that is known here.")
    if actor is None:
        raise Malformed("actor: an activity needs one.")
    embedded = as_document(subject)
    found = ids_in(subject)
    if not found and embedded is None:
        raise Malformed("object: an activity needs one.")
    return Activity(
        id=own_id(document, actor),
        kind=kind,
        actor=actor,
        object_id=as_id(subject),
        object=embedded,
        object_kind=kind_of(embedded) if embedded else "",
        others=tuple(found[1:MOST_NAMED]),
        target=as_id(document.get("target")),
        via=via,
        recipients=tuple(ids_in(document.get("to"), document.get("cc"))),
        audience=as_id(document.get("audience")),
        public=is_public(document.get("to"), document.get("cc")),
        published=past(document.get("published"), now),
        reason=_reason(document, kind),
        emoji=_emoji(document, kind),
        ends_at=soon(document.get("endTime") or document.get("expires"), now, LONGEST_BAN),
        removes_data=flag(document.get("removeData")),
        with_replies=flag(document.get("withReplies")),
        instrument=as_id(document.get("instrument")),
        result=as_id(document.get("result")),
        document=document,
    )


def undone(activity: Activity, now: datetime) -> Activity | None:
    """Return what an Undo takes back, or an Accept or Reject answers; None where only its id can be read.

    Raises:
        NotTheirs: somebody else did it.
    """
    inner = _readable(activity.object, now, activity.via) if activity.object is not None else None
    if inner is None:
        return None
    if activity.kind == "Undo" and not same_origin(inner.actor, activity.actor):
        raise NotTheirs("Only who did something may undo it, or somebody of the same server.")
    # Lemmy says it here, beside what is undone.
    gives_back = activity.kind == "Undo" and flag(activity.document.get("restoreData"))
    return msgspec.structs.replace(inner, removes_data=inner.removes_data or gives_back)


def own_id(document: Document, actor: str) -> str | None:
    """Return a document's id if it is of the actor's own server; whoever names another's cannot speak for it."""
    identity = as_id(document)
    return identity if identity is not None and same_origin(identity, actor) else None


def _announced(document: Document) -> list[Document] | None:
    """Return the activities that an Announce wraps; None where it announces a thing, or is no Announce."""
    if kind_of(document) != "Announce":
        return None
    wrapped: list[Any] = as_list(document.get("object"))
    if len(wrapped) == 1 and kind_of(wrapped[0]) in COLLECTIONS:
        wrapped = as_list(wrapped[0].get("orderedItems") or wrapped[0].get("items"))
    wrapped = wrapped[:MOST_IN_ONE]
    inner = [one for one in wrapped if kind_of(one) in ACTIVITIES - {"Announce"}]
    return inner or None


def _readable(document: Document, now: datetime, announcer: str | None) -> Activity | None:
    try:
        return activity_from(document, now, via=announcer)
    except Malformed:
        return None


def _reason(document: Document, kind: str) -> str | None:
    given = document.get("summary")
    if kind == "Flag" and not word(given):
        given = document.get("content")
    return text(given, LONGEST_REASON) if isinstance(given, str) else None


def _emoji(document: Document, kind: str) -> str | None:
    if kind not in {"Like", "EmojiReact"}:
        return None
    return word(document.get("content") or document.get("_misskey_reaction")) or None
