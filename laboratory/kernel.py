"""What the kernel says, from outside: who holds which socket to PostgreSQL, and who is at the other end of it.

Descriptors come from `/proc/PID/fd`; the socket table, with both ends of every connection, from the kernel's sock_diag.
"""

import os
import socket
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
REQUEST_DUMP = 0x1 | 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
ALL_STATES = 0xFFFFFFFF
SHOW_NAME, SHOW_PEER = 1, 4
NAME, PEER = 0, 2
HEADER, MESSAGE, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBIII"), struct.Struct("=HH")
BUFFER = 1 << 16


@dataclass(frozen=True)
class Link:
    """One connection to PostgreSQL.

    Parameters:
        inode: of the client's socket.
        holders: the processes with a descriptor of it; one, or it is shared.
        servers: the processes of the other end; empty where we may not look.
    """

    inode: int
    holders: frozenset[int]
    servers: frozenset[int]


def links(listening: Path) -> list[Link]:
    """Return every connection to the server that listens on the socket `listening`.

    Parameters:
        listening: the path of the socket, as the server bound it.
    """
    held = _holders()
    return [
        Link(peer, frozenset(held[peer]), frozenset(held[inode]))
        for inode, peer, name in _unix_sockets()
        if name == str(listening) and peer
    ]


def descendants(parent: int) -> list[int]:
    """Return a process's children, theirs, and so on."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid in _processes():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        children[int(stat.rpartition(")")[2].split()[1])].append(pid)
    found, waiting = [], [parent]
    while waiting:
        below = children[waiting.pop()]
        found += below
        waiting += below
    return found


def command_line(pid: int) -> str:
    """Return a process's arguments; an empty text when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
    except OSError:
        return ""


def _processes() -> Iterable[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _holders() -> dict[int, set[int]]:
    """Return the processes that hold each socket, by its inode; those that we may look into."""
    found: dict[int, set[int]] = defaultdict(set)
    for pid in _processes():
        try:
            descriptors = list(os.scandir(f"/proc/{pid}/fd"))
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                target = os.readlink(descriptor.path)  # noqa: PTH115 - thousands of them
            except OSError:
                continue
            if target.startswith("socket:["):
                found[int(target[8:-1])].add(pid)
    return found


def _unix_sockets() -> Iterator[tuple[int, int, str]]:
    """Ask the kernel for all unix sockets: the inode, its peer's (0 for none), and the name."""
    body = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, ALL_STATES, 0, SHOW_NAME | SHOW_PEER, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.send(HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, 1, 0) + body)
        while True:
            for kind, message in _messages(kernel.recv(BUFFER)):
                if kind == NLMSG_ERROR:
                    raise OSError("The kernel does not tell about unix sockets (sock_diag).")
                if kind == NLMSG_DONE:
                    return
                yield _read_socket(message)


def _messages(received: bytes) -> Iterator[tuple[int, bytes]]:
    while received:
        length, kind, *_ = HEADER.unpack_from(received)
        yield kind, received[HEADER.size : length]
        received = received[_aligned(length) :]


def _read_socket(message: bytes) -> tuple[int, int, str]:
    inode, peer, name = MESSAGE.unpack_from(message)[4], 0, ""
    attributes = message[MESSAGE.size :]
    while attributes:
        length, kind = ATTRIBUTE.unpack_from(attributes)
        value = attributes[ATTRIBUTE.size : length]
        if kind == PEER:
            peer = int.from_bytes(value, "little")
        elif kind == NAME:
            name = value.rstrip(b"\0").decode(errors="replace")
        attributes = attributes[_aligned(length) :]
    return inode, peer, name


def _aligned(length: int) -> int:
    return (length + 3) & ~3
