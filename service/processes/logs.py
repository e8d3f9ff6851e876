"""The log file of an embedded server: opened by us, written by the server, quoted when it fails."""

from pathlib import Path
from typing import IO

ROTATE_AT = 10 * 1024 * 1024


class Log:
    """A log file that is appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> IO[bytes]:
        """Open it for a server's output."""
        return self.path.open("ab")

    def size(self) -> int:
        """Return its size in bytes: a place to read from, later."""
        return self.path.stat().st_size if self.path.exists() else 0

    def since(self, place: int) -> str:
        """Return what was written after `place`."""
        with self.path.open("rb") as file:
            file.seek(place)
            return file.read().decode("utf-8", errors="replace")

    def rotate(self) -> None:
        """Begin a new file where this one has grown past 10 MB; one old file is kept."""
        if self.size() > ROTATE_AT:
            self.path.replace(self.path.with_name(self.path.name + ".1"))


def last_lines(said: str, count: int = 3) -> str:
    """Return the last lines as one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " | ".join(lines[-count:]) or "it said nothing"
