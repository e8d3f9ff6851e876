"""/api/alpha: polls and events as they are sent with a post."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.forum.calendar import EventDetails
from service.forum.polls import NewPoll
from service.forum.posts.choices import PollMode
from service.http.answer import naive_utc
from service.http.api import words


class ChoiceSent(msgspec.Struct):
    """A choice of a poll, and where it stands among the others."""

    choice_text: str
    sort_order: int = 0


class PollSent(msgspec.Struct):
    """A poll as clients send one."""

    choices: Annotated[list[ChoiceSent], Meta(max_length=100)]
    mode: words.PollMode = "single"
    end_poll: datetime | None = None
    local_only: bool = False

    def new(self) -> NewPoll:
        """Return the poll as the forum takes it."""
        ordered = sorted(self.choices, key=lambda choice: choice.sort_order)
        return NewPoll(
            choices=tuple(choice.choice_text for choice in ordered),
            mode=PollMode.named(self.mode, PollMode.SINGLE),
            end=naive_utc(self.end_poll, "end_poll") if self.end_poll else None,
            local_only=self.local_only,
        )


class EventSent(msgspec.Struct):
    """An event as clients send one."""

    start: datetime
    end: datetime
    timezone: str | None = None
    max_attendees: int | None = None
    online: bool = False
    online_link: str | None = None
    join_mode: words.JoinMode = "free"
    external_participation_url: str | None = None
    anonymous_participation: bool = False
    buy_tickets_link: str | None = None
    event_fee_currency: str | None = None
    event_fee_amount: float | None = None
    location: dict[str, Any] | None = None

    def details(self) -> EventDetails:
        """Return the event as the forum takes it; what is null is not given."""
        given = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        times = {name: naive_utc(given[name], name) for name in ("start", "end")}
        return EventDetails(**given | times)
