"""Keys of actors: read from PEM, used for signing and verifying. RSA, and Ed25519 where a server has it."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from service.federation.errors import Malformed

LONGEST_PEM = 8192  # characters
RSA_BITS = range(2048, 8193)

PublicKey = RSAPublicKey | Ed25519PublicKey


def public_key_from(pem: str) -> PublicKey:
    """Read a public key.

    Raises:
        Malformed: it is none, of a kind that we do not know, or too small or large.
    """
    if len(pem) > LONGEST_PEM:
        raise Malformed("publicKeyPem: too long.")
    try:
        key = load_pem_public_key(pem.strip().encode())
    except (ValueError, UnicodeError, UnsupportedAlgorithm):
        raise Malformed("publicKeyPem: cannot be read.") from None
    if isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS:
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    raise Malformed("publicKeyPem: neither RSA of 2048 to 8192 bits nor Ed25519.")


def private_key_from(pem: str) -> RSAPrivateKey:
    """Read a private key of our own tables; without the check of its numbers, which takes 77 ms of the loop.

    Raises:
        ValueError: the row does not hold an RSA key.
    """
    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the private key is not RSA")  # noqa: TRY004 - the row's value is wrong
    return key


def sign(key: RSAPrivateKey, message: bytes) -> bytes:
    """Sign with RSASSA-PKCS1-v1_5 and SHA-256: what every server here verifies."""
    return key.sign(message, PKCS1v15(), SHA256())


def is_signed(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether the key's owner signed the message."""
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(signature, message)
        else:
            key.verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
