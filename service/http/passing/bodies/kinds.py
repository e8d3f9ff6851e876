"""Makes sense of what has come, by its kind: JSON stays bytes, the fields of a form become text.

A reader is fed piece by piece. What takes long in the worst case is done in slices, between which others have a turn.
"""

import asyncio
import codecs
from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

from quart.datastructures import FileStorage
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from service.http.refusals import Malformed, TooLarge
from service.language import _

MOST_FIELDS = 1_000
SLICE = 2**14  # bytes that are unescaped at once
ESCAPE = 3  # bytes: %41


class Content(NamedTuple):
    """What a request has brought.

    Attributes:
        data: the bytes of what is no form.
        fields: the fields of a form.
        files: the files of a form.
    """

    data: bytes = b""
    fields: MultiDict[str, str] = ImmutableMultiDict()
    files: MultiDict[str, FileStorage] = ImmutableMultiDict()


class Reader(Protocol):
    """Makes content of pieces."""

    async def feed(self, piece: bytes) -> None:
        """Take the next piece."""

    async def finish(self) -> Content:
        """Return what it was; raises Malformed or TooLarge."""


class Ignoring:
    """Reads what nobody asked for."""

    async def feed(self, piece: bytes) -> None:
        """Throw it away."""

    async def finish(self) -> Content:
        """Return nothing."""
        return Content()


class Whole:
    """Reads what its route understands by itself."""

    def __init__(self) -> None:
        self._data = bytearray()

    async def feed(self, piece: bytes) -> None:
        """Keep a piece."""
        self._data += piece

    async def finish(self) -> Content:
        """Return all the bytes."""
        return Content(bytes(self._data))


class Urlencoded(Whole):
    """Reads a form as browsers send it when there are no files."""

    async def finish(self) -> Content:
        """Return the fields.

        Raises:
            TooLarge: there are too many.
            Malformed: one of them is no text.
        """
        if self._data.count(b"&") >= MOST_FIELDS:
            raise TooLarge(_("Forms can have at most %(most_fields)s fields.", most_fields=MOST_FIELDS))
        fields, since_others = MultiDict[str, str](), 0
        for pair in bytes(self._data).split(b"&"):
            if pair:
                name, _is, value = pair.partition(b"=")
                key = await _text_of(name, "body")
                fields.add(key, await _text_of(value, key))
            since_others += len(pair)
            if since_others >= SLICE:
                since_others = 0
                await asyncio.sleep(0)
        return Content(fields=fields)


async def _text_of(escaped: bytes, field: str) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        parts = [decoder.decode(part) async for part in _unescaped(escaped.replace(b"+", b" "))]
        return "".join(parts) + decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Malformed(_("This isn't UTF-8 text."), field=field) from error


async def _unescaped(data: bytes) -> AsyncIterator[bytes]:
    """Yield the bytes that `data` stands for."""
    start = 0
    while start < len(data):
        if start:
            await asyncio.sleep(0)
        end = start + SLICE
        # No escape is cut in two: a slice ends before a % that stands close to its end.
        cut = data.rfind(b"%", end - ESCAPE + 1, end) if end < len(data) else -1
        end = end if cut < 0 else cut
        yield unquote_to_bytes(data[start:end])
        start = end
