"""Bytes that no honest client sends: each is answered with 400 and the connection closed, in one line of the log."""

import asyncio

import h2.connection
import h2.events
import msgspec
import pytest
from hypercorn.asyncio import tcp_server
from hypercorn.protocol import ProtocolWrapper

from service.assembly import build_app
from service.config import Config
from service.http.passing.protocol.hosts import names_a_host
from service.http.passing.protocol.http1 import read_strictly
from tests.serving import listening

GET = b"GET /livez HTTP/1.1\r\nHost: pie.example\r\n"
POST = b"POST /livez HTTP/1.1\r\nHost: pie.example\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /livez HTTP/1.1\r\nHost: pie.example\r\n\r\n"

# What is sent, by what is wrong with it.
REFUSED = {
    "both lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way round": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "both, where there is no body": GET + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "two equal lengths": POST + b"Content-Length: 1\r\ncontent-length: 1\r\n\r\na",
    "two lengths in one": POST + b"Content-Length: 1, 1\r\n\r\na",
    "a length with a sign": POST + b"Content-Length: +1\r\n\r\na",
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\na",
    "a hexadecimal length": POST + b"Content-Length: 0x1\r\n\r\na",
    "a length beyond all numbers": POST + b"Content-Length: 99999999999999999999\r\n\r\na",
    "an empty length": POST + b"Content-Length: \r\n\r\na",
    "chunked is not the last coding": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "another coding first": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in one and identity in the other": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "a coding with a control character": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a coding nobody knows": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked in HTTP/1.0": b"POST /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a tab before the colon": POST + b"Content-Length\t: 1\r\n\r\na",
    "a folded line": GET + b"X-One: a\r\n b\r\n\r\n",
    "a folded length": POST + b"Content-Length:\r\n 1\r\n\r\na",
    "a folded first line": b"GET /livez HTTP/1.1\r\n Host: pie.example\r\n\r\n",
    "a NUL in a value": GET + b"X-One: a\0b\r\n\r\n",
    "a NUL in a name": GET + b"X-\0One: a\r\n\r\n",
    "a bare carriage return": GET + b"X-One: a\rTransfer-Encoding: chunked\r\n\r\n",
    "an escape": GET + b"X-One: \x1b[31m\r\n\r\n",
    "a delete": GET + b"X-One: \x7f\r\n\r\n",
    "no colon": GET + b"X-One\r\n\r\n",
    "no name": GET + b": a\r\n\r\n",
    "bare line feeds": b"GET /livez HTTP/1.1\nHost: pie.example\n\n",
    "one bare line feed": b"GET /livez HTTP/1.1\r\nHost: pie.example\nX-One: a\r\n\r\n",
    "a bare line feed at the end": GET + b"\n",
    "a bare line feed before": b"\n" + NEXT,
    "a bare line feed within chunks": CHUNKED + b"1\na\r\n0\r\n\r\n",
    "a bare line feed after the chunks": CHUNKED + b"0\r\n\n",
    "a bare line feed in the trailers": POST
    + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-One: a\nX-Two: b\r\n\r\n",
    "a chunk with a sign": CHUNKED + b"+1\r\na\r\n0\r\n\r\n",
    "a chunk below nothing": CHUNKED + b"-1\r\na\r\n0\r\n\r\n",
    "a chunk with a prefix": CHUNKED + b"0x1\r\na\r\n0\r\n\r\n",
    "a chunk that is no number": CHUNKED + b"zz\r\na\r\n0\r\n\r\n",
    "a chunk with an underscore": CHUNKED + b"1_0\r\na\r\n0\r\n\r\n",
    "a chunk beyond all numbers": POST
    + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\na\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
    "a chunk with a space before": CHUNKED + b" 1\r\na\r\n0\r\n\r\n",
    "another site's address": b"GET http://else.example/livez HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "a whole address": b"GET http://pie.example/livez HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "another scheme": b"GET file:///etc/passwd HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "no path": b"GET livez HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "a tunnel": b"CONNECT pie.example:443 HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "two spaces": b"GET  /livez HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "a tab in the first line": b"GET\t/livez HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "a space in the path": b"GET /li vez HTTP/1.1\r\nHost: pie.example\r\n\r\n",
    "raw UTF-8 in the path": "GET /lïvez HTTP/1.1\r\nHost: pie.example\r\n\r\n".encode(),
    "no version": b"GET /livez\r\nHost: pie.example\r\n\r\n",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/1.2": b"GET /livez HTTP/1.2\r\nHost: pie.example\r\n\r\n",
    "HTTP/2.0": b"GET /livez HTTP/2.0\r\nHost: pie.example\r\n\r\n",
    "HTTP in small letters": b"GET /livez http/1.1\r\nHost: pie.example\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "an empty line before": b"\r\n" + NEXT,
    "no Host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two Hosts": GET + b"Host: pie.example\r\n\r\n",
    "two Hosts in HTTP/1.0": b"GET /livez HTTP/1.0\r\nHost: a.example\r\nHost: b.example\r\n\r\n",
}  # fmt: skip

