"""Who may talk to this site, by its lists: one answer for what comes in, goes out and is fetched. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from service.forum.instances.choices import Mode
from service.forum.instances.hosts import Hosts

# Why a server may not talk to this site.
Reason = Literal["off", "blocked", "subscribed", "unlisted"]


@dataclass(frozen=True)
class Lists:
    """Who is kept out, or alone let in.

    The site's own decisions win over lists that it follows: a server that is allowed here is not kept out by those.

    Attributes:
        mode: see Mode.
        blocked: by an administrator here.
        allowed: by an administrator here.
        subscribed: blocked by another site whose list is followed.
    """

    mode: Mode = Mode.BLOCK
    blocked: Hosts = field(default_factory=Hosts)
    allowed: Hosts = field(default_factory=Hosts)
    subscribed: Hosts = field(default_factory=Hosts)

    def admit(self, host: str) -> bool:
        """Whether a host in lower case may talk to us, and be talked to."""
        return self.reason(host) is None

    def reason(self, host: str) -> Reason | None:
        """Return why a host in lower case may not talk to us; None if it may."""
        if self.mode is Mode.OFF:
            return "off"
        return self.entry(host) or self._unless_listed(host)

    def entry(self, host: str) -> Literal["blocked", "subscribed"] | None:
        """Return which list a host in lower case is blocked by, whatever the mode."""
        if self.blocked.cover(host):
            return "blocked"
        return "subscribed" if self.subscribed.cover(host) and not self.allowed.cover(host) else None

    def _unless_listed(self, host: str) -> Reason | None:
        return "unlisted" if self.mode is Mode.ALLOW and not self.allowed.cover(host) else None
