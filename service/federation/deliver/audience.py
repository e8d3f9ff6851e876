"""Who gets what happens in a place: of what may not leave, nobody. Pure.

| what | to |
|---|---|
| in a community of ours | its followers' servers, as an Announce of the community's |
| in a community elsewhere | the inbox of the community, which announces it |
| both | and the people who are named, wherever they are |
"""

import msgspec

from service.federation.write.rows import ActorRow, PlaceRow

LOCAL = 1


class Audience(msgspec.Struct, frozen=True):
    """Who gets an activity.

    Attributes:
        community_id: the followers of this community of ours, to whom it announces it.
        inboxes: these, from the actor directly.
    """

    community_id: int | None = None
    inboxes: tuple[str, ...] = ()


def audience_in(place: PlaceRow, people: tuple[ActorRow, ...] = ()) -> Audience:
    """Return who gets what happens in a community.

    Parameters:
        place: the community, with a word on what may leave it.
        people: who is named, answered or concerned; those who are here need no delivery. What happens in a private
            community is for its members' servers alone.
    """
    if place.standing == "withheld":
        return Audience()
    named = () if place.standing == "members" else inboxes_of(people)
    if place.local:
        return Audience(place.id, named)
    return Audience(None, tuple(dict.fromkeys([*([place.inbox] if place.inbox else []), *named])))


def inboxes_of(people: tuple[ActorRow, ...]) -> tuple[str, ...]:
    """Return the inboxes of those who are elsewhere, each once."""
    return tuple(dict.fromkeys(one.inbox for one in people if one.instance_id != LOCAL and one.inbox))
