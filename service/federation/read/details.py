"""What polls and events have beside their text.

Source: https://docs.joinmastodon.org/spec/activitypub/#Question and FEP-8a8e (events)
"""

from datetime import datetime
from typing import Any

import msgspec

from service.federation.vocabulary import (
    Document,
    as_document,
    documents_in,
    first_link,
    moment,
    number,
    text,
    word,
)

MOST_CHOICES = 50
LONGEST = 500  # characters


class Choice(msgspec.Struct, frozen=True):
    """One of a poll's choices, and how many chose it."""

    name: str
    votes: int


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll; `several` choices may be made where it says so."""

    choices: tuple[Choice, ...]
    several: bool
    ends_at: datetime | None
    closed: bool
    voters: int | None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """When and where an event is, and how one takes part; times are naive UTC."""

    starts_at: datetime | None
    ends_at: datetime | None
    timezone: str | None
    place: str | None
    address: str | None
    online_url: str | None
    join_mode: str | None
    join_url: str | None
    seats: int | None
    status: str | None


def poll_in(document: Document, now: datetime) -> Poll | None:
    """Read a Question's poll; None where it has no choices."""
    several = bool(documents_in(document.get("anyOf")))
    choices = documents_in(document.get("anyOf") if several else document.get("oneOf"))[:MOST_CHOICES]
    named = [Choice(text(one.get("name"), LONGEST).strip(), _votes(one)) for one in choices]
    closed = document.get("closed")
    ends_at = moment(document.get("endTime"))
    if not any(choice.name for choice in named):
        return None
    return Poll(
        choices=tuple(choice for choice in named if choice.name),
        several=several,
        ends_at=ends_at or moment(closed),
        closed=closed is True or ((over := moment(closed) or ends_at) is not None and over <= now),
        voters=number(document.get("votersCount")),
    )


def happening_in(document: Document) -> Happening:
    """Read an Event's time and place."""
    places = documents_in(document.get("location"))
    place = next((one for one in places if word(one.get("type")) != "VirtualLocation"), None)
    virtual = next((one for one in places if word(one.get("type")) == "VirtualLocation"), None)
    return Happening(
        starts_at=moment(document.get("startTime")),
        ends_at=moment(document.get("endTime")),
        timezone=word(document.get("timezone")) or None,
        place=text((place or {}).get("name"), LONGEST).strip() or None,
        address=_address((place or {}).get("address")),
        online_url=first_link((virtual or {}).get("url")) or first_link(document.get("onlineUrl")),
        join_mode=word(document.get("joinMode")) or None,
        join_url=first_link(document.get("externalParticipationUrl")),
        seats=number(document.get("maximumAttendeeCapacity")) or None,
        status=word(document.get("ical:status")) or None,
    )


def _votes(choice: Document) -> int:
    return number((as_document(choice.get("replies")) or {}).get("totalItems")) or 0


def _address(value: Any) -> str | None:
    if isinstance(value, str):
        return text(value, LONGEST).strip() or None
    parts = as_document(value) or {}
    names = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
    return ", ".join(found for name in names if (found := text(parts.get(name), LONGEST).strip())) or None
