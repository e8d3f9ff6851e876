"""RSA key pairs of accounts and communities, with which they sign what they send to other servers."""

import asyncio

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


class KeyPair(msgspec.Struct, frozen=True):
    """Two PEM texts: PKCS #8 without a passphrase, and SubjectPublicKeyInfo."""

    private: str
    public: str

    def __repr__(self) -> str:
        return "KeyPair(…)"


async def make_keys() -> KeyPair:
    """A new pair of 2,048 bits, made in a thread; call it outside of any transaction."""
    return await asyncio.to_thread(_make_keys)


def _make_keys() -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(private.decode(), public.decode())
