"""How working on an image, or storing it, fails. `http/errors.py` turns these into answers."""


class MediaError(Exception):
    """An image could not be worked on. The message is a sentence."""


class Rejected(MediaError):
    """The file is not an image that this site takes; `reason` is a sentence for the person who sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TookTooLong(MediaError):
    """The work went over its time and was ended; the same file would do it again."""


class MediaBusy(MediaError):
    """More images wait than the site works on at a time; nothing was begun, so trying again later is safe."""


class ChildDied(MediaError):
    """The process that worked on this image ended unexpectedly (out of memory, killed); others are not affected."""


class WorkFailed(MediaError):
    """An error of ours while working on an image; the message is for the log."""


class StoreFailed(MediaError):
    """The store refuses to write, read or delete a file (no right to, read-only, broken); nothing was stored."""


class StoreFull(StoreFailed):
    """The disk, or this user's share of it, has no room for the file; nothing was stored."""


class StoreUnavailable(StoreFailed):
    """The store does not answer now; trying again later may work."""
