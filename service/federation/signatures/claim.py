"""What a signature claims, before a key has shown whether it is true."""

import msgspec

from service.federation.signatures.keys import PublicKey, is_signed


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A signature that covers what it has to, in its time; only the key is still to be asked.

    Attributes:
        key_id: the key that is said to have made it.
        signed: the bytes that were signed.
        signature: the raw signature.
    """

    key_id: str
    signed: bytes
    signature: bytes

    def holds(self, key: PublicKey) -> bool:
        """Whether this key made the signature."""
        return is_signed(key, self.signed, self.signature)
