"""Tagged statements: each asks the server to give back a token that was never used before, after a random pause.

An answer that is not one's own token was meant for somebody else.
"""

import itertools
import os
import random
from collections import Counter

from sqlalchemy import text

ECHO = text("SELECT CAST(:token AS text) FROM pg_sleep(CAST(:pause AS double precision))")
ANSWERS, MISMATCHES = "answers", "mismatches"

_numbers = itertools.count()


def new_token() -> str:
    """Return a token that names its process and is never used again."""
    return f"{os.getpid()}.{next(_numbers)}.{random.getrandbits(32):08x}"


class Tally:
    """What one process has seen: answers, mismatches, cancelled statements, refusals and errors by their kind."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def answer(self, token: str, answer: object) -> None:
        """Count an answer, and whether it was the right one."""
        self.counts[ANSWERS] += 1
        if answer != token:
            self.counts[MISMATCHES] += 1

    def note(self, what: str) -> None:
        """Count something else."""
        self.counts[what] += 1


def in_words(counts: Counter[str]) -> str:
    """Write counts out, the most frequent first."""
    return ", ".join(f"{count:,} {what}" for what, count in counts.most_common()) or "nothing"
