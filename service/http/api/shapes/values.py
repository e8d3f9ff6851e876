"""The small values that all shapes share."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, ParamSpec, TypeVar, cast

from service.http.answer import as_json

Shape = dict[str, Any]
Kind = TypeVar("Kind")
P = ParamSpec("P")
Subscription = Literal["Subscribed", "NotSubscribed", "Pending"]


@lru_cache(8192)  # a post says twice when it was written, and a page of comments hundreds of times
def moment(when: datetime) -> str:
    """Write a naive UTC time as the clients parse it: always with microseconds and a Z."""
    return when.isoformat(timespec="microseconds") + "Z"


def in_words(shape: Callable[P, Kind], most: int) -> Callable[P, Kind]:
    """Return a function like `shape`, whose result is the JSON that it becomes, for answers that say it again.

    What was said a moment ago is kept by the rows that it was made of. They are all that it depends on, so a change
    makes another row, and what is kept cannot be out of date.

    Parameters:
        shape: of arguments that can be compared.
        most: how many are kept.
    """

    @lru_cache(most)
    def said(*args: P.args, **kwargs: P.kwargs) -> Any:
        return as_json(shape(*args, **kwargs))

    return cast("Callable[P, Kind]", said)


def address(origin: str, path: str | None) -> str | None:
    """Return an absolute address for one that may be relative to the site's root; None stays None.

    Parameters:
        origin: the site's own, without a slash at the end.
        path: an absolute address or a path that begins with a slash.
    """
    return origin + path if path and path.startswith("/") else path or None


def without_missing(shape: Kind, **optional: Any) -> Kind:
    """Add those of `optional` that have a value: the clients accept a missing field there, but no null.

    Parameters:
        shape: a typed dictionary that has these fields.
        optional: the fields, with None for what is missing.
    """
    fields: Any = shape
    for name, value in optional.items():
        if value is not None:
            fields[name] = value
    return shape


def subscription(subscribed: bool, pending: bool = False) -> Subscription:
    """Say how the viewer stands to a community."""
    if subscribed:
        return "Subscribed"
    return "Pending" if pending else "NotSubscribed"
