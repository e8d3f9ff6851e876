"""The one client that leaves the building: every page, picture and, later, activity goes through it.

What it promises: only addresses that may be dialled (checked on the very address of each connection, so neither another
notation nor a second DNS answer gets around it), no cookies, no proxies from the environment, few and checked
redirects, one deadline over everything, and a cap on the body.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from service.config import OutboundConfig
from service.outbound.addresses import networks, why_refused
from service.outbound.body import read_body
from service.outbound.errors import Refused, TimedOut, Unreachable, UnreachableBy
from service.outbound.resolver import Resolver
from service.outbound.urls import parse_url, redirected

REDIRECTS = frozenset({301, 302, 303, 307, 308})
ANSWER_TO_A_LETTER = 64 * 1024  # bytes; only what is wrong with it is of interest

# Makes the headers that sign a request, of its method, its address and its body; called anew for each redirect, since
# the address is signed.
Signer = Callable[[str, str, bytes | None], Mapping[str, str]]

# The socket factory runs in tasks of the connection's making, which inherit the context of the request: what it refuses
# is collected here, because those tasks fold all errors into one that no longer tells.
_refused: ContextVar[list[Refused]] = ContextVar("refused")


@dataclass(frozen=True, slots=True)
class Response:
    """A complete answer.

    Attributes:
        status: of the last answer; never one of a followed redirect.
        url: where the answer came from in the end.
        content_type: the header as it was sent; empty without one.
        body: unpacked.
        retry_after: the header as it was sent; empty without one.
    """

    status: int
    url: str
    content_type: str
    body: bytes
    retry_after: str = ""

    @property
    def media_type(self) -> str:
        """The type alone: `text/html` of `text/html; charset=utf-8`."""
        return _media_type(self.content_type)


class OutboundClient:
    """Asks other sites. Lives as long as the process; made by open_outbound."""

    def __init__(self, config: OutboundConfig, session: aiohttp.ClientSession) -> None:
        self._config = config
        self._session = session

    async def get(
        self,
        url: str,
        *,
        max_bytes: int | None = None,
        accept: str = "*/*",
        cut: Collection[str] = (),
        deadline: float | None = None,
        sign: Signer | None = None,
    ) -> Response:
        """Fetch a URL, following redirects.

        Parameters:
            url: absolute; where it comes from does not matter, it is checked here.
            max_bytes: the largest body that is taken; `outbound.max_bytes` when None.
            accept: the Accept header. A successful answer of a type that is not among these is refused unread.
            cut: media types of which the beginning is enough: at most `outbound.max_bytes` of such an answer are
                read, and that it is longer is no error. '' stands for an answer that names no type; it is taken then.
            deadline: seconds for everything, from waiting for a free connection to the last byte of the body;
                `outbound.deadline` when None.
            sign: signs the request.

        Returns:
            The answer, whatever its status.

        Raises:
            Refused: the URL, an address, a redirect or the type of the answer is none that we take.
            TooLarge: the body is larger than `max_bytes`.
            TimedOut: the deadline passed.
            Unreachable: no connection, or one that broke.
        """
        seconds = self._config.deadline if deadline is None else deadline
        size = self._config.max_bytes if max_bytes is None else max_bytes
        start = parse_url(url, allow_http=self._config.allow_http)
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(start, _Wanted(accept, size, cut, self._config.max_bytes), sign)
        except TimeoutError as error:
            raise TimedOut(_host(start), seconds) from error

    async def post(
        self, url: str, body: bytes, *, content_type: str, sign: Signer, deadline: float | None = None
    ) -> Response:
        """Send a body; a redirect is an answer like any other, since nobody may send a letter on.

        Parameters:
            url, deadline, sign: as for get.
            body, content_type: what is sent.

        Raises:
            Refused, TooLarge, TimedOut, Unreachable: as for get.
        """
        seconds = self._config.deadline if deadline is None else deadline
        target = parse_url(url, allow_http=self._config.allow_http)
        headers = {"Content-Type": content_type, "Accept": "*/*", **sign("POST", str(target), body)}
        try:
            async with asyncio.timeout(seconds):
                with _named_errors(target):
                    async with self._session.post(
                        target, data=body, headers=headers, allow_redirects=False
                    ) as answer:
                        return await _response(answer, target, ANSWER_TO_A_LETTER, cut=True)
        except TimeoutError as error:
            raise TimedOut(_host(target), seconds) from error

    async def _follow(self, url: URL, wanted: "_Wanted", sign: Signer | None) -> Response:
        seen = {url}
        for _ in range(self._config.max_redirects + 1):
            answer = await self._ask(url, wanted, sign)
            if isinstance(answer, Response):
                return answer
            if answer in seen:
                raise Refused("redirect", f"{_host(url)} redirects in a loop.")
            seen.add(answer)
            url = answer
        raise Refused(
            "redirect", f"More than {self._config.max_redirects} redirects, the last one by {_host(url)}."
        )

    async def _ask(self, url: URL, wanted: "_Wanted", sign: Signer | None) -> Response | URL:
        """Make one request; return its answer, or where it redirects to."""
        headers = {"Accept": wanted.accept, **(sign("GET", str(url), None) if sign else {})}
        with _named_errors(url):
            async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
                location = answer.headers.get("Location")
                if answer.status in REDIRECTS and location:
                    return redirected(url, location, allow_http=self._config.allow_http)
                content_type = answer.headers.get("Content-Type", "")
                is_cut = _media_type(content_type) in wanted.cut
                if 200 <= answer.status < 300 and not (is_cut or _is_accepted(content_type, wanted.accept)):
                    raise Refused(
                        "type", f"{_host(url)} responded with a different content type than requested."
                    )
                size = min(wanted.max_bytes, wanted.cut_at) if is_cut else wanted.max_bytes
                return await _response(answer, url, size, cut=is_cut)


async def _response(
    answer: aiohttp.ClientResponse, url: URL, max_bytes: int, *, cut: bool = False
) -> Response:
    headers = answer.headers
    body = await read_body(answer, _host(url), max_bytes, cut=cut)
    return Response(
        answer.status, str(url), headers.get("Content-Type", ""), body, headers.get("Retry-After", "")
    )


class _Wanted(NamedTuple):
    """What is taken as an answer; the parameters of `get`."""

    accept: str
    max_bytes: int
    cut: Collection[str]
    cut_at: int


@asynccontextmanager
async def open_outbound(
    config: OutboundConfig,
    user_agent: str,
    *,
    resolver: AbstractResolver | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[OutboundClient]:
    """Lend the client of this process, and close its connections at the end.

    Parameters:
        config: the section `outbound`.
        user_agent: how we introduce ourselves.
        resolver: another one than the system's.
        tls: whom to trust; the system's authorities when None.
    """
    resolver = resolver or Resolver(config.total)
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        use_dns_cache=False,
        ssl=tls or True,
        limit=config.total,
        limit_per_host=config.per_host,
        socket_factory=_Dialler(config),
    )
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip"},
        auto_decompress=False,  # read_body counts while it unpacks
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # one deadline is over everything
        trust_env=False,
    )
    try:
        async with session:
            yield OutboundClient(config, session)
    finally:
        await resolver.close()


class _Dialler:
    """Opens the socket for an address that is about to be dialled, or refuses to."""

    def __init__(self, config: OutboundConfig) -> None:
        self._allowed = networks(config.allowed_networks)

    def __call__(self, address_info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = address_info
        host, port = address[0], address[1]
        reason = why_refused(host, port, self._allowed)
        if reason:
            _refused.get().append(Refused(reason, _REFUSALS[reason]))
            raise OSError(errno.EACCES, _REFUSALS[reason])
        return socket.socket(family, kind, protocol)


_REFUSALS = {
    "address": "The name leads to an address that is not public.",
    "port": "The address names a port that is not asked for.",
}


@contextmanager
def _named_errors(url: URL) -> Iterator[None]:
    """Turn what the HTTP library and the sockets raise into our own errors."""
    refused: list[Refused] = []
    token = _refused.set(refused)
    try:
        yield
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
            raise
        if refused:
            raise refused[0] from error
        if isinstance(error, aiohttp.InvalidURL):
            raise Refused("url", "The URL has no valid host.") from error
        reason, sentence = _reason(error)
        raise Unreachable(reason, f"{_host(url)} {sentence}.") from error
    finally:
        _refused.reset(token)


def _reason(error: Exception) -> tuple[UnreachableBy, str]:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "dns", "is a name that does not resolve"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "tls", "cannot prove who it is, or speaks no TLS that we speak"
        case aiohttp.ClientConnectorError():
            return "connect", "does not accept the connection"
        case aiohttp.ServerDisconnectedError() | OSError():
            return "reset", "broke off the connection"
        case _:
            return "protocol", "answers something that is not HTTP"


def _is_accepted(content_type: str, accept: str) -> bool:
    """Say whether the type is among those of the Accept header, which may have wildcards."""
    family, slash, _ = (kind := _media_type(content_type)).partition("/")
    wanted = {_media_type(part) for part in accept.split(",")}
    return "*/*" in wanted or (bool(slash) and not wanted.isdisjoint({kind, f"{family}/*"}))


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


def _host(url: URL) -> str:
    return url.host or "?"
