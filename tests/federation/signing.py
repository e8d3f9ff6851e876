"""Actors of other servers with keys, and requests that they sign."""

import json
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.federation.signatures import cavage
from service.federation.signatures.request import Received
from tests.federation.network import Peer

HERE = "https://here.example"


@cache
def key(number: int = 0) -> RSAPrivateKey:
    """Return one of a few keys, each made once a run."""
    return generate_private_key(65537, 2048)


def pem_of(private: RSAPrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def actor(server: Peer, path: str = "/u/ana", private: RSAPrivateKey | None = None, **fields: Any) -> str:
    """Let a server have an actor with a key; return its id."""
    identity = server.id(path)
    described = {
        "type": "Person",
        "preferredUsername": path.rpartition("/")[2],
        "inbox": f"{identity}/inbox",
        "publicKey": {
            "id": f"{identity}#main-key",
            "owner": identity,
            "publicKeyPem": pem_of(private or key()),
        },
    }
    return server.has(path, **(described | fields))


def signed(
    activity: dict[str, Any] | bytes,
    *,
    key_id: str,
    private: RSAPrivateKey | None = None,
    path: str = "/inbox",
    form: Any = cavage,
) -> Received:
    """Return the request that brings an activity, signed."""
    body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
    headers = form.signed_headers(
        "POST", HERE + path, body, key_id=key_id, key=private or key(), now=time.time()
    )
    return Received(
        method="POST",
        target=urlsplit(HERE + path).path,
        scheme="https",
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
    )


def like(actor_id: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a Like of an actor's."""
    origin = "/".join(actor_id.split("/")[:3])
    return {
        "id": f"{origin}/likes/{number}",
        "type": "Like",
        "actor": actor_id,
        "object": f"{HERE}/post/1",
    } | fields
