"""The examples of reverse proxies, run in front of an app: what they hide, what they pass on, what they throw away."""

import asyncio
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from quart import request

from service.assembly import build_app
from service.config import Config
from service.http.passing.visitors import client_address
from tests.serving import free_port, listening

PROXIES = Path(__file__).parents[2] / "deploy" / "proxy"
NAME = "pie.example.org"
PATIENCE = 15  # seconds


class Front:
    """A proxy that runs, and how to ask it."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def ask(self, path: str, **headers: str) -> tuple[int, str, aiohttp.typedefs.LooseHeaders]:
        resolver = aiohttp.TCPConnector(ssl=unchecked(), resolver=ToLoopback())
        async with (
            aiohttp.ClientSession(connector=resolver, auto_decompress=True) as session,
            session.get(
                f"https://{NAME}:{self.port}{path}", headers=headers, allow_redirects=False
            ) as answer,
        ):
            return answer.status, await answer.text(), answer.headers

    async def up(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if (await self.ask("/robots.txt"))[0] == 200:
                        return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)


class ToLoopback(aiohttp.abc.AbstractResolver):
    """Finds every name on this machine."""

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(params=["nginx", "caddy"])
async def front(request: pytest.FixtureRequest, config: Config, tmp_path: Path) -> AsyncIterator[Front]:
    program = shutil.which(request.param) or shutil.which(request.param, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{request.param} is not installed")
    trusting = msgspec.structs.replace(config.http, trusted_proxies=("127.0.0.1/32",))
    app = build_app(msgspec.structs.replace(config, http=trusting))
    app.add_url_rule("/address", view_func=address)
    async with listening(app) as port:
        port_of_proxy = free_port()
        start = {"nginx": nginx, "caddy": caddy}[request.param]
        with start(program, tmp_path, port, port_of_proxy):
            front = Front(port_of_proxy)
            await front.up()
            yield front


async def address() -> str:
    return client_address(request)


async def test_a_proxy_does_what_the_documents_say(front: Front) -> None:
    status, body, headers = await front.ask("/")
    assert status == 200
    assert "Content-Security-Policy" in headers
    assert headers["Content-Encoding"] == "gzip"  # type: ignore[index]
    for path in ("/metrics", "/livez", "/readyz"):
        assert (await front.ask(path))[0] == 404, path
    assert (await front.ask("/address"))[1] == "127.0.0.1"
    # What a client claims of itself is thrown away.
    forged = await front.ask("/address", **{"X-Forwarded-For": "203.0.113.9"})
    assert forged[1] == "127.0.0.1"
    assert "<html" in body


@contextmanager
def nginx(program: str, place: Path, port: int, port_of_proxy: int) -> Iterator[None]:
    site = (PROXIES / "nginx.conf").read_text(encoding="utf-8")
    certificate, key = certify(place)
    replaced = {
        r"listen 80;\n    listen \[::\]:80;": f"listen 127.0.0.1:{free_port()};",
        r"listen 443 ssl http2;\n    listen \[::\]:443 ssl http2;": f"listen 127.0.0.1:{port_of_proxy} ssl http2;",
        r"server 127\.0\.0\.1:8000 .*;": f"server 127.0.0.1:{port};",
        r"server 127\.0\.0\.1:8001 .*;": "",
        r"ssl_certificate +\S+;": f"ssl_certificate {certificate};",
        r"ssl_certificate_key +\S+;": f"ssl_certificate_key {key};",
    }
    for pattern, value in replaced.items():
        site, found = re.subn(pattern, value, site)
        assert found == 1, pattern
    temporary = "\n".join(
        f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "nginx.conf").write_text(
        f"daemon off; pid {place}/pid; error_log {place}/error; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{site} }}"
    )
    with running([program, "-e", str(place / "error"), "-c", str(place / "nginx.conf")], place):
        yield


@contextmanager
def caddy(program: str, place: Path, port: int, port_of_proxy: int) -> Iterator[None]:
    site = (PROXIES / "Caddyfile").read_text(encoding="utf-8")
    certificate, key = certify(place)
    replaced = {
        r"\npie\.example\.org \{": f"\n{NAME}:{port_of_proxy} {{\n\tbind 127.0.0.1\n\ttls {certificate} {key}",
        r"127\.0\.0\.1:8000 127\.0\.0\.1:8001": f"127.0.0.1:{port}",
    }
    for pattern, value in replaced.items():
        site, found = re.subn(pattern, value, site)
        assert found == 1, pattern
    (place / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    with running([program, "run", "--adapter", "caddyfile", "--config", str(place / "Caddyfile")], place):
        yield


@contextmanager
def running(command: list[str], place: Path) -> Iterator[None]:
    environment = {"HOME": str(place), "XDG_DATA_HOME": str(place), "XDG_CONFIG_HOME": str(place)}
    with (place / "said").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        yield
        assert process.poll() is None, (place / "said").read_text()
    finally:
        process.terminate()
        process.wait(PATIENCE)


def certify(place: Path) -> tuple[Path, Path]:
    """Make a certificate of the proxy's name that nobody has signed."""
    certificate, key = place / "certificate.pem", place / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


def unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