HOSTS = [
    b"", b" ", b"a" * 64 + b".example", b"a." * 127 + b"example", b".", b".example", b"a..example", b"-a.example",
    b"a-.example", b"pie.example:", b"pie.example:port", b"pie.example:123456", b"pie.example:80:80", b"a b",
    b"a,b", b"pie.example/path", b"user@pie.example", b"http://pie.example", b"<script>", b"'", b'"', b"a\\b", b"a%20b",
    b"a%00b", b"\xff", "püe.example".encode(), b"[::1", b"::1", b"[pie.example]", b"[]", b"{}", b"$(id)", b"a\tb", b"#",
    b"?", b"xn--" + b"a" * 70 + b".example",
]  # fmt: skip

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
UPGRADE_TO_HTTP2 = GET + (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
)
HANDSHAKE = (
    b"Host: pie.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def answers(port: int, sent: bytes) -> bytes:
    """Send bytes, and return all that comes until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


def lines_of_the_protocol(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Return what was logged of requests; a busy machine gives reason to log other things."""
    return [line for line in capfd.readouterr().err.splitlines() if "service.http." in line]


def statuses(answer: bytes) -> list[int]:
    """Return the status of each answer in what a connection gave."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


async def test_what_could_be_read_in_two_ways_is_refused_and_closes(
    config: Config, capfd: pytest.CaptureFixture[str]
) -> None:
    async with listening(build_app(config)) as port:
        capfd.readouterr()
        seen = {what: statuses(await answers(port, sent + NEXT)) for what, sent in REFUSED.items()}
        said = lines_of_the_protocol(capfd)
    assert {what: found for what, found in seen.items() if found != [400]} == {}
    assert len(said) == len(REFUSED), said


async def test_honest_requests_in_unusual_clothes_are_answered(config: Config) -> None:
    async with listening(build_app(config)) as port:
        end = GET + b"Connection: close\r\n\r\n"
        for what, sent, expected in (
            ("two after another", NEXT + end, [200, 200]),
            ("byte by byte", end, [200]),
            ("HTTP/1.0", b"GET /livez HTTP/1.0\r\n\r\n", [200]),
            ("chunks", GET + b"Transfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\nX: a\r\n\r\n" + end, [200, 200]),
            ("Chunked", GET + b"Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n" + end, [200, 200]),
            ("a body of nothing", GET + b"Content-Length: 0\r\n\r\n" + end, [200, 200]),
            ("a tab after the colon", GET + b"X-One:\ta \r\n\r\n" + end, [200, 200]),
            ("a name in old letters", GET + b"User-Agent: M\xfcller\r\n\r\n" + end, [200, 200]),
        ):  # fmt: skip
            found = statuses(await (dribbled if what == "byte by byte" else answers)(port, sent))
            assert found == expected, what


async def test_http2_is_spoken_only_where_it_is_configured(config: Config) -> None:
    async with listening(build_app(config)) as port:
        assert statuses(await answers(port, PREFACE)) == [400]
        assert (await answers(port, UPGRADE_TO_HTTP2 + GET + b"Connection: close\r\n\r\n")).count(
            b"alive\n"
        ) == 2
    http = msgspec.structs.replace(config.http, http2=True)
    async with listening(build_app(msgspec.structs.replace(config, http=http))) as port:
        assert statuses(await answers(port, UPGRADE_TO_HTTP2 + PREFACE))[:1] == [101]
        assert await status_over_http2(port) == "200"
        assert statuses(await answers(port, REFUSED["both lengths"])) == [400]


async def test_a_websocket_is_refused_on_any_path(config: Config, capfd: pytest.CaptureFixture[str]) -> None:
    async with listening(build_app(config)) as port:
        for path in (b"/", b"/nothing/here", b"/api/alpha/site", b"/livez", b"/static/site.css"):
            capfd.readouterr()
            assert statuses(await answers(port, b"GET " + path + b" HTTP/1.1\r\n" + HANDSHAKE)) == [400]
            (line,) = lines_of_the_protocol(capfd)
            assert "websocket_refused" in line
        for bad in (HANDSHAKE.replace(b"Sec-WebSocket-Key", b"X-Key"), HANDSHAKE.replace(b"13", b"8")):
            assert statuses(await answers(port, b"GET / HTTP/1.1\r\n" + bad)) == [400]


async def test_a_host_that_cannot_be_one_is_refused(
    config: Config, capfd: pytest.CaptureFixture[str]
) -> None:
    async with listening(build_app(config)) as port:
        capfd.readouterr()
        seen = {}
        for host in HOSTS:
            head = b"GET /about HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"
            seen[host] = statuses(await answers(port, head))
        said = lines_of_the_protocol(capfd)
    assert {host: found for host, found in seen.items() if found != [400]} == {}
    assert len(said) == len(HOSTS), said


@pytest.mark.parametrize(
    "host",
    [b"pie.example", b"PIE.example:8000", b"localhost", b"127.0.0.1:80", b"[::1]:8000", b"[2001:db8::7]",
     b"a_b.internal", b"xn--pe-yka.example", b"pie.example.", b"a" * 63 + b".example"],
)  # fmt: skip
def test_every_host_that_can_be_one_is_taken(host: bytes) -> None:
    assert names_a_host([(b"host", host)])


def test_whoever_reads_connections_is_the_one_that_hypercorn_asks() -> None:
    read_strictly(http2=False)
    asked = vars(tcp_server)["ProtocolWrapper"]
    assert asked is not ProtocolWrapper
    assert issubclass(asked, ProtocolWrapper)


async def dribbled(port: int, sent: bytes) -> bytes:
    """As `answers`, one byte at a time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for byte in sent:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


async def status_over_http2(port: int) -> str:
    """GET /livez by HTTP/2 with prior knowledge."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    asked = {":method": "GET", ":path": "/livez", ":scheme": "http", ":authority": "pie.example"}
    connection.send_headers(1, list(asked.items()), end_stream=True)
    writer.write(connection.data_to_send())
    try:
        async with asyncio.timeout(60):
            while data := await reader.read(65536):
                for event in connection.receive_data(data):
                    if isinstance(event, h2.events.ResponseReceived):
                        return str(dict(event.headers)[b":status"], "ascii")
    finally:
        writer.close()
    return ""
