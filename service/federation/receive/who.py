"""Who may do something: the origins that have a say (FEP-fe34). What else is needed, the forum's operations ask.

`via` is the community that announced an activity: it speaks for what stands in it and for nothing else. Nobody but the
announcer has signed that, so it is no word of an account about itself, about its letters or about other servers.
"""

from service.federation.errors import NotTheirs, Refused
from service.federation.origin import same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Group, Person, Thing


def anybody(act: Act) -> None:
    """An account that is not banned here, directly or through the community in which it happens."""
    if act.author.banned:
        raise Refused("banned", "That account is banned from this site.")
    check_way(act, act.place)


def writer(act: Act) -> None:
    """Who wrote what is embedded, or somebody of the same server; directly, or by way of its community."""
    content = act.step.content
    if content is None:
        raise Refused("malformed", "There is nothing in it.")
    if act.author.banned:
        raise Refused("banned", "That account is banned from this site.")
    if not same_origin(content.author, act.step.activity.actor):
        raise NotTheirs("That was written by somebody of another server.")
    check_way(act, act.place)


def itself(act: Act) -> None:
    """An actor about itself."""
    check_way(act, act.place)
    if (act.activity.object_id or "").lower() != act.step.activity.actor.lower():
        raise NotTheirs("Only an actor itself may say that.")


def ruler(act: Act) -> None:
    """Somebody who bans: from a community as its moderator, else from where they are at home."""
    if act.author.banned:
        raise Refused("banned", "That account is banned from this site.")
    check_way(act, act.place)


def its_server(act: Act) -> None:
    """An actor itself, or somebody of its server; who may there, that server knows."""
    check_way(act, act.place)
    if not same_origin(act.activity.object_id, act.step.activity.actor):
        raise NotTheirs("Only somebody of the same server may say that.")


def anyone_at_all(act: Act) -> None:
    """Whoever it is; the effect looks by itself."""
    check_way(act, act.place)


def whoever_is_heard(act: Act) -> None:
    """Whoever it is, by whomever it was announced; the effect looks by itself."""


def a_feed(act: Act) -> None:
    """A feed about itself, or somebody of its server; the effect looks which one it is."""
    if isinstance(act.via, Group):
        raise NotTheirs("A community does not speak for a feed.")


def check_way(act: Act, place: Group | None) -> None:
    """Refuse what was announced by anybody but the community in which it happens.

    Raises:
        NotTheirs: by a feed, or by another community.
    """
    via = act.via
    if act.step.activity.via is None:
        return
    if not isinstance(via, Group) or place is None or place.id != via.id:
        raise NotTheirs("A community speaks of what stands in it alone.")


def check_solicited(act: Act) -> None:
    """Refuse what was announced by a community or feed that nobody here follows, or what is said of our own people.

    Raises:
        Ignored: nobody asked for it, or it comes back.
    """
    via = act.via
    if act.step.activity.via is None:
        return
    if via is None or (isinstance(via, Group) and not via.followed):
        raise Ignored("unsolicited", "Nobody here follows that community.")
    if isinstance(act.actor, Person | Group) and act.actor.local:
        raise Ignored("ours", "What is done here is known here, and nobody else says it.")


def place_of_object(act: Act) -> Group | None:
    """Return the community in which an activity about something happens."""
    found = act.object
    if isinstance(found, Thing):
        return act.known.place_of(found)
    if isinstance(found, Group):
        return found
    return act.known.group(act.activity.target) or act.known.group(act.activity.audience)


def place_of_reported(act: Act) -> Group | None:
    """Return the community of what is reported, or whose report is dealt with."""
    report = act.step.inner if act.activity.kind == "Resolve" else act.activity
    named = (report.object_id, *report.others) if report is not None else ()
    things = map(act.known.thing, named)
    found = next((one for one in things if one is not None), None)
    return act.known.place_of(found) if found is not None else None


def nowhere(act: Act) -> Group | None:
    """What is between accounts, or about one, happens in no community, whatever it is addressed to."""
    return None
