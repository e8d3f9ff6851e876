"""A12 to A15: no request leaves for an address that is not public, and no answer takes more than we give."""

import asyncio
import gzip
import struct
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from service.config import OutboundConfig
from service.outbound.addresses import is_public, networks, why_refused
from service.outbound.client import OutboundClient, open_outbound
from service.outbound.errors import OutboundError, Refused, TimedOut, TooLarge, Unreachable
from tests.holding import watched
from tests.outbound.servers import Answer, Asked, Names, certified, redirects, replies, response, serve

PRODUCTION = OutboundConfig()
LOOPBACK = OutboundConfig(allowed_networks=("127.0.0.0/24",), deadline=5)

# How one can write an address of this machine, of its network, of the cloud's metadata, or of nobody at all in a URL.
NOT_PUBLIC = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "localhost",
    "0.0.0.0",
    "0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[64:ff9b:1::7f00:1]",
    "[100::1]",
    "[2001::1]",
    "[2001:0:7f00:1::]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2002:808:808::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[ff0e::1]",
]

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2001:200::1",
    "2a00:1450:4001:80b::200e",
    "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
]


@pytest.fixture(scope="module")
async def production() -> AsyncIterator[OutboundClient]:
    async with open_outbound(PRODUCTION, "Pieloop tests") as client:
        yield client


@pytest.fixture
async def client() -> AsyncIterator[OutboundClient]:
    async with open_outbound(LOOPBACK, "Pieloop tests") as opened:
        yield opened


@pytest.mark.parametrize("host", NOT_PUBLIC)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_address_that_is_not_public_is_refused(
    production: OutboundClient, host: str, scheme: str
) -> None:
    with pytest.raises(Refused) as caught:
        await production.get(f"{scheme}://{host}/", deadline=5)
    assert caught.value.name in {"refused_address", "refused_url"}


async def test_nothing_arrives_at_a_refused_address() -> None:
    # What counts is not the error but that nobody is asked: here somebody listens, on every spelling of this machine.
    async with serve(replies(b"secret")) as server, open_outbound(PRODUCTION, "Pieloop tests") as production:
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.1",
            "localhost",
            "0",
            "[::ffff:127.0.0.1]",
        ]:
            with pytest.raises(Refused):
                await production.get(f"http://{host}:{server.port}/")
        assert server.connections == 0


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_dialled_at_default_ports_only(address: str) -> None:
    assert is_public(ip_address(address))
    assert why_refused(address, 443, ()) is None
    assert why_refused(address, 80, ()) is None
    assert why_refused(address, 22, ()) == "port"
    assert why_refused(address, 6379, ()) == "port"


def test_a_name_or_a_scoped_address_is_never_dialled() -> None:
    for host in ["localhost", "127.1", "2606:4700::1%eth0", "fe80::1%1", "", "1.1.1.1 "]:
        assert why_refused(host, 443, ()) == "address"


def test_allowed_networks_open_what_they_name_and_no_more() -> None:
    allowed = networks(("10.1.0.0/16", "fd00:1::/32"))
    assert why_refused("10.1.2.3", 8080, allowed) is None
    assert why_refused("::ffff:10.1.2.3", 8080, allowed) is None
    assert why_refused("fd00:1::5", 8080, allowed) is None
    assert why_refused("10.2.0.1", 443, allowed) == "address"
    assert why_refused("1.1.1.1", 8080, allowed) == "port"
    # A network that carries IPv4 is no way around the check of what it carries.
    assert why_refused("64:ff9b::7f00:1", 443, networks(("64:ff9b::/96",))) == "address"


async def test_a_name_with_any_private_address_is_not_dialled_there() -> None:
    names = Names(mixed_example=[["10.0.0.7", "192.168.1.1", "fd00::1"]])
    async with open_outbound(PRODUCTION, "Pieloop tests", resolver=names) as production:
        with pytest.raises(Refused, match="not public"):
            await production.get("https://mixed.example/")


async def test_rebinding_cannot_move_a_checked_connection() -> None:
    # The first answer is an address that may be dialled, every later one is not. One lookup, one dial, one address.
    async with (
        serve(replies(b"public"), "127.0.0.1") as public,
        serve(replies(b"private"), "127.0.1.1", public.port) as private,
    ):
        names = Names(rebind_example=[["127.0.0.1"], ["127.0.1.1"]])
        async with open_outbound(LOOPBACK, "Pieloop tests", resolver=names) as client:
            answer = await client.get(public.url(host="rebind.example"))
            assert answer.body == b"public"
            assert names.asked == ["rebind.example"]
            with pytest.raises(Refused):
                await client.get(public.url("/again", host="rebind.example"))
        assert private.connections == 0


