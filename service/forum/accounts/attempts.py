"""Whose wrong passwords are counted together. Pure.

All strangers who try one account share one count, and wait longer with each failure. Whoever is known to the account,
by a browser that was let in before or by an address that its sessions come from, has a count of their own: so nobody
is locked out by what others try.
"""

from collections.abc import Collection
from hashlib import sha256

import msgspec

from service.forum.accounts.households import household

# Wrong passwords that nobody waits for: of strangers, and of a place that is known, where several may come in at once.
STRANGERS_AT_ONCE, KNOWN_AT_ONCE = 5, 20


class Count(msgspec.Struct, frozen=True):
    """Where an attempt is counted.

    Attributes:
        key: 32 bytes.
        at_once: how many wrong ones nobody waits for.
    """

    key: bytes
    at_once: int


class Device(msgspec.Struct, frozen=True):
    """A browser that was let into an account before, as its cookie proves.

    Attributes:
        name: random, of this browser.
    """

    account_id: int
    name: str


def count_of_strangers(account_id: int) -> Count:
    """Return where all strangers' wrong passwords for an account are counted."""
    return _count(f"account:{account_id}", STRANGERS_AT_ONCE)


def count_of_changes(account_id: int) -> Count:
    """Return where wrong old passwords are counted, of somebody who is signed in."""
    return _count(f"change:{account_id}", STRANGERS_AT_ONCE)


def count_of_nobody(typed: str) -> Count:
    """Return where it is counted if there is no such account, so that nobody learns that from the wait."""
    return _count(f"nobody:{typed.strip().lower()}", STRANGERS_AT_ONCE)


def count_of_attempt(
    account_id: int, *, address: str, device: Device | None, known_addresses: Collection[str]
) -> Count:
    """Return where an attempt to sign in is counted.

    Parameters:
        address: where it comes from.
        known_addresses: where the account's sessions come from.
    """
    if device is not None and device.account_id == account_id:
        return _count(f"device:{account_id}:{device.name}", KNOWN_AT_ONCE)
    place = household(address) if address else ""
    if place and place in {household(known) for known in known_addresses}:
        return _count(f"known:{account_id}:{place}", KNOWN_AT_ONCE)
    return count_of_strangers(account_id)


def _count(whose: str, at_once: int) -> Count:
    return Count(sha256(whose.encode(errors="replace")).digest(), at_once)
