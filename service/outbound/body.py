"""Read an answer's body under a cap that counts what comes over the wire and what it unpacks to."""

import zlib

from aiohttp import ClientResponse

from service.outbound.errors import TooLarge, Unreachable

PIECE = 64 * 1024


async def read_body(answer: ClientResponse, host: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """Return the whole body, unpacked, or the beginning of it.

    Parameters:
        answer: not decompressed by the session.
        host: for the sentences of errors.
        max_bytes: the most that is taken.
        cut: the beginning of a larger body is returned; otherwise a cut body never is.

    Raises:
        TooLarge: the body is announced or turns out to be larger, packed or unpacked, and is not to be cut.
        Unreachable: it is packed in a way that we did not ask for, or broken.
    """
    if not cut and (answer.content_length or 0) > max_bytes:
        raise TooLarge(host, max_bytes)
    unpack = _unpacker(answer.headers.get("Content-Encoding", ""), host)
    body = bytearray()
    received = 0
    async for piece in answer.content.iter_chunked(PIECE):
        received += len(piece)
        body += unpack(piece, max_bytes + 1 - len(body)) if unpack else piece
        if max(received, len(body)) > max_bytes:
            if cut:
                return bytes(body[:max_bytes])
            raise TooLarge(host, max_bytes)
    if unpack and received and not unpack.finished:
        raise Unreachable("encoding", f"The compressed response from {host} is cut off.")
    return bytes(body)


class _Gunzip:
    """Unpacks the first member of a gzip stream as it comes, and never more than there is room for."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def __call__(self, piece: bytes, room: int) -> bytes:
        """Return what the piece unpacks to, at most `room` bytes.

        Whoever gets `room` bytes has to stop: the rest of the piece is not kept.
        """
        if self.finished:
            return b""
        try:
            return self._stream.decompress(piece, room)
        except zlib.error as error:
            raise Unreachable("encoding", f"The compressed response from {self._host} is corrupt.") from error

    @property
    def finished(self) -> bool:
        """Whether the stream has come to its end."""
        return self._stream.eof


def _unpacker(encoding: str, host: str) -> _Gunzip | None:
    match encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip":
            return _Gunzip(host)
        case other:
            raise Unreachable(
                "encoding", f"{host} answers in the encoding {other[:20]!r}, which nobody asked for."
            )
