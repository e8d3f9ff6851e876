"""What all sayings have in common: their ids, who signs, and the way from an activity to those whom it is for."""

from collections.abc import Iterable, Iterator, MutableMapping

from service.federation.deliver.audience import LOCAL, audience_in
from service.federation.deliver.outgoing import Outgoing, Signer, kind_of
from service.federation.speak.known import Known
from service.federation.vocabulary import Document
from service.federation.write import activities
from service.federation.write.documents import encoded, new_id
from service.federation.write.rows import ActorRow, PlaceRow


class Voice:
    """Says things in the name of those who are at home here.

    Parameters:
        domain: the site's.
        known: the rows of this batch.
        said: the ids of what may be taken back, by what it was about; None for what was taken back.
    """

    def __init__(self, domain: str, known: Known, said: MutableMapping[str, str | None]) -> None:
        self.domain = domain
        self.known = known
        self._said = said

    def new_id(self, kind: str) -> str:
        """Return an id for an activity."""
        return new_id(self.domain, kind)

    def begin(self, kind: str, lane: str, identity: str | None = None) -> str:
        """Return an id for what may be taken back later, and remember it; a given one where it has one already."""
        identity = identity or self.new_id(kind)
        self._said[about(kind, lane)] = identity
        return identity

    def end(self, kind: str, lane: str, identity: str | None = None) -> str:
        """Return the id of what is taken back now: the given one, or what is remembered, or else a new one."""
        remembered = self._said.get(about(kind, lane))
        self._said[about(kind, lane)] = None
        return identity or remembered or self.new_id(kind)

    def person(self, account_id: int | None) -> ActorRow | None:
        """Return somebody who is at home here and so can speak; None for anybody else."""
        found = self.known.people.get(account_id or 0)
        return found if found and found.instance_id == LOCAL else None

    def undo(self, activity: Document) -> Document:
        """Return the news that an activity is taken back."""
        return activities.undo(self.new_id("Undo"), activity["actor"], activity)

    def in_place(
        self,
        place: PlaceRow,
        activity: Document,
        lane: str,
        by: ActorRow,
        *,
        concerns: Iterable[ActorRow] = (),
        announce_id: str | None = None,
        kind: str | None = None,
        as_moderator: bool = False,
        directly_first: bool = False,
    ) -> Iterator[Outgoing]:
        """Say something that happened in a community: announced by one of ours, sent to one elsewhere.

        Parameters:
            place: the community.
            activity: without a context.
            lane: see deliver.lanes.
            by: its actor, at home here.
            concerns: people who get it from the actor, wherever they are.
            announce_id: of the Announce, where it has one already.
            kind: where it is not what the activity says by itself.
            as_moderator: of a community elsewhere, it is said if the actor moderates there: what is done to it by who
                runs this site is done on this site alone.
            directly_first: whom it concerns gets it before the community announces it: microblogs tell nobody of what
                they have already, and what is announced they fetch. PieFed takes whatever comes first for all of it.
        """
        if as_moderator and not place.local and by.id not in self.known.offices.get(place.id, ()):
            return
        audience = audience_in(place, tuple(concerns))
        kind = kind or kind_of(activity)
        direct = self.direct(activity, lane, Signer("person", by.id), audience.inboxes, kind=kind)
        if directly_first and audience.inboxes:
            yield direct
        if audience.community_id is not None:
            identity = announce_id or self.new_id("Announce")
            announce = activities.announce(identity, place, activity)
            yield Outgoing(
                id=identity,
                kind=f"Announce/{kind}",
                body=encoded(announce),
                signer=Signer("community", place.id),
                lane=lane,
                author_id=by.id,
                community_id=place.id,
            )
        if audience.inboxes and not directly_first:
            yield direct

    def direct(
        self,
        activity: Document,
        lane: str,
        signer: Signer,
        inboxes: Iterable[str] = (),
        *,
        kind: str | None = None,
        everybody: bool = False,
    ) -> Outgoing:
        """Say something to inboxes, or to everybody.

        Parameters:
            activity, lane, kind: as for in_place.
            signer: its actor.
        """
        return Outgoing(
            id=activity["id"],
            kind=kind or kind_of(activity),
            body=encoded(activity),
            signer=signer,
            lane=lane,
            to_everybody=everybody,
            inboxes=tuple(dict.fromkeys(inboxes)),
        )


def about(kind: str, lane: str) -> str:
    """Return the name under which the id of what may be taken back is remembered."""
    return f"{kind} {lane}"
