"""Topics: what members would like there to be."""

from service.forum.events.base import Event


class TopicSuggested(Event, frozen=True, kw_only=True):
    """A member misses a topic; nothing else keeps what they said."""

    topics = ("notify",)
    by_id: int
    name: str
    communities: str
