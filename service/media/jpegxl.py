"""How large a JPEG XL picture says it is. Its decoder tells only after it has decoded all of it, which is too late.

Source: ISO/IEC 18181-1 (codestream, "SizeHeader") and 18181-2 (the boxes around it).
"""

from service.media.errors import Rejected

_SIGNATURE = b"\xff\x0a"
_BOXED = b"\0\0\0\x0cJXL \r\n\x87\n"
_MOST_BOXES = 64

_LENGTHS = (9, 13, 18, 30)  # bits of a side, chosen by two bits before them
_RATIOS = (
    (1, 1),
    (12, 10),
    (4, 3),
    (3, 2),
    (16, 9),
    (5, 4),
    (2, 1),
)  # width by height; 0 has a width of its own


def declared_size(data: bytes) -> tuple[int, int]:
    """Return width and height, in pixels, as the header has them.

    Raises:
        Rejected: there is no header.
    """
    bits = _Bits(_codestream(data)[len(_SIGNATURE) :])
    small = bits.take(1)
    height = _side(bits, small)
    ratio = bits.take(3)
    if not ratio:
        return _side(bits, small), height
    by, to = _RATIOS[ratio - 1]
    return height * by // to, height


def _side(bits: "_Bits", small: int) -> int:
    if small:
        return 8 * (bits.take(5) + 1)
    return bits.take(_LENGTHS[bits.take(2)]) + 1


class _Bits:
    """The first bits of the stream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data[:16], "little")

    def take(self, count: int) -> int:
        value = self._left & ((1 << count) - 1)
        self._left >>= count
        return value


def _codestream(data: bytes) -> bytes:
    """The beginning of the codestream, bare or in its box; 64 bytes are more than the header has."""
    if data.startswith(_SIGNATURE):
        return data[:64]
    at = len(_BOXED)
    for _ in range(_MOST_BOXES):
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        begin = at + 8
        if length == 1:  # the length is in the eight bytes that follow
            length, begin = int.from_bytes(data[begin : begin + 8]), begin + 8
        if name in {b"jxlc", b"jxlp"}:
            stream = data[begin + 4 * (name == b"jxlp") :][:64]
            if stream.startswith(_SIGNATURE):
                return stream
        if length < begin - at:
            break
        at += length
    raise Rejected("This JPEG XL image is damaged or incomplete and cannot be read.")
