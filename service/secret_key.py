"""How good a secret key is: whoever guesses it signs in as anybody. Pure."""

from math import log2

SHORTEST, LONG_ENOUGH = 16, 32  # characters
FEWEST_BITS, BITS_ENOUGH = 40, 96
MEND = "Make one with: openssl rand -base64 48"

# Defaults and examples of pyfedi and others, which everybody can read.
PUBLISHED = frozenset({"you-will-never-guess", "you-will-never-guesss", "change this to random characters"})


def problem_with(key: str) -> str | None:
    """Return why no site may have this key, in a sentence; None if one may."""
    if key.strip("'\" ") in PUBLISHED:
        return f"this is an example that everybody can read. {MEND}."
    if len(key) < SHORTEST:
        return f"expected at least {SHORTEST} characters, and {LONG_ENOUGH} for a new site. {MEND}."
    if _bits(key) < FEWEST_BITS:
        return f"this can be guessed: it has too few different characters. {MEND}."
    return None


def weakness_of(key: str) -> str | None:
    """Return why a new site may not have this key, in a sentence; a site that has it already is only warned."""
    if len(key) < LONG_ENOUGH:
        return f"it has {len(key)} characters, and {LONG_ENOUGH} are wanted"
    if _bits(key) < BITS_ENOUGH:
        return "it repeats itself, or has too few different characters"
    return None


def _bits(key: str) -> float:
    """Return about how much chance there can be in a key: in its shortest part that is not repeated."""
    part = next(key[:size] for size in range(1, len(key) + 1) if (key[:size] * len(key)).startswith(key))
    return len(part) * log2(len(set(part)))
