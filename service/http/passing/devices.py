"""Browsers that were let in before: a cookie that outlives the session.

It lets nobody in; it only keeps the count of wrong passwords apart. See `forum.accounts.attempts`.
"""

import hashlib
import hmac
import secrets

from quart import Response, request

from service.forum.accounts.attempts import Device
from service.http.context import resources

COOKIE = "pieloop_device"
LIFETIME = 365 * 86_400  # seconds
ID_DIGITS = 10


def known_device() -> Device | None:
    """Return what the browser that asks proves; None if it was never let in, or its cookie is not ours."""
    account, _, rest = request.cookies.get(COOKIE, "").partition(".")
    name, _, seal = rest.partition(".")
    if not (account.isascii() and account.isdecimal() and len(account) <= ID_DIGITS):
        return None
    if not hmac.compare_digest(seal.encode(), _seal(int(account), name).encode()):
        return None
    return Device(int(account), name)


def remember_device(response: Response, account_id: int) -> None:
    """Let the browser prove later that it was let into this account."""
    known = known_device()
    same = known is not None and known.account_id == account_id
    name = known.name if known is not None and same else secrets.token_urlsafe(12)
    response.set_cookie(
        COOKIE,
        f"{account_id}.{name}.{_seal(account_id, name)}",
        max_age=LIFETIME,
        secure=resources().config.site.over_tls,
        httponly=True,
        samesite="Lax",
        path="/auth/",
    )


def _seal(account_id: int, name: str) -> str:
    key = resources().config.site.secret_key.encode()
    return hmac.new(key, f"device:{account_id}:{name}".encode(), hashlib.sha256).hexdigest()
