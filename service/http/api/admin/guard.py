"""Who may pass this door, and what is written down: it is on, the network is allowed, the secret right, the limit free.

In this order, so that a door that is switched off does nothing at all, and nobody learns more than they must. Every
call that comes further than the switch leaves an entry in the audit log: an operation that changes something writes it
in its own transaction, all others, and every refusal, are written here.
"""

import hmac
from collections.abc import Awaitable, Callable
from functools import wraps
from hashlib import sha256
from typing import Any

import structlog
from msgspec import structs
from quart import Response, g, request

from service.config import PrivateRegistrationConfig
from service.forum import audit
from service.forum.accounts.authority import Authority, of_system
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


def guarded(kind: Kind, *, writes_its_entry: bool = False) -> Callable[[View], View]:
    """Let only those call a view who may, and write down that they did, or what they were refused for.

    Parameters:
        kind: whose limit counts.
        writes_its_entry: a successful call is written down by the operation, in its transaction.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        async def guarded_view(**path: Any) -> Response:
            check_enabled()
            g.authority = of_system(client_address(request))
            g.audit_target = f"user:{path['user_id']}" if "user_id" in path else ""
            try:
                await _admit(kind)
                response = await view(**path)
            except (ForumError, Refused) as refusal:
                await _write_refusal(view.__name__, refusal)
                raise
            if not writes_its_entry:
                await resources().database.write(
                    audit.note, authority(), view.__name__, target=g.audit_target
                )
            return response

        return takes(structs.replace(policy_of(view, "POST"), admits=is_open))(guarded_view)

    return decorate


def authority() -> Authority:
    """Return in whose name this request acts."""
    authority: Authority = g.authority
    return authority


def concerns(target: str) -> None:
    """Let the entry of this call say what it was about, such as a name that was asked for."""
    g.audit_target = target


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


async def _write_refusal(action: str, refusal: Exception) -> None:
    """Write a refusal down; without the database it stays in the log alone.

    Strangers cannot fill the disk or take the connections from others: what comes without the secret is written so
    often an hour and no more, and its last entry says so.
    """
    result, details = word_of(describe(refusal)), {}
    log.info("admin_call_refused", action=action, result=result, address=authority().address)
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
            audit.note, authority(), action, target=g.audit_target, result=result, details=details
        )
    except StorageError as error:
        log.warning("audit_entry_lost", action=action, result=result, error=error)
