"""Hashes of passwords and key pairs that cost little: a run makes thousands, and few tests look at them.

A hash in earnest takes a tenth of a second of the processor, a key pair half of that. Programs that tests start from
nothing make them in earnest, and so do tests with the fixture `costly_secrets`.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.security import generate_password_hash

from service.forum.accounts import keys, passwords
from service.forum.accounts.keys import KeyPair

CHEAP = "scrypt:1024:8:1"
DIFFERENT = 8  # key pairs, given out in turn

_hash, _make = generate_password_hash, keys._make_keys
_pairs: deque[KeyPair] = deque()


def make_secrets_cheap() -> None:
    """Let this process make them cheaply from now on."""
    passwords.generate_password_hash = _hash_cheaply  # type: ignore[attr-defined]
    keys._make_keys = _one_of_few


@contextmanager
def in_earnest() -> Iterator[None]:
    """Make them as the product does while the body runs."""
    passwords.generate_password_hash = _hash  # type: ignore[attr-defined]
    keys._make_keys = _make
    try:
        yield
    finally:
        make_secrets_cheap()


def _hash_cheaply(password: str, method: str = "scrypt", salt_length: int = 16) -> str:
    return _hash(password, CHEAP if method == "scrypt" else method, salt_length)


def _one_of_few() -> KeyPair:
    if len(_pairs) < DIFFERENT:
        _pairs.append(_make())
    else:
        _pairs.rotate()
    return _pairs[-1]
