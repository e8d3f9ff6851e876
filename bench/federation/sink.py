"""`python -m bench.federation.sink PORT KEY_FILE`: servers on 127.0.0.0/8 that verify every signature and count.

Those whose address ends in 255 never answer. `GET /` tells how many deliveries were right, and how many wrong.
"""

import asyncio
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

from service.federation.errors import Refused
from service.federation.signatures.keys import PublicKey, public_key_from
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received

HANGS = ".255:"  # as the Host header has it
ANSWER = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b"


class Sink(asyncio.Protocol):
    """One connection."""

    right = wrong = 0

    def __init__(self, key: PublicKey) -> None:
        self._key = key
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            lines = self._held[:end].decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
            }
            length = int(headers.get("content-length", 0))
            if len(self._held) < end + 4 + length:
                return
            body, self._held = self._held[end + 4 : end + 4 + length], self._held[end + 4 + length :]
            self._answer(lines[0].split(" "), headers, body)

    def _answer(self, start: list[str], headers: dict[str, str], body: bytes) -> None:
        if start[0] == "GET":
            said = f"{Sink.right} {Sink.wrong}".encode()
            self._transport.write(ANSWER % (200, len(said), said))
        elif HANGS not in headers["host"]:
            self._verify(start, headers, body)
            self._transport.write(ANSWER % (202, 0, b""))

    def _verify(self, start: list[str], headers: dict[str, str], body: bytes) -> None:
        received = Received(method=start[0], target=start[1], scheme="http", headers=headers, body=body)
        try:
            holds = read_claim(received, time.time()).holds(self._key)
        except Refused:
            holds = False
        Sink.right, Sink.wrong = Sink.right + holds, Sink.wrong + (not holds)


async def main(port: int, key: PublicKey) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Sink(key), "0.0.0.0", port, backlog=2048)  # noqa: S104
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), public_key_from(Path(sys.argv[2]).read_text())))
