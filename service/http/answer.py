"""JSON in and out: what a client sends becomes a typed request, what we answer becomes bytes."""

from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta
from quart import Response, request

from service.forum.accounts.rules import storable
from service.forum.errors import Invalid

T = TypeVar("T")

# Ids and counts are PostgreSQL integers: a larger number is no id of anything.
MOST = 2**31 - 1
Id = Annotated[int, Meta(ge=0, le=MOST)]
Depth = Annotated[int, Meta(ge=0, le=1000)]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000)]
PageSize = Annotated[int, Meta(ge=1, le=MOST)]

LARGEST_PAGE = 100
JSON = "application/json"
_encoder = msgspec.json.Encoder()


def answer(body: Any, status: int = 200) -> Response:
    """Return `body` as JSON."""
    return Response(_encoder.encode(body), status, content_type=JSON)


def query_as(kind: type[T]) -> T:
    """Return the query string as a `kind`; unknown keys are ignored, empty ones count as not sent.

    Raises:
        Invalid: a key is missing or has the wrong type; names it.
    """
    sent = {key: value for key, value in request.args.items() if value != ""}
    for key, value in sent.items():
        if not storable(value):
            raise Invalid({key: "This has a character that cannot be looked for."})
    return _convert(sent, kind, strict=False)


async def body_as(kind: type[T]) -> T:
    """Return the JSON body as a `kind`; unknown keys are ignored.

    Raises:
        Invalid: the body is no JSON object, or a key is missing or has the wrong type; names it.
    """
    data = await request.get_data()
    try:
        decoded = msgspec.json.decode(data or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid({"body": f"This is not valid JSON: {error}."}) from error
    if not isinstance(decoded, dict):
        raise Invalid({"body": "Expected a JSON object."})
    return _convert(decoded, kind, strict=True)


def naive_utc(when: datetime, field: str) -> datetime:
    """Return a time as the database keeps it: UTC without saying so; one that says nothing is UTC.

    Raises:
        Invalid: there is no such time in UTC; names the field.
    """
    try:
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
    except OverflowError as error:
        raise Invalid({field: "This is no time that can be reckoned with."}) from error


def page_size(wanted: int) -> int:
    """Return how many items a page has: what was asked for, within reason."""
    return min(wanted, LARGEST_PAGE)


def next_page(page: int, has_more: bool) -> str | None:
    """Return the following page as the string that clients cast it to; None at the end."""
    return str(page + 1) if has_more else None


def _convert(values: dict[str, Any], kind: type[T], *, strict: bool) -> T:
    try:
        return msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$.")
        field = where.rstrip("`") or _missing(problem)
        raise Invalid({field: f"{problem}."}) from error


def _missing(problem: str) -> str:
    """Take the name out of "Object missing required field `x`"."""
    return problem.split("`")[1] if "`" in problem else "body"