async def test_a_private_address_beside_a_public_one_is_skipped() -> None:
    async with (
        serve(replies(b"public"), "127.0.0.1") as public,
        serve(replies(b"private"), "127.0.1.1", public.port) as private,
    ):
        names = Names(both_example=[["127.0.1.1", "127.0.0.1"]])
        async with open_outbound(LOOPBACK, "Pieloop tests", resolver=names) as client:
            assert (await client.get(public.url(host="both.example"))).body == b"public"
        assert private.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "data:text/html,hello",
        "ftp://example.org/",
        "gopher://example.org/",
        "javascript:alert(1)",
        "//example.org/",
        "example.org",
        "",
        "https://",
        "https:///path",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://:password@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org/\r\nHost: evil",
        "http://example.org/ x",
        "http://exa mple.org/",
        "http://exam\x00ple.org/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://.example.org/",
        "http://example..org/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 200 + "example/",
        "http://example.org/" + "a" * 5000,
        "http://\ud800.example/",
    ],
)
async def test_what_is_no_address_of_the_web_is_refused(production: OutboundClient, url: str) -> None:
    with pytest.raises(Refused) as caught:
        await production.get(url)
    assert caught.value.reason in {"url", "scheme"}


async def test_http_is_refused_where_the_configuration_says_so() -> None:
    strict = OutboundConfig(allow_http=False, allowed_networks=("127.0.0.0/8",))
    async with serve(replies()) as server, open_outbound(strict, "Pieloop tests") as client:
        with pytest.raises(Refused) as caught:
            await client.get(server.url())
        assert caught.value.name == "refused_scheme"
        assert server.connections == 0


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("http://10.0.0.1/", "refused_address"),
        ("http://169.254.169.254/latest/meta-data/", "refused_address"),
        ("http://127.0.1.1/", "refused_address"),
        ("http://[::1]/", "refused_address"),
        ("http://[::ffff:10.0.0.1]/", "refused_address"),
        ("//192.168.0.1/", "refused_address"),
        ("http://user@127.0.0.1/", "refused_url"),
        ("file:///etc/passwd", "refused_scheme"),
        ("data:text/html,hello", "refused_scheme"),
        ("javascript:alert(1)", "refused_scheme"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "refused_scheme"),
        ("http://[", "refused_url"),
        ("http://exa%00mple/", "refused_url"),
        ("/", "refused_redirect"),
        ("/#elsewhere", "refused_redirect"),
        ("", "status"),
    ],
)
async def test_redirects_are_checked_like_the_first_address(
    client: OutboundClient, location: str, name: str
) -> None:
    async with serve(redirects(location)) as server:
        try:
            outcome = f"status {(await client.get(server.url())).status}"
        except OutboundError as error:
            outcome = error.name
        assert outcome.startswith(name)
        assert server.connections == 1


async def test_ten_hops_are_refused_and_three_followed(client: OutboundClient) -> None:
    async def hop(asked: Asked, writer: asyncio.StreamWriter) -> None:
        left = int(asked.path[1:])
        location = f"/{left - 1}"
        writer.write(response(status="302 Found", Location=location) if left else response(b"arrived"))

    async with serve(hop) as server:
        assert (await client.get(server.url("/3"))).url == server.url("/0")
        assert len(server.asked) == 4
        with pytest.raises(Refused) as caught:
            await client.get(server.url("/10"))
        assert caught.value.name == "refused_redirect"
        assert len(server.asked) == 4 + 4


