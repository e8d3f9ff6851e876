"""Bodies that stay as they are: kept in memory, and with gzip where that pays."""

import gzip
from collections.abc import Mapping

import msgspec
from quart import Response, request

WORTH_COMPRESSING = 512  # bytes


class Precompressed(msgspec.Struct, frozen=True):
    """A body in memory.

    Attributes:
        gzipped: The same with gzip; None where that would not pay.
    """

    content_type: str
    body: bytes
    gzipped: bytes | None


def precompress(body: bytes, content_type: str) -> Precompressed:
    """Keep a body; for a large one this takes some hundredths of a second, so do it once, and off the loop."""
    gzipped = gzip.compress(body, 9, mtime=0) if len(body) > WORTH_COMPRESSING else None
    return Precompressed(content_type, body, gzipped)


def answer_with(kept: Precompressed, headers: Mapping[str, str]) -> Response:
    """Return a kept body as the client takes it."""
    is_small = kept.gzipped is not None and takes_gzip()
    response = Response(kept.gzipped if is_small else kept.body, content_type=kept.content_type)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.update(headers)
    if is_small:
        response.headers["Content-Encoding"] = "gzip"
    return response


def takes_gzip() -> bool:
    """Whether the client of this request reads gzip."""
    return request.accept_encodings["gzip"] > 0
