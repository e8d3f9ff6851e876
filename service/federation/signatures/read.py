"""One way to read a signed request, whichever of the two forms it has."""

from service.federation.signatures import cavage, messages
from service.federation.signatures.claim import Claim
from service.federation.signatures.request import Received


def read_claim(received: Received, now: float) -> Claim:
    """Return what a request's signature claims; see cavage.read_claim.

    Parameters:
        received: the request.
        now: seconds since 1970.

    Raises:
        Unsigned: the signature proves nothing, whoever made it.
    """
    if "signature-input" in received.headers:
        return messages.read_claim(received, now)
    return cavage.read_claim(received, now)
