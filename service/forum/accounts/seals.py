"""What shows that an address was given to an account by this site: a seal in it that nobody else can make. Pure."""

import hashlib
import hmac

LENGTH = 40


def seal_of(purpose: str, account_id: int, secret: str, *more: str) -> str:
    """Return the seal of an account's address.

    Parameters:
        purpose: what the address is for; a seal is good for nothing else.
        secret: the site's; with it all seals change.
        more: with what else it is to change.
    """
    sealed = ":".join((purpose, str(account_id), *more))
    return hmac.new(secret.encode(), sealed.encode(), hashlib.sha256).hexdigest()[:LENGTH]


def is_sealed(seal: str, purpose: str, account_id: int, secret: str, *more: str) -> bool:
    """Whether it is the seal of this account's address for this purpose."""
    return hmac.compare_digest(seal.encode(), seal_of(purpose, account_id, secret, *more).encode())
