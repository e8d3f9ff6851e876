"""What a peer does not do, by its own choice, with the reason: nothing that we could mend."""

OURS, THEIRS = "ours", "theirs"  # whose the community is

# By the peer, the cell's name, and whose the community is (both, where it does not matter).
LIMITS: dict[tuple[str, str, str], str] = {}


def limit(peer: str, cell: str, whose: str) -> str | None:
    """Return why a cell cannot be seen, or None."""
    return LIMITS.get((peer, cell, whose)) or LIMITS.get((peer, cell, ""))
