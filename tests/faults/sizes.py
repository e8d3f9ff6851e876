"""How long and how large the drills are: short for every test run, as long as one likes by DRILL_… variables."""

import os


def size(name: str, short: float) -> float:
    """Return the value of DRILL_<name>, or the short one."""
    return float(os.environ.get(f"DRILL_{name}", short))


OUTAGE = size("OUTAGE", 3)  # seconds for which a server is away, a lock is held, a network is a black hole
KILLING = size("KILLING", 0)  # seconds; every kind of process is killed once at least
PAUSE = size("PAUSE", 0.2)  # seconds between the requests of a client
CROWD_SECONDS = size("CROWD_SECONDS", 3)
CROWD = int(size("CROWD", 200))  # requests at once
WRITES = int(size("WRITES", 60))  # that are abandoned at a random moment
EVENTS = int(size("EVENTS", 60))  # pending when Redis is flushed
PICTURES = int(size("PICTURES", 15))  # that each of three processes uploads and deletes
SIDE_BY_SIDE = size("SIDE_BY_SIDE", 1.5)  # seconds in which another program writes to the same database
# Writes that are acknowledged before the primary dies, and again after; 0: not at all.
FAILOVER = int(size("FAILOVER", 0))
SIEGE = size("SIEGE", 0)  # seconds for which the site is attacked in every way at once; 0: not at all
SIEGE_PROCESSES = int(size("SIEGE_PROCESSES", 2))  # web processes then
