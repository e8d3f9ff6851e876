"""JSON in and out: what a client sends becomes a typed request, what we answer becomes bytes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, inspect
from quart import Response, request

from service.forum.checks import storable
from service.forum.errors import Invalid
from service.http.refusals import Problem
from service.language.sentences import plain

T = TypeVar("T")

# Ids and counts are PostgreSQL integers: a larger number is no id of anything.
MOST = 2**31 - 1
Id = Annotated[int, Meta(ge=0, le=MOST)]

BOUNDS = "bounds"
LARGEST_PAGE = 100
LAST_PAGE = 1_000_000
DEEPEST = 1000
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
JSON = "application/json"
# What msgspec says of a word that is none of those of `one_of`.
ONE_OF = re.compile(r"Expected `str` matching regex '\^\(\?:(.*)\)\$'")
_encoder = msgspec.json.Encoder(enc_hook=plain)


def limiting(least: int, most: int, words: str) -> Meta:
    """Describe a number of a query string that only limits; above `most` it is `most`, below `least` as if not sent.

    Apps that want everything send whatever is large, and PieFed lets them.

    Parameters:
        least, most: its bounds.
        words: what it says, for the description of the API.
    """
    return Meta(description=words, extra={BOUNDS: (least, most)})


def one_of(words: Iterable[str]) -> Meta:
    """Describe a text that is one of these words; any other one is refused."""
    known = list(words)
    return Meta(pattern=f"^(?:{'|'.join(known)})$", extra_json_schema={"enum": known})


Depth = Annotated[int, limiting(0, DEEPEST, f"Levels; {DEEPEST:,} at most are given")]
PageNumber = Annotated[int, limiting(1, LAST_PAGE, "From 1; beyond the last page there is nothing")]
PageSize = Annotated[int, limiting(1, LARGEST_PAGE, f"{LARGEST_PAGE} at most are given")]


def answer(body: Any, status: int = 200) -> Response:
    """Return `body` as JSON."""
    return Response(_encoder.encode(body), status, content_type=JSON)


def as_json(body: Any) -> msgspec.Raw:
    """Return a part of an answer as the bytes that it becomes."""
    return msgspec.Raw(_encoder.encode(body))


def answer_problem(problem: Problem, status: int, message: str) -> Response:
    """Return what went wrong as programs read it, with a sentence for each input at fault."""
    body: dict[str, Any] = {"code": status, "message": message, "status": HTTPStatus(status).phrase}
    if problem.fields:
        body["errors"] = {"json": problem.fields}
    return answer(body, status)


def query_as(kind: type[T]) -> T:
    """Return the query string as a `kind`; unknown keys are ignored, empty ones count as not sent.

    Raises:
        Invalid: a key is missing or has the wrong type; names it.
    """
    sent = {key: value for key, value in request.args.items() if value != ""}
    for key, value in sent.items():
        if not storable(value):
            raise Invalid({key: "This has a character that cannot be searched for."})
    return _convert(_within_bounds(sent, kind), kind, strict=False)


async def body_as(kind: type[T]) -> T:
    """Return the JSON body as a `kind`; unknown keys are ignored.

    Raises:
        Invalid: the body is no JSON object, or a key is missing or has the wrong type; names it.
    """
    data = await request.get_data()
    try:
        # Into its kind at once: what nobody asked for is passed over, however much of it there is.
        return msgspec.json.decode(data or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise _names_field(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid({"body": f"This is not valid JSON: {error}."}) from error


def naive_utc(when: datetime, field: str) -> datetime:
    """Return a time as the database keeps it: UTC without saying so; one that says nothing is UTC.

    Raises:
        Invalid: there is no such time in UTC; names the field.
    """
    try:
        return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
    except OverflowError as error:
        raise Invalid({field: "This date is out of range."}) from error


def next_page(page: int, has_more: bool) -> str | None:
    """Return the following page as the string that clients cast it to; None at the end."""
    return str(page + 1) if has_more else None


def _within_bounds(sent: dict[str, str], kind: type) -> dict[str, str]:
    """Bring what only limits within its bounds; less than the least counts as not sent."""
    kept = dict(sent)
    for name, (least, most) in _bounds_of(kind).items():
        if WHOLE_NUMBER.fullmatch(sent.get(name, "")):
            number = float(sent[name])  # of any length
            if number < least:
                del kept[name]
            elif number > most:
                kept[name] = str(most)
    return kept


@cache
def _bounds_of(kind: type) -> dict[str, tuple[int, int]]:
    fields = getattr(inspect.type_info(kind), "fields", ())
    return {field.encode_name: bounds for field in fields if (bounds := _bounds_in(field.type))}


def _bounds_in(kind: inspect.Type) -> tuple[int, int] | None:
    if isinstance(kind, inspect.UnionType):
        return next(filter(None, map(_bounds_in, kind.types)), None)
    return (kind.extra or {}).get(BOUNDS) if isinstance(kind, inspect.Metadata) else None


def _convert(values: dict[str, Any], kind: type[T], *, strict: bool) -> T:
    try:
        return msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise _names_field(error) from error


def _names_field(error: msgspec.ValidationError) -> Invalid:
    problem, _, where = str(error).partition(" - at `$.")
    field = where.rstrip("`") or _missing(problem)
    if choice := ONE_OF.fullmatch(problem):
        problem = f"Expected one of {choice[1].replace('|', ', ')}"
    return Invalid({field: f"{problem}."})


def _missing(problem: str) -> str:
    """Take the name out of "Object missing required field `x`"."""
    return problem.split("`")[1] if problem.startswith("Object missing") else "body"
