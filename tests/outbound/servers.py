"""Servers on 127.0.0.0/8 that answer exactly the bytes a test wants, and name servers that answer what it says."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Answer = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


class Asked:
    """One request as the server saw it."""

    def __init__(self, head: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        self.headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:] if line)
        }


class Server:
    """A running server and what it was asked."""

    def __init__(self, host: str, port: int, scheme: str) -> None:
        self.host, self.port, self.scheme = host, port, scheme
        self.asked: list[Asked] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"


@asynccontextmanager
async def serve(
    answer: Answer, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run a server that reads a request's head and lets `answer` write whatever it likes."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open += 1
        server.most_open = max(server.most_open, server.open)
        try:
            asked = Asked(await reader.readuntil(b"\r\n\r\n"))
            server.asked.append(asked)
            await answer(asked, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away, which many tests are about
        finally:
            server.open -= 1
            writer.close()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(connected(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    tasks: set[asyncio.Task[None]] = set()
    running = await asyncio.start_server(accepted, host, port, ssl=tls)
    server = Server(host, running.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield server
    finally:
        running.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def replies(
    body: bytes = b"", status: str = "200 OK", content_type: str = "text/html; charset=utf-8", **headers: str
) -> Answer:
    """Answer every request with the same complete response."""

    async def answer(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(response(body, status, content_type, **headers))

    return answer


def response(
    body: bytes = b"", status: str = "200 OK", content_type: str = "text/html; charset=utf-8", **headers: str
) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    fields = {"Content-Type": content_type, "Content-Length": str(len(body)), "Connection": "close"} | named
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirects(to: str, status: str = "302 Found") -> Answer:
    return replies(status=status, Location=to)


class Names(AbstractResolver):
    """A name server that gives each name its answers in turn, the last one again and again."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): queue for name, queue in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        queue = self.answers.get(host)
        if queue is None:
            raise OSError(f"{host}: no such name")
        addresses = queue.pop(0) if len(queue) > 1 else queue[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        return None


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the server's context for a self-signed `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
