"""Passwords: hashing new ones, checking ours and the older ones of the shared database.

A hash takes about a tenth of a second and 32 MB, so both functions work in a thread, and callers use them outside
of any transaction. One is worked on at a time in each process: many at once, from people or from somebody who tries
passwords, would leave no processor for pages. The thread has no lower rank than the loop's: it holds Python's lock now
and then, and whoever waits for that would wait for all other programs of the machine.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

import bcrypt
import msgspec
from werkzeug.security import check_password_hash, generate_password_hash

from service.forum.errors import TooMany
from service.language import _

T = TypeVar("T")

AT_ONCE = 40  # passwords that one process knows of: the last one waits for some four seconds
COME_BACK = 5  # seconds
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
    """A salted scrypt hash of 162 characters, in the form that werkzeug writes.

    Raises:
        TooMany: so many wait that this one would wait too long.
    """
    return await _in_turn(lambda: generate_password_hash(password.strip(), "scrypt"))


async def check_password(stored: str | None, password: str) -> Verdict:
    """Whether the password belongs to the stored hash: scrypt or pbkdf2 of werkzeug, or bcrypt.

    Without a stored hash (no such account, or one without a password) the same work is done in vain, so that the
    time taken tells nothing.

    Raises:
        TooMany: so many wait that this one would wait too long.
    """
    return await _in_turn(lambda: _check(stored, password.strip()))


class _Turns:
    """Who is worked on, and who waits."""

    def __init__(self) -> None:
        self.taken = 0
        self.thread = ThreadPoolExecutor(1, "passwords")


_turns = _Turns()
_aside: ContextVar[Callable[[], AbstractAsyncContextManager[None]]] = ContextVar("aside", default=nullcontext)


@contextmanager
def standing_aside(how: Callable[[], AbstractAsyncContextManager[None]]) -> Iterator[None]:
    """Let whoever works on a password in the body hold nothing meanwhile that others wait for.

    Parameters:
        how: gives up what is held, and takes it again at its end.
    """
    token = _aside.set(how)
    try:
        yield
    finally:
        _aside.reset(token)


async def _in_turn(work: Callable[[], T]) -> T:
    if _turns.taken >= AT_ONCE:
        words = _("Too many people are signing in at this moment. Try again shortly.")
        raise TooMany(words, code="rate_limited", retry_after=COME_BACK)
    _turns.taken += 1
    try:
        async with _aside.get()():
            return await asyncio.get_running_loop().run_in_executor(_turns.thread, work)
    finally:
        _turns.taken -= 1


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
