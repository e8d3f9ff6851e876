"""Values of ActivityStreams as servers really write them: one thing where a list is due, an object where an id is.

Nothing here raises for an odd value; what cannot be used is as if it were not there. Keys are read literally, as all
peers do; no context is ever fetched or expanded.

Source: https://www.w3.org/TR/activitystreams-vocabulary/
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from service.federation.errors import Malformed
from service.federation.origin import is_id

Document = dict[str, Any]

DEEPEST = 32  # levels of a document
MOST_ITEMS = 1000  # of a list that are looked at
LONGEST_WORD = 200  # characters of a type
PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}
MILLENNIUM = datetime(1990, 1, 1)  # nothing that is federated is older

PERSONS = {"Person", "Service", "Organization", "Application"}
ACTORS = PERSONS | {"Group", "Feed"}
CONTENT = {"Page", "Article", "Note", "Link", "Image", "Video", "Audio", "Question", "Event", "Document"}
MESSAGES = {"ChatMessage"}
COLLECTIONS = {"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"}
ACTIVITIES = {
    *("Follow", "Accept", "Reject", "Create", "Update", "Delete", "Undo", "Announce", "Add", "Remove"),
    *("Like", "Dislike", "EmojiReact", "Flag", "Resolve", "Lock", "Block", "Move", "Warn"),
    *("PollVote", "ChooseAnswer", "QuoteRequest"),
}
KNOWN = ACTORS | CONTENT | MESSAGES | COLLECTIONS | ACTIVITIES


def document_from(body: bytes) -> Document:
    """Read a document.

    Raises:
        Malformed: it is no JSON object, or nested too deeply.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise Malformed("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise Malformed("The body is not a JSON object.")
    _check_depth(document)
    return document


def as_list(value: Any) -> list[Any]:
    """Return what should be a list: nothing for none, the one thing where only one was written."""
    if value is None:
        return []
    return value[:MOST_ITEMS] if isinstance(value, list) else [value]


def as_id(value: Any) -> str | None:
    """Return the id of what is written as one, as an object with one, or as a list that begins with one."""
    if isinstance(value, list):
        return next((found for one in as_list(value) if (found := as_id(one))), None)
    named = value.get("id") if isinstance(value, dict) else value
    return named if isinstance(named, str) and is_id(named) else None


def ids_in(*values: Any) -> list[str]:
    """Return all ids in some values, in their order, each once."""
    found = (as_id(one) for value in values for one in as_list(value) if not isinstance(one, list))
    return list(dict.fromkeys(one for one in found if one))


def as_document(value: Any) -> Document | None:
    """Return an embedded object, or the first of several; None where only its id is written."""
    return next((one for one in as_list(value) if isinstance(one, dict)), None)


def documents_in(value: Any) -> list[Document]:
    """Return all embedded objects."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def kind_of(value: Any) -> str:
    """Return the type of an object: the first that we know where several are written, "" for none."""
    kinds = [
        one for one in as_list(value.get("type") if isinstance(value, dict) else None) if isinstance(one, str)
    ]
    known = next((kind for kind in kinds if kind in KNOWN), None)
    return (known or next(iter(kinds), ""))[:LONGEST_WORD]


def text(value: Any, longest: int) -> str:
    """Return a text without what no column can hold, cut off where it is too long; "" for anything else."""
    return value.replace("\0", "")[:longest] if isinstance(value, str) else ""


def word(value: Any) -> str:
    """Return a short text without the space around it."""
    return text(value, LONGEST_WORD).strip()


def flag(value: Any, default: bool = False) -> bool:
    """Return a yes or no; the default for anything else."""
    return value if isinstance(value, bool) else default


def number(value: Any, most: int = 2**31 - 1) -> int | None:
    """Return a whole number from 0 to `most`; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else None


def moment(value: Any) -> datetime | None:
    """Return a time as naive UTC; None where it is none, or one that no column can hold."""
    if not isinstance(value, str) or len(value) > LONGEST_WORD:
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def past(value: Any, now: datetime) -> datetime | None:
    """Return a time that lies in the past; one in the future is now, one before the network is none.

    Parameters:
        value: as moment.
        now: naive UTC.
    """
    found = moment(value)
    if found is None or found < MILLENNIUM:
        return None
    return min(found, now)


def soon(value: Any, now: datetime, within: timedelta) -> datetime | None:
    """Return a time that lies in the future, at most `within` from now; None for any other."""
    found = moment(value)
    return found if found is not None and now < found <= now + within else None


def first_link(value: Any) -> str | None:
    """Return the address in what may be one, a Link, an object with one, or a list: a page before any other type."""
    candidates = [(_href(one), _media_type(one)) for one in as_list(value)]
    usable = [(href, kind) for href, kind in candidates if href]
    pages = [href for href, kind in usable if kind in {"", "text/html"}]
    return next(iter(pages), None) or next((href for href, _ in usable), None)


def is_public(*values: Any) -> bool:
    """Whether one of the recipients is everybody."""
    named = (one.get("id") if isinstance(one, dict) else one for value in values for one in as_list(value))
    return any(isinstance(one, str) and one in PUBLIC for one in named)


def language_of(document: Document) -> str | None:
    """Return the code of the language that a document says it is in: its own field, else its only contentMap entry."""
    own = document.get("language")
    code = own.get("identifier") if isinstance(own, dict) else own
    if isinstance(code, str) and code:
        return word(code)
    named = document.get("contentMap")
    return word(next(iter(named))) if isinstance(named, dict) and len(named) == 1 else None


def markdown_of(document: Document, longest: int) -> str | None:
    """Return the Markdown that a document was written in; None where its server does not give it."""
    source = as_document(document.get("source"))
    if source is None or word(source.get("mediaType")) not in {"", "text/markdown"}:
        return None
    found = source.get("content")
    return text(found, longest) if isinstance(found, str) else None


def _href(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("href") or value.get("url")
        if isinstance(value, list | dict):
            return first_link(value)
    return value if isinstance(value, str) and is_id(value) else None


def _media_type(value: Any) -> str:
    return word(value.get("mediaType") or value.get("mimeType")).lower() if isinstance(value, dict) else ""


def _check_depth(document: Document) -> None:
    """Go down level by level, without recursion."""
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise Malformed("The document is nested too deeply.")


def _inside(value: Any) -> Iterable[Any]:
    inner: Iterable[Any] = value.values() if isinstance(value, dict) else value
    return (one for one in inner if isinstance(one, dict | list))
