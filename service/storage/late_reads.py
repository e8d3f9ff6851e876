"""Where the reads of one request go: to the primary, unless they may show what was there a moment ago.

Whoever answers people (http) says so for each request; everything else, such as what other servers ask and what workers
do, never does, and reads from the primary.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto

from service.storage.replicas import Replica, Replicas


class Late(Enum):
    """How late what is read may be."""

    NOT = auto()  # the primary's
    BOUNDED = auto()  # no later than `database.read_lag`, whatever happens
    IF_NEED_BE = auto()  # likewise; but while the primary does not answer, as late as it is


class Reads:
    """The reads of one request.

    Attributes:
        late: how late they may be, until the request writes.
        wrote: whether it has written since `begin`.
        failed: whether a standby failed in the midst of them.
    """

    def __init__(self) -> None:
        self.late = Late.NOT
        self.wrote = False
        self.failed = False
        self._replica: Replica | None = None

    def begin(self, late: Late) -> None:
        """Say how late they may be from now on; what was written so far does not count."""
        self.late = Late.NOT if self.failed else late
        self.wrote, self._replica = False, None

    def replica(self, replicas: Replicas, *, newest: bool) -> Replica | None:
        """Return which standby is asked, the same one for the whole request as long as it holds; None is the primary.

        Parameters:
            replicas: of this process.
            newest: the primary is to be asked if it answers.
        """
        without_primary = self.late is Late.IF_NEED_BE
        if self.late is Late.NOT or (newest and not (without_primary and replicas.primary_is_silent)):
            return None
        if self._replica is None or not self._replica.holds(without_primary=without_primary):
            self._replica = replicas.choose(without_primary=without_primary)
        return self._replica


_reads: ContextVar[Reads | None] = ContextVar("reads", default=None)


@contextmanager
def reads_of_a_request() -> Iterator[Reads]:
    """Let the reads in the body be those of one request; they go to the primary until `begin` says otherwise."""
    reads = Reads()
    token = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(token)


def current_reads() -> Reads | None:
    """Return the reads of the request that is being answered; None outside of one."""
    return _reads.get()


def replica_for(replicas: Replicas, *, newest: bool) -> Replica | None:
    """Return the standby for the next read of this request; None is the primary, as outside of any request."""
    reads = _reads.get()
    return None if reads is None else reads.replica(replicas, newest=newest)


def note_write() -> None:
    """The request writes: from now on the primary is asked, since it must see what it has written itself."""
    if (reads := _reads.get()) is not None:
        reads.late, reads.wrote = Late.NOT, True


def leave_to_the_primary() -> None:
    """A standby failed in the midst of the request: when it is begun anew, the primary is asked."""
    if (reads := _reads.get()) is not None:
        reads.late, reads.failed = Late.NOT, True
