"""What administrators choose about other servers, and by what they look for them."""

from service.forum.choices import TextChoice
from service.language import _


class Mode(TextChoice):
    """Whom the site federates with."""

    BLOCK = "block", _("All servers except blocked ones")
    ALLOW = "allow", _("Only servers on the allowlist")
    OFF = "off", _("No servers")


class Change(TextChoice):
    """What is done with servers on a list."""

    BLOCK = "block", _("Block")
    UNBLOCK = "unblock", _("Unblock")
    ALLOW = "allow", _("Add to allowlist")
    DISALLOW = "disallow", _("Remove from allowlist")


class State(TextChoice):
    """How it stands with a server; what is said of the lists comes before what is said of the connection."""

    WELL = "well", _("Healthy")
    FAILING = "failing", _("Failing")
    DORMANT = "dormant", _("Dormant")
    GONE = "gone", _("Gone")
    BLOCKED = "blocked", _("Blocked")
    UNKNOWN = "unknown", _("Never contacted")


class Decided(TextChoice):
    """What administrators here decided in favour of a server, or against it."""

    ALLOWED = "allowed", _("Allowed")
    TRUSTED = "trusted", _("Trusted")
    SILENCED = "silenced", _("Silenced")


class InstanceSort(TextChoice):
    """In which order servers are listed."""

    DOMAIN = "domain", _("Name")
    HEARD = "heard", _("Last heard from")
    REACHED = "reached", _("Last reached")
    FAILURES = "failures", _("Most failures")
    BEHIND = "behind", _("Largest delivery backlog")
    NEWEST = "newest", _("Newest")
