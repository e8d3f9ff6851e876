"""What happens to an activity between the socket and the answer: cheap checks first, then the key, then the disk."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from enum import StrEnum

from service.federation.errors import NotTheirs, Refused, Unsigned
from service.federation.fetch import Gone
from service.federation.intake.envelope import Envelope, envelope_from
from service.federation.intake.keyring import ActorKey, Keyring
from service.federation.intake.pace import Pace
from service.federation.intake.writer import Writer
from service.federation.signatures.claim import Claim
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received


class Outcome(StrEnum):
    """How it ended; both are success for the sender."""

    STORED = "stored"
    NOT_OURS = "not ours"  # somebody whom we never knew says good-bye


class Blocked(Refused):
    """The sender's server may not talk to us."""

    def __init__(self) -> None:
        super().__init__("blocked", "This server does not federate with yours.")


class Door:
    """Lets activities in.

    Parameters:
        keyring: knows the keys of senders.
        writer: stores what is let in.
        admits: whether a host may talk to us.
        pace: how fast a server may send Follows: each costs an answer.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        keyring: Keyring,
        writer: Writer,
        admits: Callable[[str], bool],
        pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keyring = keyring
        self._writer = writer
        self._admits = admits
        self._pace = pace
        self._clock = clock

    async def let_in(
        self,
        received: Received,
        aside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
    ) -> Outcome:
        """Verify an activity and store it; when this returns it is on the disk, or known from before.

        Parameters:
            received: the request.
            aside: entered while another server is asked for a key: gives back what others may use meanwhile.

        Raises:
            Malformed: it is no activity.
            Blocked: its server may not talk to us.
            Unsigned, NotTheirs: it is not proven to be the actor's.
            TooFast: its server sends too many of these.
            TooManyStrangers, Later, StorageError: not now; the sender has to try again.
        """
        envelope = envelope_from(received.body)
        if not self._admits(envelope.host):
            raise Blocked
        claim = read_claim(received, self._clock())
        key = await self._keyring.known(claim.key_id, envelope.actor)
        if key is None:
            # Good-byes of people whom nobody here ever met are the commonest of all; their documents are gone.
            if envelope.is_farewell:
                return Outcome.NOT_OURS
            async with aside():
                key = await self._first_met(claim, envelope)
            if key is None:
                return Outcome.NOT_OURS
        await self._prove(claim, envelope, key, aside)
        if self._pace is not None and envelope.kind == "Follow":
            self._pace.spend(envelope.host)
        await self._writer.store(envelope)
        return Outcome.STORED

    async def _first_met(self, claim: Claim, envelope: Envelope) -> ActorKey | None:
        try:
            return await self._keyring.fetched(claim.key_id, envelope.actor)
        except Gone:
            return None

    async def _prove(
        self,
        claim: Claim,
        envelope: Envelope,
        key: ActorKey,
        aside: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        """Let nothing pass whose actor did not sign it; a key that changed is asked for once."""
        if key.owner.lower() != envelope.actor.lower():
            raise NotTheirs("The key is not the actor's.")
        if claim.holds(key.key):
            return
        async with aside():
            fresh = await self._keyring.changed(claim.key_id, envelope.actor)
        if fresh is None or not claim.holds(fresh.key):
            raise Unsigned("The signature does not hold.")
