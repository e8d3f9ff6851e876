"""Who may pass this door, and what is written down: it is on, the network is allowed, the secret right, the limit free.

In this order, so that a door that is switched off does nothing at all, and nobody learns more than they must. Every
call that comes further than the switch leaves an entry in the audit log: an operation that changes something writes it
in its own transaction, all others, and every refusal, are written here.
"""

import hmac
from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import sha256
from inspect import signature
from typing import Any

import structlog
from msgspec import structs
from quart import Response, request

from service.config import PrivateRegistrationConfig
from service.forum import audit
from service.forum.accounts.authority import of_system
from service.forum.errors import ForumError
from service.http.api.admin.errors import word_of
from service.http.api.admin.limits import Kind, limit_calls, take
from service.http.context import resources
from service.http.errors import describe
from service.http.passing.bodies.policy import policy_of, takes
from service.http.passing.visitors import client_address, is_within
from service.http.passing.windows import UNAVAILABLE
from service.http.refusals import Disabled, Refused, WrongNetwork, WrongSecret
from service.storage.transaction import StorageError

View = Callable[..., Awaitable[Response]]

HEADER = "X-PieFed-Secret"

log = structlog.get_logger()


class Call:
    """One call of this door, as its entry in the audit log will say it.

    Parameters:
        action: what is called.
        target: what it is about, such as `user:12`, or a name that is asked for; '' until it is known.
    """

    def __init__(self, action: str, target: str) -> None:
        self.authority = of_system(client_address(request))
        self.action = action
        self.target = target


def guarded(kind: Kind, *, writes_its_entry: bool = False) -> Callable[[View], View]:
    """Let only those call a view who may, and write down that they did, or what they were refused for.

    A handler with a parameter `call` gets the call: in whose name it acts, and what its entry says.

    Parameters:
        kind: whose limit counts.
        writes_its_entry: a successful call is written down by the operation, in its transaction.
    """

    def decorate(view: View) -> View:
        takes_call = "call" in signature(view).parameters

        @wraps(view)
        async def guarded_view(**path: Any) -> Response:
            check_enabled()
            call = Call(view.__name__, f"user:{path['user_id']}" if "user_id" in path else "")
            given = path | {"call": call} if takes_call else path
            try:
                await _admit(kind)
                response = await view(**given)
            except (ForumError, Refused) as refusal:
                await _write_refusal(call, refusal)
                raise
            if not writes_its_entry:
                await resources().database.write(audit.note, call.authority, call.action, target=call.target)
            return response

        return takes(structs.replace(policy_of(view, "POST"), admits=is_open))(guarded_view)

    return decorate


def check_enabled() -> None:
    """Raise Disabled, before any other work, unless the administrator has switched this door on."""
    if not resources().config.private_registration.enabled:
        raise Disabled


def check_network() -> None:
    """Raise WrongNetwork unless the client's own address lies in an allowed network, where there are any."""
    allowed = resources().config.private_registration.ips
    if allowed and not is_within(client_address(request), allowed):
        raise WrongNetwork


def is_open() -> bool:
    """Whether the door is open for whoever asks, as far as it can be known without counting."""
    try:
        check_enabled()
        check_network()
        check_secret()
    except Refused:
        return False
    return True


def check_secret() -> None:
    """Raise WrongSecret unless the header has one of the secrets."""
    if not is_known(request.headers.get(HEADER, ""), resources().config.private_registration):
        raise WrongSecret


def is_known(sent: str, config: PrivateRegistrationConfig) -> bool:
    """Whether this is one of the secrets.

    The time it takes tells nothing: hashes of equal length are compared in constant time, and always with both secrets.
    """
    digest = sha256(sent.encode(errors="replace")).digest()
    matches = [
        hmac.compare_digest(digest, sha256(secret.encode()).digest()) and secret != ""
        for secret in (config.secret, config.previous_secret)
    ]
    return any(matches)


async def _admit(kind: Kind) -> None:
    check_network()
    check_secret()
    await limit_calls(kind)


async def _write_refusal(call: Call, refusal: Exception) -> None:
    """Write a refusal down; without the database it stays in the log alone.

    Strangers cannot fill the disk or take the connections from others: what comes without the secret is written so
    often an hour and no more, and its last entry says so.
    """
    result, details = word_of(describe(refusal)), {}
    log.info("admin_call_refused", action=call.action, result=result, address=call.authority.address)
    if isinstance(refusal, WrongSecret | WrongNetwork) and resources().config.limits.enabled:
        try:
            allowance = await take(Kind.REFUSED)
        except UNAVAILABLE:
            return
        if not allowance.passed:
            return
        if not allowance.remaining:
            details = {"further_ones": "are not written down until one of these is an hour old"}
    try:
        await resources().database.write(
            audit.note, call.authority, call.action, target=call.target, result=result, details=details
        )
    except StorageError as error:
        log.warning("audit_entry_lost", action=call.action, result=result, error=error)
