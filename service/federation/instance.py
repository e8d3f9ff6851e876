"""The site's own actor, in whose name documents are asked for where a server answers nobody unknown."""

import time
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.federation.signatures import cavage
from service.federation.signatures.keys import private_key_from
from service.outbound.client import Signer
from service.storage.tables import Site


def actor_id(domain: str) -> str:
    """Return the id of the site's actor, as PieFed has given it."""
    return f"https://{domain}/actor"


async def signer(db: AsyncConnection, domain: str) -> Signer | None:
    """Return what signs in the name of the site; None where it has no key that can be used.

    Parameters:
        db: a connection.
        domain: the site's.
    """
    pem = await db.scalar(select(Site.private_key).order_by(Site.id).limit(1))
    try:
        return _signer(private_key_from(pem), f"{actor_id(domain)}#main-key") if pem else None
    except ValueError:
        return None


def _signer(key: RSAPrivateKey, key_id: str) -> Signer:
    def sign(method: str, url: str, body: bytes | None) -> Mapping[str, str]:
        return cavage.signed_headers(method, url, body, key_id=key_id, key=key, now=time.time())

    return sign
