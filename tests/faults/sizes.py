"""How long and how large the drills are: short for every test run, as long as one likes by DRILL_… variables."""

import os


def size(name: str, short: float) -> float:
    """Return the value of DRILL_<name>, or the short one."""
    return float(os.environ.get(f"DRILL_{name}", short))


OUTAGE = size("OUTAGE", 3)  # seconds for which a server is away, a lock is held, a network is a black hole
KILLING = size("KILLING", 0)  # seconds; every kind of process is killed once at least
CROWD_SECONDS = size("CROWD_SECONDS", 6)
CROWD = int(size("CROWD", 200))  # requests at once
WRITES = int(size("WRITES", 60))  # that are abandoned at a random moment
EVENTS = int(size("EVENTS", 200))  # pending when Redis is flushed
SIDE_BY_SIDE = size("SIDE_BY_SIDE", 3)  # seconds in which another program writes to the same database
SIEGE = size("SIEGE", 0)  # seconds for which the site is attacked in every way at once; 0: not at all
SIEGE_PROCESSES = int(size("SIEGE_PROCESSES", 2))  # web processes then
