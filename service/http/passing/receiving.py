"""Takes in what a request brings, or refuses it: by its route, size, kind and sender before anything is read.

Then it is read under limits of size, of pace, and of what is held at once.
"""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from quart import Quart, request

from service.forum.errors import NotSignedIn
from service.http.context import current_viewer, resources
from service.http.passing.bodies.budget import Hold
from service.http.passing.bodies.kinds import Ignoring, Reader, Urlencoded, Whole
from service.http.passing.bodies.multipart import Multipart
from service.http.passing.bodies.policy import JSON, MOST_UNASKED, MULTIPART, URLENCODED, Policy, policy_of
from service.http.passing.bodies.request import ReceivedRequest
from service.http.passing.identity import identify, is_claimed
from service.http.passing.security import refuse_unknown_browsers
from service.http.passing.shared import shared
from service.http.passing.visitors import where_from
from service.http.refusals import BodyRefused, SentTooSlowly, TooLarge, TooSlow, WrongKind
from service.language import _

if TYPE_CHECKING:
    from werkzeug.routing import Rule

PATIENCE = 10.0  # seconds for what is small; and how far what is large may fall behind its pace

# What some programs call JSON, and browsers if nobody told them.
AS_JSON = {"", "text/plain"}
UTF_8 = {"", "utf-8", "utf8", "us-ascii", "ascii"}


async def receive_body(app: Quart) -> Hold:
    """Read what the request brings into `request.content`.

    Returns:
        What it holds of the budget, to be given back once the request is answered.

    Raises:
        BodyRefused: it is too large, of a wrong kind or malformed, comes too slowly, or there is too much at once.
        CrossSite, ForumError: whoever sends it may not.
        StorageError, Overloaded, TooSlow: it cannot be found out who it is.
    """
    if not _brings_something():
        return Hold(shared().budget, "", files=False)
    policy = _policy(app)
    hold = Hold(shared().budget, where_from(), files=policy.files)
    if not policy.admits():
        return hold
    try:
        await _receive(app, policy, hold)
    except BaseException as error:
        hold.give_back()
        if isinstance(error, BodyRefused):
            shared().metrics.bodies_refused.labels(error.code).inc()
        raise
    return hold


def _policy(app: Quart) -> Policy:
    rule = cast("Rule", request.url_rule)  # there is one wherever there is no routing exception
    return policy_of(app.view_functions[rule.endpoint], request.method)


def _brings_something() -> bool:
    return bool(request.content_length) or "Transfer-Encoding" in request.headers or _asked().body.has_begun


async def _receive(app: Quart, policy: Policy, hold: Hold) -> None:
    kind = _kind(policy)
    most = (
        resources().config.http.max_body
        if policy.files and kind == MULTIPART
        else policy.kinds.get(kind, MOST_UNASKED)
    )
    declared = request.content_length or 0
    if declared > most:
        raise TooLarge
    hold.look(declared)
    try:
        await _refuse_strangers(app, policy)
    except NotSignedIn:
        most = policy.kinds.get(kind, 0)
        if not (policy.texts and is_claimed()) or declared > most:
            raise
    reader = _reader(kind, policy)
    await _read(reader, most, resources().config.http.min_rate, hold)
    _asked().content = await reader.finish()


def _kind(policy: Policy) -> str:
    """Return what kind it is, of those that are taken; '' where nothing is expected."""
    if not policy.kinds:
        return ""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongKind(_("Send this request uncompressed."), field="Content-Encoding")
    kind = request.mimetype
    if JSON in policy.kinds and (kind in AS_JSON or kind.endswith("+json")):
        kind = JSON
    if kind not in policy.kinds or request.mimetype_params.get("charset", "").lower() not in UTF_8:
        raise WrongKind(
            _("This URL accepts %(kinds)s in UTF-8.", kinds=tuple(policy.kinds)),
            field="Content-Type",
        )
    return kind


async def _refuse_strangers(app: Quart, policy: Policy) -> None:
    """Refuse who may not send this: as far as that is known for nothing, and for files whatever it costs."""
    refuse_unknown_browsers()
    if policy.personal and not is_claimed():
        raise NotSignedIn
    if policy.files:
        try:
            async with (
                asyncio.timeout(resources().config.http.request_deadline),
                shared().gate.admit(where_from()),
            ):
                await identify()
        except TimeoutError as error:
            raise TooSlow from error
        policy.who(current_viewer())


def _reader(kind: str, policy: Policy) -> Reader:
    if kind == MULTIPART:
        return Multipart(request.mimetype_params.get("boundary", ""), policy.kinds[kind])
    return {URLENCODED: Urlencoded, JSON: Whole}.get(kind, Ignoring)()


async def _read(reader: Reader, most: int, rate: int, hold: Hold) -> None:
    """Feed the reader with what comes.

    The time for it grows with what has come, by the slowest rate that is borne, but never so far ahead that a sender
    may be silent for longer than `PATIENCE`.
    """
    now = asyncio.get_running_loop().time
    try:
        async with (
            asyncio.timeout_at(due := now() + PATIENCE) as limit,
            aclosing(_asked().body.pieces()) as pieces,
        ):
            async for piece in pieces:
                if hold.size + len(piece) > most:
                    raise TooLarge
                hold.grow(len(piece))
                due = min(due + len(piece) / rate, now() + PATIENCE)
                limit.reschedule(due)
                await reader.feed(piece)
    except TimeoutError as error:
        raise SentTooSlowly from error


def _asked() -> ReceivedRequest:
    return cast("ReceivedRequest", request)
