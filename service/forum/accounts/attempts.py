"""Whose wrong passwords are counted together. Pure.

All strangers who try one account share one count, and wait longer with each failure. Whoever is known to the account,
by a browser that was let in before or by an address that its sessions come from, has a count of their own: so nobody
is locked out by what others try.
"""

from collections.abc import Collection
from hashlib import sha256

import msgspec

from service.forum.accounts.households import household


class Device(msgspec.Struct, frozen=True):
    """A browser that was let into an account before, as its cookie proves.

    Attributes:
        name: random, of this browser.
    """

    account_id: int
    name: str


def key_of_account(account_id: int) -> bytes:
    """Return what all strangers' wrong passwords for an account are counted under."""
    return _key(f"account:{account_id}")


def key_of_change(account_id: int) -> bytes:
    """Return what is counted under where somebody who is signed in gives their old password."""
    return _key(f"change:{account_id}")


def key_of_nobody(typed: str) -> bytes:
    """Return what is counted under where there is no such account, so that nobody learns that from the wait."""
    return _key(f"nobody:{typed.strip().lower()}")


def key_of_attempt(
    account_id: int, *, address: str, device: Device | None, known_addresses: Collection[str]
) -> bytes:
    """Return what an attempt to sign in is counted under.

    Parameters:
        address: where it comes from.
        known_addresses: where the account's sessions come from.
    """
    if device is not None and device.account_id == account_id:
        return _key(f"device:{account_id}:{device.name}")
    place = household(address) if address else ""
    if place and place in {household(known) for known in known_addresses}:
        return _key(f"known:{account_id}:{place}")
    return key_of_account(account_id)


def _key(whose: str) -> bytes:
    return sha256(whose.encode(errors="replace")).digest()
