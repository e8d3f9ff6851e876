"""In whose name an account is made or managed: an administrator, another system, or the command line."""

import msgspec

from service.forum.accounts.viewer import Viewer, administrator


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may do all that an administrator may; the audit log names them.

    Attributes:
        id: of the administrator's account; None for who has none here.
        address: where they asked from.
    """

    name: str
    id: int | None = None
    address: str = ""

    @property
    def runs_the_site(self) -> bool:
        """Always: an authority has the powers of an administrator."""
        return True

    @property
    def is_admin(self) -> bool:
        """Always, see `runs_the_site`."""
        return True


SYSTEM = "private registration"
COMMAND_LINE = Authority(name="command line")


def of_administrator(viewer: Viewer | None, address: str = "") -> Authority:
    """Return the authority of an administrator who is signed in, else raise NotSignedIn or Forbidden."""
    return of_viewer(administrator(viewer), address)


def of_viewer(viewer: Viewer, address: str = "") -> Authority:
    """Return the authority of somebody whose right to this one thing has been checked."""
    return Authority(name=viewer.name, id=viewer.id, address=address)


def of_system(address: str) -> Authority:
    """Return the authority of another system, which has shown the secret."""
    return Authority(name=SYSTEM, address=address)
