"""The kinds of token: of a browser's session, of an API client, and of a letter that PieFed sent. Pure.

API tokens follow PieFed's rules, so that those handed out by it stay good: HS256 with the site's secret key, `sub` the
account's id as text, `iss` the domain, `iat` in whole seconds, and no end. Ours also name a session in `jti`, and are
good for as long as it is there.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import jwt
import msgspec

SESSION_BYTES = 32
_CLOCK_LEEWAY = 60
KNOWN = 2048  # tokens of which one process remembers what they say
RESET_LASTS = timedelta(minutes=10)  # a link that PieFed sent


class Claims(msgspec.Struct, frozen=True):
    """What an API token says.

    Attributes:
        account_id: Whose it is.
        issued_at: Seconds of the Unix epoch.
        key: Names the app's session; None in a token that has none.
    """

    account_id: int
    issued_at: int
    key: str | None = None


class ResetClaims(msgspec.Struct, frozen=True):
    """What the link of PieFed's letter for a new password says.

    Attributes:
        account_id: Whose it is.
        issued_at: When it was sent, naive UTC.
    """

    account_id: int
    issued_at: datetime


def new_session_token() -> str:
    """A random token for a cookie; only its hash is ever stored."""
    return secrets.token_urlsafe(SESSION_BYTES)


def hash_of(token: str) -> bytes:
    """The 32 bytes under which a session is stored."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def hash_of_app(key: str) -> bytes:
    """The 32 bytes under which an app's session is stored; a browser's cookie never has them."""
    return hash_of(f"app:{key}")


def issue_api_token(
    account_id: int, *, secret: str, domain: str, now: datetime, key: str | None = None
) -> str:
    """A token for an API client.

    Parameters:
        now: naive UTC.
        key: of the app's session; without one the token cannot be taken back.
    """
    issued_at = int(now.replace(tzinfo=UTC).timestamp())
    claims = {"sub": str(account_id), "iss": domain, "iat": issued_at}
    if key is not None:
        claims["jti"] = key
    return jwt.encode(claims, secret, algorithm="HS256")


def read_api_token(token: str, *, secret: str) -> Claims | None:
    """What a token says; None if it is not one of ours. Whether the account may still use it is another question."""
    try:
        return _lasting(token, secret)
    except _Ending as ending:
        return ending.claims
    except (jwt.InvalidTokenError, ValueError, TypeError):
        return None


class _Ending(Exception):
    """A token that is good for now only; those of ours and of PieFed's have no end."""

    def __init__(self, claims: Claims) -> None:
        super().__init__()
        self.claims = claims


@lru_cache(maxsize=KNOWN)
def _lasting(token: str, secret: str) -> Claims:
    """Read a token, once for all of the requests that an app makes with it."""
    said = jwt.decode(
        token,
        secret,
        algorithms=["HS256"],
        leeway=_CLOCK_LEEWAY,
        options={"require": ["sub", "iat"], "verify_sub": False, "verify_jti": False},
    )
    key = said.get("jti")
    claims = Claims(int(said["sub"]), int(said["iat"]), None if key is None else str(key))
    if "exp" in said:
        raise _Ending(claims)
    return claims


def read_reset_token(token: str, *, secret: str) -> ResetClaims | None:
    """What a link for a new password says that PieFed sent; None if it is none, or its time is over."""
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"require": ["exp", "reset_password"], "verify_sub": False, "verify_jti": False},
        )
        issued_at = datetime.fromtimestamp(float(claims["exp"]), UTC) - RESET_LASTS
        if issued_at > datetime.now(UTC) + timedelta(seconds=_CLOCK_LEEWAY):
            return None
        return ResetClaims(int(claims["reset_password"]), issued_at.replace(tzinfo=None))
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
        return None
