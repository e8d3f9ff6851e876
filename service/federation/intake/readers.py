"""Which server asks for a document, where that matters: it signs its question with the key of one of its actors.

Source: https://docs.joinmastodon.org/spec/security/#http-sign (secure mode), FEP-2677 (the actor that asks)
"""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from service.federation.errors import Unsigned
from service.federation.fetch import Gone
from service.federation.intake.door import Blocked
from service.federation.intake.keyring import ActorKey, Keyring
from service.federation.origin import host_of
from service.federation.signatures.claim import Claim
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received

Aside = Callable[[], AbstractAsyncContextManager[None]]


class Readers:
    """Knows who asks.

    Parameters:
        keyring: knows the keys of those who ask.
        admits: whether a host may talk to us.
        clock: seconds since 1970.
    """

    def __init__(
        self, keyring: Keyring, admits: Callable[[str], bool], clock: Callable[[], float] = time.time
    ) -> None:
        self._keyring = keyring
        self._admits = admits
        self._clock = clock

    async def server_of(self, received: Received, aside: Aside = nullcontext) -> str:
        """Return the host of the server whose signature a request carries.

        Parameters:
            received: the request.
            aside: entered while the server is asked for its key: gives back what others may use meanwhile.

        Raises:
            Unsigned: it is not signed, or the signature proves nothing.
            Blocked: that server may not talk to us.
            TooManyStrangers, Later, StorageError: not now; whoever asks has to try again.
        """
        claim = read_claim(received, self._clock())
        host = host_of(claim.key_id)
        if host is None:
            raise Unsigned("keyId: this is no address.")
        if not self._admits(host):
            raise Blocked
        actor = claim.key_id.partition("#")[0]
        key = await self._keyring.known(claim.key_id, actor)
        if key is None:
            async with aside():
                key = await self._first_met(claim)
        if not claim.holds(key.key):
            async with aside():
                key = await self._keyring.changed(claim.key_id, key.owner)
            if key is None or not claim.holds(key.key):
                raise Unsigned("The signature does not hold.")
        return host

    async def _first_met(self, claim: Claim) -> ActorKey:
        try:
            return await self._keyring.fetched(claim.key_id, None)
        except Gone:
            raise Unsigned("The key is gone.") from None
