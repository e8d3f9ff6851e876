"""Which door an address belongs to; each has its own way to know who asks and to say what went wrong."""

from enum import Enum, auto

READS = {"GET", "HEAD", "OPTIONS"}  # methods that change nothing

API = "/api/"
ADMIN_API = "/api/alpha/admin/"
BY_TOKEN = ADMIN_API + "registration_application/"  # PieFed's own, which answer as PieFed's API does
FOR_SERVERS = ("/nodeinfo", "/.well-known/")
REMOTE_PICTURES = "/media/remote/"  # asked for by number, so not everybody gets all of them


class Door(Enum):
    """The ways in."""

    PAGES = auto()
    API = auto()
    ADMIN_API = auto()
    SERVERS = auto()


def door_of(path: str) -> Door:
    """Return the door that an address belongs to."""
    if path.startswith(ADMIN_API) and not path.startswith(BY_TOKEN):
        return Door.ADMIN_API
    if path.startswith(API):
        return Door.API
    return Door.SERVERS if path.startswith(FOR_SERVERS) else Door.PAGES
