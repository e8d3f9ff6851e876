"""What differs between two answers, field by field; entries of lists are known by their ids, not by their places."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

Json = Any
ABSENT = "absent"

# What an entry of a list is known by: the first of these groups of which it has any.
_IDENTITIES = (
    ("comment.id",),
    ("post.id",),
    ("community.id", "moderator.id"),
    ("person.id", "target.id"),
    ("private_message.id",),
    ("creator.id",),
    ("notif_id",),
    ("id",),
    ("post_id",),
)


class Difference(msgspec.Struct, frozen=True):
    """One field of an answer that is not as expected.

    Attributes:
        field: as `posts[].post.title`; '' for the whole answer.
        how: "missing" or "more" for a field that only they, or only we, have; "other" for its value; of a list
            "entries" where others are in it, and "order" where they stand otherwise.
        theirs, ours: the values; of a list the entries, for "entries" only those that the other side lacks.
    """

    field: str
    how: str
    theirs: Json
    ours: Json


def differences(theirs: Json, ours: Json, field: str = "") -> Iterator[Difference]:
    """Find what differs.

    Parameters:
        theirs: what is expected; ours: what is there.
    """
    if isinstance(theirs, dict) and isinstance(ours, dict):
        yield from _between_objects(theirs, ours, field)
    elif isinstance(theirs, list) and isinstance(ours, list):
        yield from _between_lists(theirs, ours, f"{field}[]")
    elif field.endswith("post.tags") and isinstance(theirs, str) and isinstance(ours, str):
        # Words in no order: it varies from answer to answer of the real one.
        yield from differences(sorted(theirs.split(", ")), sorted(ours.split(", ")), field)
    elif theirs != ours:
        yield Difference(field, "other", theirs, ours)


def identity_of(entry: Json) -> str:
    """Return what an entry of a list is known by, as `post.id 14`."""
    if not isinstance(entry, dict):
        return str(entry)
    for group in _IDENTITIES:
        found = [f"{path} {value}" for path in group if (value := inner(entry, path)) is not None]
        if found:
            return ", ".join(found)
    return repr(sorted(entry))


def inner(entry: Json, path: str) -> Json:
    """Return the field at a path such as `post.id`; None where there is none."""
    for name in path.split("."):
        entry = entry.get(name) if isinstance(entry, dict) else None
    return entry


def _between_objects(
    theirs: Mapping[str, Json], ours: Mapping[str, Json], field: str
) -> Iterator[Difference]:
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        within = f"{field}.{name}" if field else name
        if name not in ours:
            yield Difference(within, "missing", theirs[name], ABSENT)
        elif name not in theirs:
            yield Difference(within, "more", ABSENT, ours[name])
        else:
            yield from differences(theirs[name], ours[name], within)


def _between_lists(theirs: Sequence[Json], ours: Sequence[Json], field: str) -> Iterator[Difference]:
    wanted, known = [[identity_of(entry) for entry in side] for side in (theirs, ours)]
    if sorted(wanted) != sorted(known):
        lacking = [entry for identity, entry in zip(wanted, theirs, strict=True) if identity not in known]
        besides = [entry for identity, entry in zip(known, ours, strict=True) if identity not in wanted]
        yield Difference(field, "entries", lacking, besides)
    both = [identity for identity in wanted if identity in known]
    if both != [identity for identity in known if identity in wanted]:
        yield Difference(field, "order", theirs, ours)
    entries = dict(zip(known, ours, strict=True))
    for identity, entry in zip(wanted, theirs, strict=True):
        if identity in entries:
            yield from differences(entry, entries[identity], field)
