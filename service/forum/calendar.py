"""When and where a post of the kind event takes place."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, ColumnElement, case, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.rules import problem_with_timezone
from service.forum.checks import refuse, storable, too_long
from service.forum.errors import Invalid
from service.forum.posts.choices import JoinMode, PostType
from service.forum.posts.rules import host_of
from service.forum.posts.shapes import EventRow
from service.language import _
from service.storage.clock import EPOCH
from service.storage.tables import CalendarEvent, Post

ADDRESS_LENGTH = 1024
LOCATION_LENGTH = 4000
CURRENCY_LENGTH = 4
DEAREST = 1_000_000_000
MOST_PEOPLE = 2**31 - 1
FAR_AWAY = datetime(3000, 1, 1)


class EventDetails(msgspec.Struct, frozen=True, kw_only=True):
    """When and where something takes place; the names are those of the columns.

    Attributes:
        start, end: Naive UTC.
        timezone: Where the times are to be read in, by its IANA name; may be empty.
        max_attendees: 0 for any number.
        location: Whatever describes the place, as JSON.
    """

    start: datetime
    end: datetime
    timezone: str = ""
    max_attendees: int = 0
    online: bool = False
    online_link: str | None = None
    join_mode: str = JoinMode.FREE
    external_participation_url: str | None = None
    anonymous_participation: bool = False
    buy_tickets_link: str | None = None
    event_fee_currency: str = ""
    event_fee_amount: float = 0
    location: dict[str, Any] | None = None


def check(event: EventDetails) -> None:
    """Raise Invalid with all that is wrong with an event."""
    refuse(_problems_with(event))


def _checked(event: EventDetails, sent: bool) -> EventDetails:
    """The event, or as much of it as can be stored where another server sent it; Invalid without a time."""
    if not sent:
        check(event)
        return event
    usual = {field.name: field.default for field in msgspec.structs.fields(EventDetails)}
    wrong = {name for name, problem in _problems_with(event).items() if problem}
    if "start" in wrong:
        raise Invalid({"start": _("Enter a start time for the event.")})
    usual["end"] = event.start
    return msgspec.structs.replace(event, **{name: usual[name] for name in wrong})


def _problems_with(event: EventDetails) -> dict[str, str | None]:
    return {
        "start": _problem_with_time(event.start),
        "end": _problem_with_time(event.end)
        or (_("The event can't end before it starts.") if event.end < event.start else None),
        "timezone": problem_with_timezone(event.timezone) if event.timezone else None,
        "max_attendees": None if 0 <= event.max_attendees <= MOST_PEOPLE else _("Enter 0 or more."),
        "online_link": _problem_with_address(event.online_link),
        "external_participation_url": _problem_with_address(event.external_participation_url),
        "buy_tickets_link": _problem_with_address(event.buy_tickets_link),
        "event_fee_currency": too_long(event.event_fee_currency, CURRENCY_LENGTH),
        "event_fee_amount": None if 0 <= event.event_fee_amount <= DEAREST else _("Enter a valid fee."),
        "location": _problem_with_location(event.location),
    }


async def attach(session: AsyncSession, post: Post, event: EventDetails, *, sent: bool = False) -> None:
    """Give a new post its time and place. Raises as `check`.

    Parameters:
        sent: by another server; what cannot be stored of it is left out.
    """
    event = _checked(event, sent)
    session.add(CalendarEvent(post_id=post.id, full=False, participant_count=0, **_columns(event)))
    await session.flush()


async def change(session: AsyncSession, post: Post, event: EventDetails, *, sent: bool = False) -> None:
    """Change time and place of a post, which the caller has locked; Invalid if it is no event, else as `attach`."""
    row = await session.get(CalendarEvent, post.id)
    if post.type != PostType.EVENT or row is None:
        raise Invalid({"event": _("This post isn't an event.")})
    event = _checked(event, sent)
    for name, value in _columns(event).items():
        setattr(row, name, value)
    await session.flush()


def _columns(event: EventDetails) -> dict[str, Any]:
    """What is stored; an address that is not there is no NULL to pyfedi."""
    return msgspec.structs.asdict(event) | {"online_link": event.online_link or ""}


def event_of(post: Any) -> ColumnElement[Any]:
    """SQL: time and place of a post for `event_row`; NULL without. Other kinds of posts look nothing up."""
    columns = [getattr(CalendarEvent, name) for name in EventRow.__struct_fields__]
    event = (
        select(func.json_build_array(*columns))
        .where(CalendarEvent.post_id == post.id)
        .correlate(post)
        .scalar_subquery()
    )
    return cast(case((post.type == literal_column(str(PostType.EVENT)), event)), JSON)


def event_row(value: list[Any]) -> EventRow:
    """The time and place in the value of the column above; NULLs of old rows become what they stand for."""
    sent = dict(zip(EventRow.__struct_fields__, value, strict=True))
    start = datetime.fromisoformat(sent["start"]) if sent["start"] else EPOCH
    return EventRow(
        start=start,
        end=datetime.fromisoformat(sent["end"]) if sent["end"] else start,
        timezone=sent["timezone"] or "",
        max_attendees=sent["max_attendees"] or 0,
        participant_count=sent["participant_count"] or 0,
        full=bool(sent["full"]),
        online=bool(sent["online"]),
        online_link=sent["online_link"] or None,
        join_mode=sent["join_mode"] or JoinMode.FREE,
        external_participation_url=sent["external_participation_url"] or None,
        anonymous_participation=bool(sent["anonymous_participation"]),
        buy_tickets_link=sent["buy_tickets_link"] or None,
        event_fee_currency=sent["event_fee_currency"] or "",
        event_fee_amount=sent["event_fee_amount"] or 0,
        location=sent["location"],
    )


def _problem_with_time(when: datetime) -> str | None:
    return None if EPOCH <= when <= FAR_AWAY else _("Enter a date between 1970 and 3000.")


def _problem_with_address(url: str | None) -> str | None:
    if not url:
        return None
    is_web = host_of(url) is not None and url.isprintable() and " " not in url
    return too_long(url, ADDRESS_LENGTH) if is_web else _("Enter a valid web address.")


def _problem_with_location(location: dict[str, Any] | None) -> str | None:
    if location is None:
        return None
    text = msgspec.json.encode(location).decode()
    if "\\u0000" in text or not storable(text):
        return _("This contains a character that can't be saved.")
    return _("This location is too long.") if len(text) > LOCATION_LENGTH else None
