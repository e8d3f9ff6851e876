"""What a process opened belongs to that process: a forked child that touches it gets an error, not its parent's socket.

A file descriptor survives fork(), so parent and child would write into one conversation with PostgreSQL. The guard acts
in the child, at the moment of the fork, and costs the parent nothing.
"""

import os
from collections.abc import Callable
from weakref import WeakSet


class InheritedByFork(RuntimeError):
    """A pool was used in a process that only inherited it."""


class Owned:
    """Marks something as belonging to the process that made it.

    Parameters:
        what: its name in the error message, such as `the PostgreSQL pool pieloop.web`.
        disarm: called in a forked child, so that nothing inherited can be reached by another way.
    """

    def __init__(self, what: str, disarm: Callable[[], None] | None = None) -> None:
        self.what = what
        self.owner = os.getpid()
        self.inherited = False
        self._disarm = disarm
        _owned.add(self)

    def check(self) -> None:
        """Raise InheritedByFork in any process but the owner."""
        if self.inherited:
            raise InheritedByFork(self.message())

    def message(self) -> str:
        """Say what happened and what to do instead."""
        return (
            f"Process {os.getpid()} inherited {self.what} from process {self.owner} by fork() and must not use it: "
            "both would talk on one socket. Open resources of its own in this process (service.lifecycle)."
        )

    def disown(self) -> None:
        """Mark it as inherited; runs in the forked child."""
        self.inherited = True
        if self._disarm:
            self._disarm()


_owned: WeakSet[Owned] = WeakSet()


def _disown_everything() -> None:
    for owned in list(_owned):
        owned.disown()


os.register_at_fork(after_in_child=_disown_everything)
