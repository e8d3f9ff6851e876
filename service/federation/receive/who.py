"""Who may do something: the origins that have a say (FEP-fe34). What else is needed, the forum's operations ask.

`via` is the community that announced an activity: it speaks for what stands in it and for nothing else.
"""

from service.federation.errors import NotTheirs, Refused
from service.federation.origin import same_origin
from service.federation.receive.act import Act, Ignored
from service.federation.receive.known import Group, Thing


def anybody(act: Act) -> None:
    """An account that is not banned here, directly or through the community in which it happens."""
    if act.author.banned:
        raise Refused("banned", "That account is banned from this site.")
    check_way(act, act.place)


def author(act: Act) -> None:
    """Who wrote the thing."""
    anybody(act)
    if isinstance(act.object, Thing) and act.object.author_id != act.author.id:
        raise NotTheirs("That is somebody else's.")


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
    if (act.activity.object_id or "").lower() != act.step.activity.actor.lower():
        raise NotTheirs("Only an actor itself may say that.")


def ruler(act: Act) -> None:
    """Somebody who bans: from a community as its moderator, else from where they are at home."""
    if act.author.banned:
        raise Refused("banned", "That account is banned from this site.")
    if act.place is not None:
        check_way(act, act.place)


def its_server(act: Act) -> None:
    """An actor itself, or somebody of its server; who may there, that server knows."""
    if not same_origin(act.activity.object_id, act.step.activity.actor):
        raise NotTheirs("Only somebody of the same server may say that.")


def anyone_at_all(act: Act) -> None:
    """Whoever it is; the effect looks by itself."""


def check_way(act: Act, place: Group | None) -> None:
    """Refuse what was announced by a community in which it does not happen.

    Raises:
        NotTheirs: another community's.
    """
    via = act.via
    if isinstance(via, Group) and (place is None or place.id != via.id):
        raise NotTheirs("A community speaks of what stands in it alone.")


def check_solicited(act: Act) -> None:
    """Refuse what was announced by a community or feed that nobody here follows.

    Raises:
        Ignored: nobody asked for it.
    """
    via = act.via
    if act.step.activity.via is not None and (via is None or (isinstance(via, Group) and not via.followed)):
        raise Ignored("unsolicited", "Nobody here follows that community.")


def place_of_object(act: Act) -> Group | None:
    """Return the community in which an activity about something happens."""
    found = act.object
    if isinstance(found, Thing):
        return act.known.place_of(found)
    if isinstance(found, Group):
        return found
    return act.known.group(act.activity.target) or act.known.group(act.activity.audience)
