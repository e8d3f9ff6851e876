"""What all events are: a kind, fields, and the topics of those who take it up."""

from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events: its kind is the name of the class."""

    topics: ClassVar[tuple[str, ...]] = ()

    @property
    def kind(self) -> str:
        """The word under which the outbox stores this event."""
        return type(self).__name__

    def payload(self) -> dict[str, object]:
        """The fields as JSON-ready values."""
        payload: dict[str, object] = msgspec.to_builtins(self)
        return payload
