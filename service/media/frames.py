"""What the pool and an image process say to each other: length-prefixed msgpack over two pipes."""

from collections.abc import Callable

import msgspec

from service.config import MediaConfig
from service.media.results import ProcessedImage

# A frame begins with its length, 8 bytes, big-endian.
PREFIX = 8


class Job(msgspec.Struct, frozen=True):
    """Work on this file. `seconds`: how much processor time it may take."""

    data: bytes
    still: bool
    seconds: float


class Refusal(msgspec.Struct, frozen=True, tag="rejected"):
    """The file is rejected, in words for the person who sent it."""

    reason: str


class Failure(msgspec.Struct, frozen=True, tag="failed"):
    """Our own fault: an error nobody thought of, for the log."""

    error: str


Answer = ProcessedImage | Refusal | Failure

# The two sides' one encoder and their decoders; each checks types, because the other side may have been taken over.
encode = msgspec.msgpack.Encoder().encode
decode_rules = msgspec.msgpack.Decoder(MediaConfig).decode
decode_job = msgspec.msgpack.Decoder(Job).decode
decode_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode


def framed(message: MediaConfig | Job | Answer | None) -> bytes:
    """Return a message ready to be sent. None says: ready."""
    body = encode(message)
    return len(body).to_bytes(PREFIX) + body
