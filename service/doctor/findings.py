"""What an examination finds."""

from collections.abc import Sequence

import msgspec

from service.storage.activity import Idle, Owner
from service.storage.budget import Budget
from service.storage.observation import PoolReport


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at.

    Attributes:
        subject: what it is, in a word.
        well: whether it is as it should be.
        words: what was seen.
        mend: the command, or what to set, where it is not well, or is well and to be known.
    """

    subject: str
    well: bool
    words: str
    mend: str = ""


class Process(msgspec.Struct, frozen=True):
    """A web process or a worker.

    Attributes:
        name: what PostgreSQL calls it.
        role, host, pid: what and where it is; empty and 0 where it has not said so itself.
        pool: as the process itself reports it; None where it does not report.
        backends: how many connections the server sees for it; None where PostgreSQL did not answer.
    """

    name: str
    role: str
    host: str
    pid: int
    pool: PoolReport | None
    backends: int | None


class Database(msgspec.Struct, frozen=True):
    """What was read from PostgreSQL."""

    findings: list[Finding]
    budget: Budget | None = None
    owners: Sequence[Owner] = ()
    idle: Sequence[Idle] = ()


class Examination(msgspec.Struct, frozen=True):
    """All that was found; `budget`, `backends` and `idle` are empty where PostgreSQL did not answer."""

    site: str
    findings: list[Finding]
    processes: list[Process]
    budget: Budget | None
    backends: Sequence[Owner]
    idle: Sequence[Idle]

    @property
    def wrong(self) -> list[Finding]:
        """What is not well."""
        return [finding for finding in self.findings if not finding.well]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong
