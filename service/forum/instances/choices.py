"""What administrators choose about other servers, and by what they look for them."""

from service.forum.choices import TextChoice


class Mode(TextChoice):
    """Whom the site federates with."""

    BLOCK = "block", "All but the blocked"
    ALLOW = "allow", "Only the allowed"
    OFF = "off", "None"


class Change(TextChoice):
    """What is done with servers on a list."""

    BLOCK = "block", "Block"
    UNBLOCK = "unblock", "Unblock"
    ALLOW = "allow", "Allow"
    DISALLOW = "disallow", "Take off the list of the allowed"


class State(TextChoice):
    """How it stands with a server; what is said of the lists comes before what is said of the connection."""

    WELL = "well", "Well"
    FAILING = "failing", "Failing"
    DORMANT = "dormant", "Dormant"
    GONE = "gone", "Gone"
    BLOCKED = "blocked", "Kept out"
    UNKNOWN = "unknown", "Never met"


class Decided(TextChoice):
    """What administrators here decided in favour of a server, or against it."""

    ALLOWED = "allowed", "Allowed"
    TRUSTED = "trusted", "Trusted"
    SILENCED = "silenced", "Silenced"


class InstanceSort(TextChoice):
    """In which order servers are listed."""

    DOMAIN = "domain", "Name"
    HEARD = "heard", "Heard last"
    REACHED = "reached", "Reached last"
    FAILURES = "failures", "Most failures"
    BEHIND = "behind", "Furthest behind"
    NEWEST = "newest", "Newest"
