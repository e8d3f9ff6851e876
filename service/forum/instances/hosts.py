"""Names of servers as lists of blocks have them, and which hosts they cover. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

LENGTH = 253
# A label of a host; a star stands for one character that whoever publishes the list did not want to show.
_LABEL = re.compile(r"[a-z0-9*_]([a-z0-9*_-]{0,61}[a-z0-9*_])?")
_IN_PUBLIC = (
    3  # characters that an entry with stars has to show in one label, so that it does not cover everything
)


def host_from(text: str) -> str | None:
    """Return the host that somebody means by a name, an address or an entry of a list; None if it is none.

    `*.example.org` is `example.org`: what is said of a host holds for those below it. A name without a dot is none,
    since with it everything under a country's or a kind's letters would be meant.
    """
    name = text.strip().lower()
    name = re.sub(r"^[a-z]+://", "", name).partition("/")[0].rpartition("@")[2]
    name = re.sub(r":\d{1,5}$", "", name).removeprefix("*.").rstrip(".")
    try:
        name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    labels = name.split(".")
    fits = len(labels) > 1 and len(name) <= LENGTH and all(map(_LABEL.fullmatch, labels))
    return name if fits and _shows_enough(labels) else None


def _shows_enough(labels: list[str]) -> bool:
    hides = any("*" in label for label in labels)
    return not hides or any(len(label.replace("*", "")) >= _IN_PUBLIC for label in labels[:-1])


@dataclass(frozen=True)
class Hosts:
    """Entries of a list; each covers a host and those below it.

    Attributes:
        names: hosts, some perhaps with stars.
    """

    names: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def from_entries(cls, entries: Iterable[str | None]) -> "Hosts":
        """Return the hosts of entries as the tables have them; what is no host is passed over."""
        return cls(frozenset(host for entry in entries if entry and (host := host_from(entry))))

    def cover(self, host: str) -> bool:
        """Whether a host in lower case is one of them, or below one."""
        if not self.names.isdisjoint(itself_and_above(host)):
            return True
        return self._starred is not None and self._starred.fullmatch(host) is not None

    @cached_property
    def pattern(self) -> str:
        """A regular expression, for Python and PostgreSQL alike, of what the names with stars cover; '' for none."""
        starred = [re.escape(name).replace(r"\*", "[a-z0-9-]") for name in sorted(self.names) if "*" in name]
        return rf"(?:[^/]*\.)?(?:{'|'.join(starred)})" if starred else ""

    @cached_property
    def _starred(self) -> re.Pattern[str] | None:
        return re.compile(self.pattern) if self.pattern else None


def itself_and_above(host: str) -> list[str]:
    """Return a host and all that it is below."""
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]