async def test_a_redirect_circle_is_cut(client: OutboundClient) -> None:
    async def swing(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(response(status="307 Temporary Redirect", Location="/b" if asked.path == "/a" else "/a"))

    async with serve(swing) as server:
        with pytest.raises(Refused, match="in a loop"):
            await client.get(server.url("/a"))
        assert len(server.asked) == 2


async def test_https_does_not_step_down_to_http(tmp_path: Path) -> None:
    theirs, ours = certified(tmp_path, "127.0.0.1")
    async with (
        serve(replies(b"plain")) as plain,
        serve(redirects(plain.url()), tls=theirs) as secure,
        open_outbound(LOOPBACK, "Pieloop tests", tls=ours) as client,
    ):
        with pytest.raises(Refused) as caught:
            await client.get(secure.url())
        assert caught.value.name == "refused_redirect"
        assert plain.connections == 0


def _endless(head: bytes, piece: bytes, pause: float = 0) -> Answer:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return answer


def _bomb(megabytes: int) -> bytes:
    """So many megabytes of nothing, packed: one of them again and again."""
    one, check = bytes(1 << 20), 0
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(one) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(megabytes):
        check = zlib.crc32(one, check)
    end = packer.flush() + struct.pack("<II", check, megabytes << 20)
    return gzip.compress(b"")[:10] + packed * megabytes + end


def _unpacks_to(megabytes: int, pack: Callable[[bytes], bytes] = bytes) -> Answer:
    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(response(pack(_bomb(megabytes)), Content_Encoding="gzip"))

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

GREEDY = {
    "announced": replies(b"x", Content_Length=str(10**12)),
    "endless": _endless(OK + b"\r\n", b"x" * 65536),
    "endless chunks": _endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nxxxx\r\n" * 4096),
    "gzip bomb": _unpacks_to(200),
    "gzip bomb in a gzip bomb": _unpacks_to(600, gzip.compress),
    "endless gzip of nothing": _endless(
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff" * 8192
    ),
    "endless after the gzip": _endless(
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x"), b"x" * 65536
    ),
}


@pytest.mark.parametrize("kind", GREEDY)
async def test_a_body_is_cut_at_its_cap(client: OutboundClient, kind: str) -> None:
    async with serve(GREEDY[kind]) as server:
        async with asyncio.timeout(20):
            with pytest.raises(TooLarge) as caught:
                await client.get(server.url(), max_bytes=500_000)
        assert caught.value.name == "too_large"


async def test_a_gzip_bomb_is_never_unpacked_in_memory(client: OutboundClient) -> None:
    async with serve(GREEDY["gzip bomb"]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                await client.get(server.url(), max_bytes=500_000)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 5_000_000


SLOW = {
    "a byte now and then": _endless(OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.05),
    "a header now and then": _endless(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n", 0.05),
    "endless interim answers": _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "no answer": _endless(b"", b"", 0.05),
}


@pytest.mark.parametrize("kind", SLOW)
async def test_the_deadline_is_total(client: OutboundClient, kind: str) -> None:
    async with serve(SLOW[kind]) as server, watched() as watch:
        began = time.perf_counter()
        with pytest.raises(TimedOut) as caught:
            await client.get(server.url(), deadline=0.6)
        assert 0.5 < time.perf_counter() - began < 5
        assert caught.value.name == "timed_out"
        assert watch.share < 4


async def test_the_deadline_covers_all_hops_together(client: OutboundClient) -> None:
    async def late(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(response(status="302 Found", Location=asked.path + "a"))

    async with serve(late) as server:
        with pytest.raises(TimedOut):  # a hop takes less; and too many hops would be another refusal
            await client.get(server.url(), deadline=0.5)


async def test_a_slow_name_server_meets_the_deadline() -> None:
    class Slow(Names):
        async def resolve(self, *_: Any, **__: Any) -> list[Any]:
            await asyncio.sleep(60)
            return []

    async with open_outbound(LOOPBACK, "Pieloop tests", resolver=Slow()) as client:
        with pytest.raises(TimedOut):
            await client.get("http://slow.example/", deadline=0.2)


async def test_what_is_not_asked_for_is_refused_unread(client: OutboundClient) -> None:
    async with serve(_endless(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n", b"x" * 65536)) as server:
        with pytest.raises(Refused) as caught:
            await client.get(server.url(), accept="text/html, application/xhtml+xml;q=0.9, image/*")
        assert caught.value.name == "refused_type"


@pytest.mark.parametrize(
    ("content_type", "taken"),
    [
        ("text/html; charset=utf-8", True),
        ("TEXT/HTML", True),
        ("image/png", True),
        ("image", False),
        ("", False),
    ],
)
async def test_wildcards_of_accept(client: OutboundClient, content_type: str, *, taken: bool) -> None:
    async with serve(replies(b"x", content_type=content_type)) as server:
        request = client.get(server.url(), accept="text/html, image/*;q=0.5")
        if taken:
            assert (await request).content_type == content_type
        else:
            with pytest.raises(Refused):
                await request


async def test_a_broken_answer_is_named(client: OutboundClient) -> None:
    broken = {
        "unreachable_protocol": replies(status="abc"),
        "unreachable_encoding": replies(b"not gzip", Content_Encoding="gzip"),
        "unreachable_reset": _nothing,
    }
    for name, answer in broken.items():
        async with serve(answer) as server:
            with pytest.raises(Unreachable) as caught:
                await client.get(server.url())
            assert caught.value.name == name


async def _nothing(_: Asked, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
