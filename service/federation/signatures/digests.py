"""Digests of bodies: the header `Digest` (RFC 3230, with cavage) and `Content-Digest` (RFC 9530, with RFC 9421)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable

from service.federation.errors import Unsigned

ALGORITHMS: dict[str, Callable[[bytes], bytes]] = {
    "sha-256": lambda body: hashlib.sha256(body).digest(),
    "sha-512": lambda body: hashlib.sha512(body).digest(),
}
CONTENT_DIGEST = re.compile(r"\s*([a-zA-Z0-9-]+)=:([A-Za-z0-9+/=]*):\s*")
MOST = 4  # entries of a header that are looked at


def digest_of(body: bytes) -> str:
    """Return the header Digest of a body."""
    return f"SHA-256={_encoded(ALGORITHMS['sha-256'](body))}"


def content_digest_of(body: bytes) -> str:
    """Return the header Content-Digest of a body."""
    return f"sha-256=:{_encoded(ALGORITHMS['sha-256'](body))}:"


def check_digest(header: str | None, body: bytes) -> None:
    """Compare a header Digest with the body; every entry of an algorithm that we know must be right.

    Raises:
        Unsigned: the header is missing, names no algorithm that we know, or is another body's.
    """
    entries = [entry.strip().partition("=") for entry in (header or "").split(",")[:MOST]]
    _check([(name.lower(), value) for name, _, value in entries], body)


def check_content_digest(header: str | None, body: bytes) -> None:
    """Compare a header Content-Digest with the body, as check_digest does."""
    found = [CONTENT_DIGEST.fullmatch(entry) for entry in (header or "").split(",")[:MOST]]
    _check([(entry[1].lower(), entry[2]) for entry in found if entry], body)


def _check(entries: list[tuple[str, str]], body: bytes) -> None:
    known = [(name, value) for name, value in entries if name in ALGORITHMS]
    if not known:
        raise Unsigned("The request has no digest that we know; send SHA-256.")
    for name, value in known:
        try:
            given = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise Unsigned("The digest cannot be read.") from None
        if not hmac.compare_digest(given, ALGORITHMS[name](body)):
            raise Unsigned("The digest is another body's.")


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
