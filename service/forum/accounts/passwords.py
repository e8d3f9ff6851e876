"""Passwords: hashing new ones, checking ours and the older ones of the shared database.

A hash takes about a tenth of a second and 32 MB, so both functions work in a thread, and callers use them outside
of any transaction.
"""

import asyncio
import secrets
from functools import lru_cache

import bcrypt
import msgspec
from werkzeug.security import check_password_hash, generate_password_hash

# bcrypt never looked further than this; hashes made with it must go on matching.
_BCRYPT_BYTES = 72
_BCRYPT_PREFIXES = ("$2a$", "$2b$", "$2y$")


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of a check.

    Attributes:
        correct: The password belongs to the hash.
        outdated: It does, and the hash is of a kind that should be replaced.
    """

    correct: bool
    outdated: bool = False


async def hash_password(password: str) -> str:
    """A salted scrypt hash of 162 characters, in the form that werkzeug writes."""
    return await asyncio.to_thread(generate_password_hash, password.strip(), "scrypt")


async def check_password(stored: str | None, password: str) -> Verdict:
    """Whether the password belongs to the stored hash: scrypt or pbkdf2 of werkzeug, or bcrypt.

    Without a stored hash (no such account, or one without a password) the same work is done in vain, so that the
    time taken tells nothing.
    """
    return await asyncio.to_thread(_check, stored, password.strip())


def _check(stored: str | None, password: str) -> Verdict:
    if not stored:
        check_password_hash(_hash_of_nobody(), password)
        return Verdict(False)
    if stored.startswith(_BCRYPT_PREFIXES):
        return Verdict(_check_bcrypt(stored, password), outdated=True)
    try:
        return Verdict(
            check_password_hash(stored, password),
            outdated=not stored.startswith("scrypt:"),
        )
    except ValueError:
        return Verdict(False)


def _check_bcrypt(stored: str, password: str) -> bool:
    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], stored.encode())
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return generate_password_hash(secrets.token_urlsafe(24), "scrypt")
