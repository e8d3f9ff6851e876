"""Makes sense of forms with files while they come: Werkzeug's decoder, fed in small slices and watched.

The decoder looks for the end of a part's head, and for boundaries, in all that it has been given, so it is never given
much: slices of 8 kB, and no head, no beginning and no end that is longer than that. Nor is it given half a boundary: it
would take the line break before it apart, and make one of its two characters data.
"""

import asyncio
from io import BytesIO

from quart.datastructures import FileStorage
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData, State

from service.http.passing.bodies.kinds import MOST_FIELDS, Content
from service.http.refusals import Malformed, TooLarge
from service.language import _

SLICE = 2**13  # bytes
LONGEST_HEAD = (
    2**13
)  # bytes of the head of a part, and of what stands before the first part and after the last
MOST_HEADERS = 16  # of a part
LONGEST_BOUNDARY = 70  # characters, says RFC 2046
LONGEST_NAME = 250  # characters of a field's name


class Multipart:
    """Reads a form part by part.

    Parameters:
        boundary: what stands between the parts.
        most_of_fields: bytes of all fields together that are no files.

    Raises:
        Malformed: the boundary is none.
    """

    def __init__(self, boundary: str, most_of_fields: int) -> None:
        if not 0 < len(boundary) <= LONGEST_BOUNDARY or not boundary.isascii():
            raise Malformed(_("The Content-Type header has no multipart boundary."), field="Content-Type")
        self._decoder = MultipartDecoder(boundary.encode(), max_parts=MOST_FIELDS)
        self._longest_break = len(boundary) + len("\r\n----\r\n")
        self._held_back = b""
        self._most_of_fields = most_of_fields
        self._size_of_fields = 0
        self._part: Field | File | None = None
        self._data: list[bytes] = []
        self._fields = MultiDict[str, str]()
        self._files = MultiDict[str, FileStorage]()

    async def feed(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            Malformed: it is no such form.
            TooLarge: it has too many parts, or too much in its fields.
        """
        data, start = self._held_back + piece, 0
        while start < (cut := self._cut(data, start)):
            self._decode(data[start:cut])
            start = cut
            await asyncio.sleep(0)
        self._held_back = data[start:]

    async def finish(self) -> Content:
        """Return the fields and files; raises Malformed if the form's end is missing."""
        self._decode(self._held_back)
        self._decode(None)
        return Content(fields=self._fields, files=self._files)

    def _cut(self, data: bytes, start: int) -> int:
        """Return where the next slice ends: before a line break that may begin a boundary which has not all come."""
        end = min(start + SLICE, len(data))
        close = max(start, end - self._longest_break)
        return min(
            (at for at in (data.find(b"\r", close, end), data.find(b"\n", close, end)) if at >= 0),
            default=end,
        )

    def _decode(self, data: bytes | None) -> None:
        try:
            self._decoder.receive_data(data)
            while not isinstance(event := self._decoder.next_event(), NeedData):
                self._take(event)
                if isinstance(event, Epilogue):
                    return
        except RequestEntityTooLarge as error:
            raise TooLarge(
                _("Forms can have at most %(most_fields)s fields.", most_fields=MOST_FIELDS)
            ) from error
        except ValueError as error:
            raise Malformed(_("This form is incomplete or malformed.")) from error
        if self._decoder.state is not State.DATA and len(self._decoder.buffer) > LONGEST_HEAD:
            raise Malformed(
                _(
                    "A part's headers, or the data before or after a part, are longer than %(longest_head)s"
                    " bytes.",
                    longest_head=LONGEST_HEAD,
                )
            )

    def _take(self, event: Event) -> None:
        if isinstance(event, Field | File):
            self._begin(event)
        elif isinstance(event, Data) and self._part is not None:
            self._go_on(self._part, event)

    def _begin(self, part: Field | File) -> None:
        if not part.name or len(part.name) > LONGEST_NAME:
            raise Malformed(_("A part of this form has no name, or its name is too long."))
        if len(part.headers) > MOST_HEADERS:
            raise Malformed(
                _("Form parts can have at most %(most_headers)s headers.", most_headers=MOST_HEADERS),
                field=part.name,
            )
        self._part, self._data = part, []

    def _go_on(self, part: Field | File, event: Data) -> None:
        self._data.append(event.data)
        if isinstance(part, Field):
            self._size_of_fields += len(event.data)
            if self._size_of_fields > self._most_of_fields:
                raise TooLarge(_("This form contains too much text."), field=part.name)
        if not event.more_data:
            self._end(part, b"".join(self._data))

    def _end(self, part: Field | File, data: bytes) -> None:
        if isinstance(part, File):
            file = FileStorage(BytesIO(data), part.filename, part.name, headers=part.headers)
            self._files.add(part.name, file)
            return
        try:
            self._fields.add(part.name, data.decode())
        except UnicodeDecodeError as error:
            raise Malformed(_("This isn't UTF-8 text."), field=part.name) from error
