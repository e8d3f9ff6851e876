"""`python -m bench.federation.sink PORT KEY_FILE`: servers on 127.0.0.0/8 that verify every signature and count.

Those whose address ends in 255 never answer. `GET /` tells how many deliveries were right, and how many wrong.
"""

import asyncio
import sys
import time
from pathlib import Path

import uvloop

from bench.federation.answering import Answering
from service.federation.errors import Refused
from service.federation.signatures.keys import PublicKey, public_key_from
from service.federation.signatures.read import read_claim
from service.federation.signatures.request import Received

HANGS = ".255:"  # as the Host header has it


class Sink(Answering):
    """One connection."""

    right = wrong = 0

    def __init__(self, key: PublicKey) -> None:
        super().__init__()
        self._key = key

    def answer(self, start: list[str], headers: dict[str, str], body: bytes) -> None:
        """Tell the counts, or verify and count."""
        if start[0] == "GET":
            self.say(200, f"{Sink.right} {Sink.wrong}".encode())
        elif HANGS not in headers["host"]:
            self._verify(start, headers, body)
            self.say(202)

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
