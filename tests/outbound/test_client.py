"""The client of everyday: what it sends, what it gives back, how failures are named, how many requests run at once."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.config import OutboundConfig
from service.outbound.client import OutboundClient, open_outbound
from service.outbound.errors import Refused, TooLarge, Unreachable
from tests.outbound.servers import Asked, Names, certified, redirects, replies, response, serve

LOOPBACK = OutboundConfig(allowed_networks=("127.0.0.0/8",), deadline=5, per_host=2, total=3)


@pytest.fixture
async def client() -> AsyncIterator[OutboundClient]:
    async with open_outbound(LOOPBACK, "Pieloop/1.0 (+https://pie.example)") as opened:
        yield opened


async def test_a_page_is_fetched(client: OutboundClient) -> None:
    async with serve(replies("Grüße".encode())) as server:
        answer = await client.get(server.url("/page?q=1#part"), accept="text/html")
        assert (answer.status, answer.body.decode()) == (200, "Grüße")
        assert answer.content_type == "text/html; charset=utf-8"
        assert answer.media_type == "text/html"
        assert answer.url == server.url("/page?q=1")
        asked = server.asked[0]
        assert asked.path == "/page?q=1"
        assert asked.headers["user-agent"] == "Pieloop/1.0 (+https://pie.example)"
        assert asked.headers["accept"] == "text/html"


async def test_cookies_are_not_kept() -> None:
    names = Names(page_example=[["127.0.0.1"]])
    async with serve(replies(b"hello", Set_Cookie="a=b")) as server:
        async with open_outbound(LOOPBACK, "Pieloop", resolver=names) as client:
            for _ in range(2):
                await client.get(server.url(host="page.example"))
        assert ["cookie" in asked.headers for asked in server.asked] == [False, False]


async def test_proxies_of_the_environment_are_ignored(
    client: OutboundClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with serve(replies(b"direct")) as server:
        assert (await client.get(server.url())).body == b"direct"


async def test_a_redirect_is_followed_without_a_trace_of_the_first_page(client: OutboundClient) -> None:
    async with serve(replies(b"there"), "127.0.0.2") as there, serve(redirects(there.url("/x"))) as here:
        answer = await client.get(here.url("/secret"))
        assert (answer.body, answer.url) == (b"there", there.url("/x"))
        assert "referer" not in there.asked[0].headers


async def test_gzip_is_unpacked_and_measured_unpacked(client: OutboundClient) -> None:
    async with serve(replies(gzip.compress(b"a" * 1000), Content_Encoding="gzip")) as server:
        assert (await client.get(server.url(), max_bytes=1000)).body == b"a" * 1000
        with pytest.raises(TooLarge):
            await client.get(server.url(), max_bytes=999)
        assert server.asked[0].headers["accept-encoding"] == "gzip"


async def test_a_cut_off_gzip_is_no_answer(client: OutboundClient) -> None:
    async with serve(replies(gzip.compress(b"a" * 1000)[:-12], Content_Encoding="gzip")) as server:
        with pytest.raises(Unreachable) as caught:
            await client.get(server.url())
        assert caught.value.name == "unreachable_encoding"


async def test_a_body_of_exactly_the_cap_is_taken(client: OutboundClient) -> None:
    async with serve(replies(b"x" * 1000)) as server:
        assert len((await client.get(server.url(), max_bytes=1000)).body) == 1000
        with pytest.raises(TooLarge):
            await client.get(server.url(), max_bytes=999)


async def test_errors_of_the_other_side_are_answers_of_any_type(client: OutboundClient) -> None:
    async with serve(replies(b"gone", "410 Gone", "text/plain")) as server:
        answer = await client.get(server.url(), accept="application/activity+json")
        assert (answer.status, answer.body) == (410, b"gone")


async def test_failures_to_connect_are_named(client: OutboundClient) -> None:
    async with serve(replies()) as server:
        closed = server.url()
    with pytest.raises(Unreachable) as caught:
        await client.get(closed)
    assert caught.value.name == "unreachable_connect"


async def test_an_unknown_name_is_named() -> None:
    async with open_outbound(LOOPBACK, "Pieloop", resolver=Names()) as client:
        with pytest.raises(Unreachable) as caught:
            await client.get("http://nobody.example/")
    assert caught.value.name == "unreachable_dns"


async def test_the_first_address_may_be_dead() -> None:
    async with serve(replies(b"second"), "127.0.0.3") as server:
        names = Names(two_example=[["127.0.0.4", "127.0.0.3"]])
        async with open_outbound(LOOPBACK, "Pieloop", resolver=names) as client:
            assert (await client.get(server.url(host="two.example"))).body == b"second"


async def test_an_international_name_is_asked_for_in_its_ascii_form() -> None:
    async with serve(replies(b"hello")) as server:
        names = Names(**{"xn--bcher-kva_example": [["127.0.0.1"]]})
        async with open_outbound(LOOPBACK, "Pieloop", resolver=names) as client:
            answer = await client.get(server.url(host="bücher.example"))
        assert answer.body == b"hello"
        assert server.asked[0].headers["host"] == f"xn--bcher-kva.example:{server.port}"


async def test_https_needs_a_certificate_that_proves_the_name(tmp_path: Path) -> None:
    theirs, ours = certified(tmp_path, "good.example")
    names = Names(good_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with serve(replies(b"safe"), tls=theirs) as server:
        async with open_outbound(LOOPBACK, "Pieloop", resolver=names, tls=ours) as client:
            assert (await client.get(server.url(host="good.example"))).body == b"safe"
            with pytest.raises(Unreachable) as caught:
                await client.get(server.url(host="other.example"))
            assert caught.value.name == "unreachable_tls"
        async with open_outbound(LOOPBACK, "Pieloop", resolver=names) as client:
            with pytest.raises(Unreachable) as caught:
                await client.get(server.url(host="good.example"))
            assert caught.value.name == "unreachable_tls"


async def test_sentences_keep_paths_and_queries_to_themselves(client: OutboundClient) -> None:
    async with serve(replies(b"x", content_type="video/mp4")) as server:
        with pytest.raises(Refused) as caught:
            await client.get(server.url("/private?token=secret"), accept="text/html")
    assert "127.0.0.1" in str(caught.value)
    assert "private" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("per_host", "total", "most"), [(2, 10, 4), (4, 3, 3)])
async def test_requests_wait_for_their_turn_per_host_and_overall(
    per_host: int, total: int, most: int
) -> None:
    in_work: list[int] = []

    async def unhurried(_: Asked, writer: asyncio.StreamWriter) -> None:
        in_work.append(one.open + two.open)
        await asyncio.sleep(0.05)
        writer.write(response(b"x"))

    config = OutboundConfig(allowed_networks=("127.0.0.0/8",), per_host=per_host, total=total)
    async with (
        serve(unhurried, "127.0.0.1") as one,
        serve(unhurried, "127.0.0.2") as two,
        open_outbound(config, "Pieloop") as client,
    ):
        await asyncio.gather(*(client.get(server.url()) for _ in range(5) for server in (one, two)))
    assert len(one.asked) == len(two.asked) == 5
    assert max(one.most_open, two.most_open) <= per_host
    assert max(in_work) == most


async def test_a_cancelled_request_frees_its_place(client: OutboundClient) -> None:
    async def never(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    async with serve(never) as hanging, serve(replies(b"x"), "127.0.0.2") as quick:
        tasks = [asyncio.create_task(client.get(hanging.url())) for _ in range(5)]
        while hanging.open < 2:
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (await client.get(quick.url())).body == b"x"


async def test_what_is_signed_is_the_address_of_each_hop(client: OutboundClient) -> None:
    def sign(method: str, url: str, body: bytes | None) -> dict[str, str]:
        assert body is None
        return {"Signature": f"{method} {url}"}

    async with serve(replies(b"there"), "127.0.0.2") as there, serve(redirects(there.url("/x"))) as here:
        await client.get(here.url("/a"), sign=sign)
        assert here.asked[0].headers["signature"] == f"GET {here.url('/a')}"
        assert there.asked[0].headers["signature"] == f"GET {there.url('/x')}"


async def test_a_letter_is_sent_signed_and_is_not_sent_on(client: OutboundClient) -> None:
    def sign(method: str, url: str, body: bytes | None) -> dict[str, str]:
        return {"Digest": str(len(body or b"")), "Signature": f"{method} {url}"}

    async with serve(replies(b"later", "503 Busy", "text/plain", Retry_After="7")) as busy:
        answer = await client.post(
            busy.url("/inbox"), b"{}", content_type="application/activity+json", sign=sign
        )
        assert (answer.status, answer.retry_after, answer.body) == (503, "7", b"later")
        asked = busy.asked[0]
        assert asked.headers["signature"] == f"POST {busy.url('/inbox')}"
        assert asked.headers["content-type"] == "application/activity+json"
        assert (asked.headers["digest"], asked.headers["content-length"]) == ("2", "2")
    async with serve(replies(b"there"), "127.0.0.2") as there, serve(redirects(there.url("/x"))) as here:
        answer = await client.post(here.url("/inbox"), b"{}", content_type="text/plain", sign=sign)
        assert answer.status == 302
        assert not there.asked
