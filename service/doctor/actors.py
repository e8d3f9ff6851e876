"""Accounts, communities and feeds that lack a key or an address, as PieFed leaves those that wait, and old ones."""

from collections import Counter
from collections.abc import Sequence

from service.config import Config
from service.doctor.findings import Finding
from service.doctor.opened import opened
from service.federation.completing import Kind, complete, incomplete
from service.storage.transaction import StorageError

SUBJECT = "actors"
NAMES: dict[Kind, tuple[str, str]] = {
    "person": ("account", "accounts"),
    "community": ("community", "communities"),
    "feed": ("feed", "feeds"),
    "site": ("site", "sites"),
}


async def look_at_actors(config: Config, *, repair: bool) -> Finding:
    """See that whoever can be followed has keys and addresses.

    Parameters:
        config: the whole configuration; PostgreSQL has answered, and its schema is current.
        repair: give them what they lack.
    """
    try:
        async with opened(config) as database:
            async with database.read() as db:
                lacking = await incomplete(db)
            for kind, id_ in lacking if repair else ():
                await complete(database, kind, id_, domain=config.site.domain)
    except StorageError as error:
        return Finding(SUBJECT, False, str(error), "pieloop doctor, again")
    if not lacking:
        return Finding(SUBJECT, True, "everyone here who can be followed has a key and addresses")
    if repair:
        return Finding(SUBJECT, True, f"completed now: {_counted(lacking)}")
    words = f"without a key or an address: {_counted(lacking)}; created when first requested"
    return Finding(SUBJECT, False, words, "pieloop doctor --repair")


def _counted(lacking: Sequence[tuple[Kind, int]]) -> str:
    counts = Counter(kind for kind, _ in lacking)
    return ", ".join(f"{count} {NAMES[kind][count > 1]}" for kind, count in counts.items())
