"""A network of its own for servers with names: nothing in it reaches the machine's network, nor the other way round.

Ids are `https://` and have no port, so each site needs an address with port 443 and a name that resolves to it. Both
are to be had in a network namespace, with a hosts file mounted over the machine's in a mount namespace.

Run as a program it runs pytest there: `python -m tests.federate.network ARGUMENTS`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

INSIDE = "PIELOOP_FEDERATE_NETWORK"
# Two sites of ours, and two peers named for the kind of signature that they try first.
ADDRESSES = {
    "one.test": "127.0.0.2",
    "other.test": "127.0.0.3",
    "cavage.test": "127.0.0.4",
    "rfc9421.test": "127.0.0.5",
}
ENTER = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"'
TESTS = Path(__file__).parent
ROOT = TESTS.parents[1]


def inside() -> bool:
    """Whether this process is in such a network."""
    return INSIDE in os.environ


def enter(hosts: Path, command: list[str]) -> None:
    """Become `command` in a network of its own.

    Parameters:
        hosts: the file of names, mounted over /etc/hosts.
        command: a program and its arguments.

    Raises:
        SystemExit: this machine has no namespaces to offer.
    """
    if not all(map(shutil.which, ("unshare", "ip", "mount"))):
        raise SystemExit("A network of its own needs Linux with util-linux and iproute2.")
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    arguments = ["unshare", *as_root, "--net", "--mount", "sh", "-c", ENTER, str(hosts), *command]
    os.execvpe(arguments[0], arguments, {**os.environ, INSIDE: "1"})


def install_peer() -> None:
    """Install what the peer is made with; without it, its tests are left out."""
    if shutil.which("node") and shutil.which("npm"):
        subprocess.run([ROOT / ".ci/node/install", TESTS / "peer"], check=False)


def main() -> None:
    """Run the tests of this folder, or what the arguments say."""
    install_peer()  # there is no way to a registry from inside
    with tempfile.NamedTemporaryFile("w", prefix="pieloop-hosts-", delete=False) as hosts:
        hosts.write("127.0.0.1 localhost\n::1 localhost\n")
        hosts.writelines(f"{address} {name}\n" for name, address in ADDRESSES.items())
    enter(
        Path(hosts.name),
        [sys.executable, "-m", "pytest", "-n", "0", "--timeout", "300", *(sys.argv[1:] or [str(TESTS)])],
    )


if __name__ == "__main__":
    main()
