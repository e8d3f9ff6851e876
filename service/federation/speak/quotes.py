"""What is said to those who quote something of ours: that they may no longer (FEP-044f)."""

from collections.abc import Iterable, Iterator

from service.federation.deliver import lanes
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.speak.known import QuoteRow
from service.federation.speak.voice import Voice
from service.federation.write import activities
from service.federation.write.rows import ActorRow
from service.forum.events import QuoteRevoked


def quote_revoked(voice: Voice, event: QuoteRevoked) -> Iterator[Outgoing]:
    """A Delete of the stamp, to who got it."""
    by, asker = voice.person(event.by_id), voice.known.people.get(event.account_id)
    if by and asker and asker.inbox:
        yield _gone(voice, by, lanes.of_post(event.post_id), event.stamp, asker.url, asker.inbox)


def quotes_gone(voice: Voice, by: ActorRow, lane: str, quotes: Iterable[QuoteRow]) -> Iterator[Outgoing]:
    """The same of all stamps of something that is deleted: who quotes it may hear of it in no other way."""
    for one in quotes:
        yield _gone(voice, by, lane, one.stamp, one.asker, one.inbox)


def _gone(voice: Voice, by: ActorRow, lane: str, stamp: str, asker: str, inbox: str) -> Outgoing:
    activity = activities.delete(voice.new_id("Delete"), by.url, stamp, to=[asker])
    return voice.direct(activity, lane, Signer("person", by.id), [inbox], kind="Delete/QuoteAuthorization")
