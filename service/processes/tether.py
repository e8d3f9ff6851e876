"""Start a program that cannot outlive the process that started it.

Run as a script by `children.start`, once for every process that we start, so it imports next to nothing:

    python -I -S tether.py PARENT SIGNAL ACCOUNT PROGRAM ARGUMENT...

PARENT is the starter's process id, SIGNAL the number of what the program gets when the starter dies, ACCOUNT is
`-` or `uid:gid` or `uid:gid:override` (with CAP_DAC_OVERRIDE, see `become`).
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
SECBIT_NO_SETUID_FIXUP = 4
CAPABILITY_VERSION_3 = 0x20080522

COULD_NOT_START = 127
POLL_SECONDS = 0.5


def main(arguments: list[str]) -> None:
    """Become the account, follow the parent, become the program; exits with 127 and a sentence where that fails."""
    parent, death_signal, account, *program = arguments
    try:
        if account != "-":
            uid, gid, *override = account.split(":")
            become(int(uid), int(gid), override=bool(override))
        follow(int(parent), int(death_signal))
        os.execv(program[0], program)
    except OSError as error:
        print(f"{program[0]} cannot be started: {error}", file=sys.stderr, flush=True)
        os._exit(COULD_NOT_START)


def become(uid: int, gid: int, *, override: bool) -> None:
    """Give up root for another account, for good.

    Parameters:
        override: keep CAP_DAC_OVERRIDE across the change and across exec (as an ambient capability): the program then
            reaches files below directories that only root may enter, without any of them being opened to others.

    Raises:
        OSError: the account or the capability cannot be had here.
    """
    if override:
        # Else access(2), with which PostgreSQL looks at its own binaries, would leave the capability out.
        _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if override:
        _keep_only(CAP_DAC_OVERRIDE)
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)


def follow(parent: int, death_signal: int) -> None:
    """Have this process get `death_signal` when `parent` dies, and end at once if that has happened already.

    Linux does it by itself, for the thread that started us. It forgets the wish at a change of account, so `become`
    comes first. Elsewhere a small process watches.
    """
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, death_signal)
    else:
        watch(parent, death_signal)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def watch(parent: int, death_signal: int) -> None:
    """Fork a process that looks twice a second whether `parent` still lives, and signals us when it does not."""
    followed = os.getpid()
    if os.fork() != 0:
        return
    os.closerange(0, 1024)
    os.setsid()
    while os.getppid() == followed:
        if not _lives(parent):
            os.kill(followed, death_signal)
            break
        time.sleep(POLL_SECONDS)
    os._exit(0)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _keep_only(capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    # effective, permitted and inheritable, each in two halves of 32.
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _checked(ctypes.CDLL(None, use_errno=True).capset(header, sets), "capset")


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)][:4]
    _checked(ctypes.CDLL(None, use_errno=True).prctl(option, *padded), "prctl")


def _checked(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1:])
