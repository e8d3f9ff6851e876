"""Asks other servers for JSON that is no ActivityStreams: what they run, and what they publish by their APIs."""

from typing import Any

import msgspec

from service.outbound.client import OutboundClient
from service.outbound.errors import OutboundError

# Whatever type it is called: only what can be read counts.
ACCEPT = "application/json, application/*+json, */*;q=0.1"


class Unreadable(Exception):
    """There is no JSON at an address, or none that means anything; the message says why, for administrators."""


async def json_at(client: OutboundClient, url: str, *, largest: int) -> Any:
    """Return what a server answers.

    Parameters:
        client: the way out.
        url: an address.
        largest: bytes that are taken.

    Raises:
        Unreadable: it cannot be asked, or has no JSON there.
    """
    try:
        answer = await client.get(url, accept=ACCEPT, max_bytes=largest)
    except OutboundError as error:
        raise Unreadable(str(error)) from None
    if answer.status != 200:
        raise Unreadable(f"The server responded with status {answer.status}.")
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError):
        raise Unreadable("The server's response isn't valid JSON.") from None
