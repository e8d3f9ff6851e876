"""How a connection is read: HTTP/1, strictly, and HTTP/2 only where it is configured.

Hypercorn takes HTTP/2 on every connection, by upgrade and by prior knowledge, and has no setting for it; the parser
below it lets pass what other parsers read differently. Both are closed at the one name by which Hypercorn makes the
protocol of a connection, so it holds however a process was started; tests/attacks/test_protocol.py looks at that.
"""

from typing import Any

import h11
import structlog
from h11._receivebuffer import ReceiveBuffer
from hypercorn.asyncio import tcp_server
from hypercorn.events import Closed
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h2 import H2Protocol
from hypercorn.protocol.h11 import H11Protocol, H11WSConnection

from service.http.passing.protocol.framing import has_bare_line_feed, why_refused

log = structlog.get_logger()

END_OF_HEAD = b"\r\n\r\n"
TOO_LARGE, UNREADABLE = 431, 400


def read_strictly(*, http2: bool) -> None:
    """Have this process read every connection that it accepts from now on strictly.

    Parameters:
        http2: whether HTTP/2 is spoken, too.
    """
    server: Any = tcp_server
    if not issubclass(server.ProtocolWrapper, ProtocolWrapper):
        raise TypeError("Hypercorn makes its connections in another way than the one that is known here.")
    server.ProtocolWrapper = _WithHttp2 if http2 else _OnlyHttp1


class StrictBuffer(ReceiveBuffer):
    """What was received and not read yet; gives out a head, or trailers, when they are whole and beyond doubt.

    Parameters:
        http2: whether HTTP/2 may begin here.
    """

    def __init__(self, *, http2: bool) -> None:
        super().__init__()
        self._http2 = http2

    def maybe_extract_lines(self) -> list[bytearray] | None:
        """Return the lines up to the first empty one; None while there is none.

        Raises:
            h11.LocalProtocolError: they can be read in more than one way.
        """
        if self._data.startswith(b"\r\n"):
            self._extract(2)
            return []
        looked_at = self._multiple_lines_search
        end = self._data.find(END_OF_HEAD, max(0, looked_at - 3))
        stop = len(self._data) if end < 0 else end
        if has_bare_line_feed(self._data, looked_at, stop):
            raise h11.LocalProtocolError("bare line feed")
        if end < 0:
            self._multiple_lines_search = stop
            return None
        head = self._extract(end + len(END_OF_HEAD))[:end]
        if reason := why_refused(bytes(head), http2=self._http2):
            raise h11.LocalProtocolError(reason)
        return head.split(b"\r\n")


class StrictHttp1(H11Protocol):
    """Hypercorn's HTTP/1 without doubts about where a request ends, and without an upgrade to HTTP/2."""

    http2 = False

    def __init__(self, wrapper: ProtocolWrapper) -> None:
        super().__init__(
            wrapper.app,
            wrapper.config,
            wrapper.context,
            wrapper.task_group,
            wrapper.state,
            wrapper.ssl,
            wrapper.client,
            wrapper.server,
            wrapper.send,
        )
        if isinstance(self.connection, H11WSConnection) or not isinstance(
            self.connection._receive_buffer, ReceiveBuffer
        ):
            raise TypeError("h11 keeps what it has received in another way than the one that is known here.")
        self.connection._receive_buffer = StrictBuffer(http2=self.http2)

    async def _check_protocol(self, event: h11.Request) -> None:
        """Leave `Upgrade: h2c` unheard, as whoever speaks no HTTP/2 does."""
        if self.http2:
            await super()._check_protocol(event)

    async def _create_stream(self, request: h11.Request) -> None:
        """Refuse a WebSocket: the site has none, and Hypercorn keeps the connection of a bad handshake open."""
        if not _asks_for_websocket(request):
            await super()._create_stream(request)
            return
        log.info("websocket_refused")
        await super()._send_error_response(UNREADABLE)
        await self.send(Closed())

    async def _send_error_response(self, status_code: int) -> None:
        """Say that a request cannot be read, whichever rule it broke; Hypercorn closes the connection then."""
        status = TOO_LARGE if status_code == TOO_LARGE else UNREADABLE
        log.info("request_unreadable", status=status)
        await super()._send_error_response(status)


def _asks_for_websocket(request: h11.Request) -> bool:
    """Whether Hypercorn could take this for a handshake."""
    wanted = {name: value.lower() for name, value in request.headers if name in {b"upgrade", b"connection"}}
    return b"websocket" in wanted.get(b"upgrade", b"") and b"upgrade" in wanted.get(b"connection", b"")


class Http1Or2(StrictHttp1):
    """The same, but HTTP/2 may take over."""

    http2 = True


class _OnlyHttp1(ProtocolWrapper):
    """A connection that speaks HTTP/1, whatever was agreed on with TLS."""

    def __init__(self, *connection: object) -> None:
        super().__init__(*connection)  # type: ignore[arg-type]
        self.protocol = StrictHttp1(self)


class _WithHttp2(ProtocolWrapper):
    """A connection that speaks HTTP/2 where the other side wants it."""

    def __init__(self, *connection: object) -> None:
        super().__init__(*connection)  # type: ignore[arg-type]
        if not isinstance(self.protocol, H2Protocol):
            self.protocol = Http1Or2(self)
