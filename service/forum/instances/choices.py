"""What administrators choose about other servers, and by what they look for them."""

from service.forum.choices import TextChoice
from service.language import _


class Mode(TextChoice):
    """Whom the site federates with."""

    BLOCK = "block", _("All but the blocked")
    ALLOW = "allow", _("Only the allowed")
    OFF = "off", _("None")


class Change(TextChoice):
    """What is done with servers on a list."""

    BLOCK = "block", _("Block")
    UNBLOCK = "unblock", _("Unblock")
    ALLOW = "allow", _("Allow")
    DISALLOW = "disallow", _("Take off the list of the allowed")


class State(TextChoice):
    """How it stands with a server; what is said of the lists comes before what is said of the connection."""

    WELL = "well", _("Well")
    FAILING = "failing", _("Failing")
    DORMANT = "dormant", _("Dormant")
    GONE = "gone", _("Gone")
    BLOCKED = "blocked", _("Kept out")
    UNKNOWN = "unknown", _("Never met")


class Decided(TextChoice):
    """What administrators here decided in favour of a server, or against it."""

    ALLOWED = "allowed", _("Allowed")
    TRUSTED = "trusted", _("Trusted")
    SILENCED = "silenced", _("Silenced")


class InstanceSort(TextChoice):
    """In which order servers are listed."""

    DOMAIN = "domain", _("Name")
    HEARD = "heard", _("Heard last")
    REACHED = "reached", _("Reached last")
    FAILURES = "failures", _("Most failures")
    BEHIND = "behind", _("Furthest behind")
    NEWEST = "newest", _("Newest")
