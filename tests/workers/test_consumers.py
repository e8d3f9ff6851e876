"""Every event that has a topic has somebody who takes it up, and nobody waits for an event that there is not."""

from collections.abc import Iterable, Iterator

from service.federation.speak.table import SAYINGS
from service.forum.events import Event
from service.forum.notifications import events as notify
from service.storage.outbox import FEDERATION
from workers import events, history, keys, mail, media, moderate

KINDS: dict[str, Iterable[str]] = {
    FEDERATION: [event.__name__ for event in SAYINGS],
    "notify": notify.KINDS,
    "history": history.KINDS,
    "keys": keys.KINDS,
    "mail": mail.KINDS,
    "media": media.KINDS,
    "moderate": moderate.KINDS,
}


def kinds_of(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds_of(kind)


def test_events_and_consumers_meet_by_these_tables() -> None:
    assert KINDS.keys() - {FEDERATION} == events.CONSUMERS.keys()  # what is said is a drain's and no job's
    recorded = {(topic, kind.__name__) for kind in kinds_of(Event) for topic in kind.topics}
    taken_up = {(topic, kind) for topic, kinds in KINDS.items() for kind in kinds}
    assert recorded == taken_up
