"""The smallest HTTP server there is, so that what is measured is the other side."""

import asyncio
from abc import abstractmethod
from typing import cast


class Answering(asyncio.Protocol):
    """One connection; a class says what it answers."""

    def __init__(self) -> None:
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
            self.answer(lines[0].split(" "), headers, body)

    @abstractmethod
    def answer(self, start: list[str], headers: dict[str, str], body: bytes) -> None:
        """Answer a request.

        Parameters:
            start: its method, target and version.
            headers: by their names in small letters.
        """

    def say(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        """Send an answer."""
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)
