"""What a peer does not do, by its own choice, with the reason: nothing that we could mend."""

OURS, THEIRS = "ours", "theirs"  # whose the community is

# By the peer, the cell's name, and whose the community is (both, where it does not matter).
LIMITS: dict[tuple[str, str, str], str] = {
    (
        "PYFEDI",
        "profile",
        "",
    ): "PieFed neither sends nor takes an Update of a person; it fetches people again.",
    ("PYFEDI", "report", THEIRS): "PieFed's API shows no reports.",
    ("PYFEDI", "resolution of a report", ""): "PieFed's API shows and resolves no reports.",
    ("PYFEDI", "ban from a community, undone", THEIRS): (
        "PieFed's task that would send the end of a ban made by its API fails before it sends."
    ),
    ("PYFEDI", "moderators: dismissed", OURS): (
        "PieFed writes it down, and its API goes on by the list of moderators that it remembers."
    ),
    ("PYFEDI", "account deletion", OURS): "PieFed's API deletes no accounts.",
    ("LEMMY", "post: poll, and votes in it", ""): "Lemmy has no polls.",
    ("LEMMY", "post: event", ""): "Lemmy has no events.",
    ("LEMMY", "profile", ""): "Lemmy neither sends nor takes an Update of a person; it fetches people again.",
}


def limit(peer: str, cell: str, whose: str) -> str | None:
    """Return why a cell cannot be seen, or None."""
    return LIMITS.get((peer, cell, whose)) or LIMITS.get((peer, cell, ""))
